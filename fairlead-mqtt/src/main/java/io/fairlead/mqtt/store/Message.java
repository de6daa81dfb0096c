package io.fairlead.mqtt.store;

import io.fairlead.mqtt.codec.Properties;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One application message on its way. What it says never changes; the arrays are shared by all who
 * hold it and must not be changed. It knows in how many queues it stands.
 */
public final class Message {
  /** The time at which a message that does not expire expires. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int OVERHEAD_BYTES = 96;
  private static final int ENTRY_BYTES = 64;
  private static final AtomicIntegerFieldUpdater<Message> QUEUES =
      AtomicIntegerFieldUpdater.newUpdater(Message.class, "queues");

  private final byte[] topic;
  private final byte[] payload;
  private final int qos;
  private final boolean retain;
  private final Properties properties;
  private final long expiresAtMillis;
  private final String publisher;
  private volatile int queues; // it stands in
  private long timedFromNanos; // written before it is shared
  private byte @Nullable [] encoded; // of the properties; computed at most once per reader

  /**
   * @param qos as published, 0 – 2
   * @param retain the publisher's retain flag
   * @param properties those that go on to receivers; neither expiry, alias nor subscription ids
   * @param expiresAtMillis wall time since the epoch, or {@link #NEVER}
   * @param publisher client id; empty for the broker itself
   */
  public Message(
      byte[] topic,
      byte[] payload,
      int qos,
      boolean retain,
      Properties properties,
      long expiresAtMillis,
      String publisher) {
    this.topic = topic;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.properties = properties;
    this.expiresAtMillis = expiresAtMillis;
    this.publisher = publisher;
  }

  public byte[] topic() {
    return topic;
  }

  public byte[] payload() {
    return payload;
  }

  public int qos() {
    return qos;
  }

  public boolean retain() {
    return retain;
  }

  public Properties properties() {
    return properties;
  }

  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  public String publisher() {
    return publisher;
  }

  public boolean expires() {
    return expiresAtMillis != NEVER;
  }

  public boolean expiredAt(long wallMillis) {
    return wallMillis >= expiresAtMillis;
  }

  /** The properties as bytes, made once. */
  public byte[] encodedProperties() {
    byte[] made = encoded;
    if (made == null) {
      made = properties.encoded();
      encoded = made; // a race makes the same bytes twice
    }
    return made;
  }

  /** What it costs to keep. */
  public int bytes() {
    return topic.length + payload.length + encodedProperties().length + OVERHEAD_BYTES;
  }

  /**
   * It stands in one more queue.
   *
   * @return bytes that are kept because of that: of all its queues, the first has the message
   */
  public int enterQueue() {
    return QUEUES.getAndIncrement(this) == 0 ? ENTRY_BYTES + bytes() : ENTRY_BYTES;
  }

  /**
   * It stands in one queue fewer.
   *
   * @return bytes that are not kept any more
   */
  public int leaveQueue() {
    return QUEUES.decrementAndGet(this) == 0 ? ENTRY_BYTES + bytes() : ENTRY_BYTES;
  }

  /** How long it takes from then to its receivers is of interest. Before it is shared. */
  public void timeFrom(long nanos) {
    timedFromNanos = nanos;
  }

  /** Since when it is timed; 0: it is not. */
  public long timedFromNanos() {
    return timedFromNanos;
  }

  /** The same under another topic; the array is shared. */
  public Message withTopic(byte[] next) {
    return new Message(next, payload, qos, retain, properties, expiresAtMillis, publisher);
  }

  /** The same with another payload; the array is shared. */
  public Message withPayload(byte[] next) {
    return new Message(topic, next, qos, retain, properties, expiresAtMillis, publisher);
  }

  /**
   * The same with other properties.
   *
   * @param next neither expiry, alias nor subscription ids
   */
  public Message withProperties(Properties next) {
    return new Message(topic, payload, qos, retain, next, expiresAtMillis, publisher);
  }

  /** The same, published with another QoS. */
  public Message withQos(int next) {
    return next == qos
        ? this
        : new Message(topic, payload, next, retain, properties, expiresAtMillis, publisher);
  }
}
