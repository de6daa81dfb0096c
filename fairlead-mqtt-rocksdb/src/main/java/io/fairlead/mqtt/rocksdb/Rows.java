package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.WillStore;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.SubscribeOptions.RetainHandling;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/** Keys and values as bytes. Numbers are big-endian; text is UTF-8 behind its length. */
final class Rows {
  private static final int RETAIN = 4;
  private static final int EXPIRES = 8;
  private static final int INLINE = 8;
  static final int IDS = 16;
  private static final int IDS_MAX = 0xffff;

  /** A row that cannot be what we wrote. */
  static final class BadRowException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRowException(String what, Throwable cause) {
      super(what + " cannot be read", cause);
    }

    BadRowException(String problem) {
      super(problem);
    }
  }

  /** One entry of a queue as its row says; its message or the number of it. */
  record Queued(int qos, boolean retain, int[] ids, long shared, Message message) {}

  private Rows() {}

  static byte[] key(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  static byte[] key(long number, long sequence) {
    return ByteBuffer.allocate(16).putLong(number).putLong(sequence).array();
  }

  static byte[] key(long number, byte[] rest) {
    return ByteBuffer.allocate(8 + rest.length).putLong(number).put(rest).array();
  }

  static byte[] inboundKey(long number, int packetId) {
    return ByteBuffer.allocate(10).putLong(number).putShort((short) packetId).array();
  }

  static byte[] inflightKey(long number, int packetId, Stage stage) {
    return ByteBuffer.allocate(11)
        .putLong(number)
        .putShort((short) packetId)
        .put((byte) (stage == Stage.SENT ? 0 : 1))
        .array();
  }

  static long number(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  static long second(byte[] key) {
    return ByteBuffer.wrap(key).getLong(8);
  }

  static int packetId(byte[] key) {
    return ByteBuffer.wrap(key).getShort(8) & 0xffff;
  }

  static Stage stage(byte[] inflightKey) {
    return inflightKey[10] == 0 ? Stage.SENT : Stage.RELEASED;
  }

  static byte[] rest(byte[] key) {
    byte[] rest = new byte[key.length - 8];
    System.arraycopy(key, 8, rest, 0, rest.length);
    return rest;
  }

  static byte[] message(Message message) {
    int bytes = messageBytes(message);
    ByteBuffer out = ByteBuffer.allocate(bytes);
    put(out, message);
    return out.array();
  }

  static Message message(byte[] row) {
    return read("a message", row, Rows::message);
  }

  /**
   * @param message of an entry that keeps its message itself
   */
  static byte[] queued(int qos, boolean retain, int[] ids, Message message) {
    ByteBuffer out = ByteBuffer.allocate(1 + idBytes(ids) + messageBytes(message));
    head(out, qos, retain, ids, INLINE);
    put(out, message);
    return out.array();
  }

  /**
   * @param shared number of a message that others keep, too
   */
  static byte[] queued(int qos, boolean retain, int[] ids, long shared) {
    ByteBuffer out = ByteBuffer.allocate(1 + idBytes(ids) + 8);
    head(out, qos, retain, ids, 0);
    return out.putLong(shared).array();
  }

  /** The number of the message that an entry shares; 0: it has its own. */
  static long sharedOf(ByteBuffer row) {
    return read(
        "an entry of a queue",
        row,
        in -> {
          int flags = in.get();
          if ((flags & INLINE) != 0) return 0L;
          int ids = (flags & IDS) == 0 ? 0 : in.getShort() & 0xffff;
          in.position(in.position() + ids * 4);
          return in.getLong();
        });
  }

  /**
   * @param messages finds a shared message by its number
   */
  static Queued queued(byte[] row, LongFunction<Message> messages) {
    return read(
        "an entry of a queue",
        row,
        in -> {
          int flags = in.get();
          int[] ids = new int[(flags & IDS) == 0 ? 0 : in.getShort() & 0xffff];
          for (int i = 0; i < ids.length; i++) ids[i] = in.getInt();
          boolean inline = (flags & INLINE) != 0;
          long shared = inline ? 0 : in.getLong();
          Message message = inline ? message(in) : messages.apply(shared);
          return new Queued(flags & 3, (flags & RETAIN) != 0, ids, shared, message);
        });
  }

  /**
   * @param head the lowest sequence number that may still be waiting
   */
  static byte[] session(SessionStore.Stored session, long head) {
    byte[] client = session.clientId().getBytes(StandardCharsets.UTF_8);
    byte[] principal = session.principal().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(1 + 24 + 4 + client.length + principal.length);
    out.put((byte) (session.rich() ? 1 : 0));
    out.putLong(session.expirySeconds()).putLong(session.endsAtMillis()).putLong(head);
    text(out, client);
    text(out, principal);
    return out.array();
  }

  static long head(byte[] sessionRow) {
    return read("a session", sessionRow, in -> in.getLong(17));
  }

  static SessionStore.Stored session(
      long number, byte[] row, Map<TopicFilter, SubscribeOptions> subscriptions, Set<Integer> ids) {
    return read(
        "a session",
        row,
        in -> {
          boolean rich = in.get() == 1;
          long expiry = in.getLong();
          long endsAt = in.getLong();
          in.getLong();
          String client = text(in);
          return new SessionStore.Stored(
              number, client, text(in), rich, expiry, endsAt, subscriptions, ids);
        });
  }

  static byte[] options(SubscribeOptions options) {
    int flags =
        options.qos()
            | (options.noLocal() ? 4 : 0)
            | (options.retainAsPublished() ? 8 : 0)
            | options.retainHandling().ordinal() << 4;
    return ByteBuffer.allocate(5).put((byte) flags).putInt(options.identifier()).array();
  }

  static SubscribeOptions options(byte[] row) {
    return read(
        "a subscription",
        row,
        in -> {
          int flags = in.get();
          return SubscribeOptions.of(
              flags & 3,
              (flags & 4) != 0,
              (flags & 8) != 0,
              RetainHandling.values()[flags >> 4],
              in.getInt());
        });
  }

  static byte[] filter(TopicFilter filter) {
    return filter.toString().getBytes(StandardCharsets.UTF_8);
  }

  static TopicFilter filter(byte[] text) {
    try {
      return TopicFilter.of(new String(text, StandardCharsets.UTF_8), TopicLimits.WIDEST);
    } catch (BadTopicException bad) {
      throw new BadRowException("a filter", bad);
    }
  }

  static byte[] will(WillStore.Stored will) {
    ByteBuffer out = ByteBuffer.allocate(24 + messageBytes(will.message()));
    out.putLong(will.delaySeconds()).putLong(will.expirySeconds()).putLong(will.dueAtMillis());
    put(out, will.message());
    return out.array();
  }

  static WillStore.Stored will(byte[] row) {
    return read(
        "a will",
        row,
        in -> {
          long delay = in.getLong();
          long expiry = in.getLong();
          long due = in.getLong();
          return new WillStore.Stored(message(in), delay, expiry, due);
        });
  }

  private interface Reading<T> {
    T from(ByteBuffer in);
  }

  private static <T> T read(String what, byte[] row, Reading<T> reading) {
    return read(what, ByteBuffer.wrap(row), reading);
  }

  private static <T> T read(String what, ByteBuffer row, Reading<T> reading) {
    try {
      return reading.from(row);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException bad) {
      throw new BadRowException(what, bad);
    }
  }

  private static void head(ByteBuffer out, int qos, boolean retain, int[] ids, int more) {
    out.put((byte) (qos | (retain ? RETAIN : 0) | more | (ids.length > 0 ? IDS : 0)));
    if (ids.length == 0) return;
    int count = Math.min(ids.length, IDS_MAX);
    out.putShort((short) count);
    for (int i = 0; i < count; i++) out.putInt(ids[i]);
  }

  private static int idBytes(int[] ids) {
    return ids.length == 0 ? 0 : 2 + Math.min(ids.length, IDS_MAX) * 4;
  }

  private static int messageBytes(Message message) {
    return 1
        + (message.expires() ? 8 : 0)
        + 2
        + message.topic().length
        + 2
        + utf8Bytes(message.publisher())
        + 4
        + message.encodedProperties().length
        + message.payload().length;
  }

  private static void put(ByteBuffer out, Message message) {
    out.put(
        (byte)
            (message.qos() | (message.retain() ? RETAIN : 0) | (message.expires() ? EXPIRES : 0)));
    if (message.expires()) out.putLong(message.expiresAtMillis());
    text(out, message.topic());
    text(out, message.publisher().getBytes(StandardCharsets.UTF_8));
    out.putInt(message.encodedProperties().length).put(message.encodedProperties());
    out.put(message.payload());
  }

  private static Message message(ByteBuffer in) {
    int flags = in.get();
    long expires = (flags & EXPIRES) != 0 ? in.getLong() : Message.NEVER;
    byte[] topic = bytes(in, in.getShort() & 0xffff);
    String publisher = text(in);
    byte[] properties = bytes(in, in.getInt());
    byte[] payload = bytes(in, in.remaining());
    try {
      return new Message(
          topic,
          payload,
          flags & 3,
          (flags & RETAIN) != 0,
          Properties.ofEncoded(properties),
          expires,
          publisher);
    } catch (MqttCodecException bad) {
      throw new BadRowException("a message", bad);
    }
  }

  private static void text(ByteBuffer out, byte[] utf8) {
    out.putShort((short) utf8.length).put(utf8);
  }

  private static String text(ByteBuffer in) {
    return new String(bytes(in, in.getShort() & 0xffff), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) throw new BufferUnderflowException();
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int utf8Bytes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) return text.getBytes(StandardCharsets.UTF_8).length;
    }
    return text.length();
  }
}
