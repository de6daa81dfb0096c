package io.fairlead.app.cli;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code mqtt pub} and {@code mqtt rr}. */
final class MqttTalk {
  private static final Duration ANSWER_WAIT = Duration.ofSeconds(10);

  private MqttTalk() {}

  static int publish(Call call) throws CommandFailure, IOException {
    MqttTarget target = MqttTarget.of(call);
    byte[] topic = MqttTarget.topic(call.word(0).orElse(""));
    int qos = qos(call, 0);
    boolean retain = call.flag("--retain");
    boolean lines = call.flag("--lines");
    byte[] whole = lines ? new byte[0] : payload(call);
    try (MqttLink link = target.open()) {
      if (lines) {
        lines(link, line -> send(link, topic, line, qos, retain, target));
      } else {
        send(link, topic, whole, qos, retain, target);
      }
      if (qos == 0) heard(link, target.timeout());
      link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
    } catch (EOFException closed) {
      throw new CommandFailure(Exit.PROTOCOL, "closed", "the broker closed the connection", "");
    }
    return Exit.OK;
  }

  private interface Sending {
    void send(byte[] line) throws CommandFailure, IOException;
  }

  /** Takes a line when there is one, and does not fall silent meanwhile. */
  private static void lines(MqttLink link, Sending sending) throws CommandFailure, IOException {
    Thread pinging = Thread.ofVirtual().start(() -> ping(link));
    try {
      InputStream in = new BufferedInputStream(System.in);
      for (byte[] line = line(in); line != null; line = line(in)) sending.send(line);
    } finally {
      pinging.interrupt();
    }
  }

  /** The bytes up to the end of the line, which need not be text; null: there is no more. */
  private static byte @Nullable [] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    if (next < 0) return null;
    for (; next >= 0 && next != '\n'; next = in.read()) line.write(next);
    byte[] bytes = line.toByteArray();
    boolean returned = next == '\n' && bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return returned ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  private static void ping(MqttLink link) {
    try {
      while (true) {
        Pause.system().sleep(MqttTarget.pingEvery(link));
        link.send(Packet.PingReq.INSTANCE);
      }
    } catch (IOException lost) {
      // Whoever sends sees it too.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Messages of QoS 0 are not answered; a broker that ended the connection over one says so. */
  private static void heard(MqttLink link, Duration timeout) throws CommandFailure, IOException {
    link.send(Packet.PingReq.INSTANCE);
    Optional<Packet> answer = link.take(timeout);
    if (answer.orElse(null) instanceof Packet.Disconnect goodbye) {
      throw MqttTarget.refused(goodbye.reason());
    }
  }

  static int request(Call call) throws CommandFailure, IOException {
    MqttTarget target = MqttTarget.of(call);
    if (!target.version().rich()) {
      throw CommandFailure.usage("rr needs MQTT 5.0", "leave --protocol out");
    }
    byte[] topic = MqttTarget.topic(call.word(0).orElse(""));
    byte[] question = payload(call);
    byte[] tag = Randomness.system().secureBytes(8);
    String answers = "rr/" + HexFormat.of().formatHex(tag);
    int qos = qos(call, 1);
    Duration wait = call.duration("--wait").orElse(ANSWER_WAIT);
    try (MqttLink link = target.open()) {
      var _ = // nobody knows the topic yet
          subscribe(link, answers, qos, target.timeout());
      Properties properties =
          Properties.of()
              .with(PropertyId.RESPONSE_TOPIC, answers)
              .with(PropertyId.CORRELATION_DATA, tag)
              .build();
      int id = qos == 0 ? 0 : link.nextId();
      link.send(new Packet.Publish(topic, question, qos, false, false, id, properties));
      long deadline = Clock.system().nanos() + wait.toNanos();
      while (true) {
        long left = deadline - Clock.system().nanos();
        Optional<Packet> packet = left <= 0 ? Optional.empty() : link.take(Duration.ofNanos(left));
        if (packet.isEmpty()) {
          throw new CommandFailure(Exit.TEMPORARY, "no_answer", "no answer in time", "");
        }
        if (packet.get() instanceof Packet.Disconnect goodbye) {
          throw MqttTarget.refused(goodbye.reason());
        }
        if (packet.get() instanceof Packet.Ack ack) {
          if (ack.reason().error()) throw MqttTarget.refused(ack.reason());
          proceed(link, ack);
        }
        if (packet.get() instanceof Packet.Publish answer) {
          byte[] theirs = answer.properties().bytes(PropertyId.CORRELATION_DATA).orElse(tag);
          acknowledge(link, answer);
          if (!Arrays.equals(theirs, tag)) continue;
          call.terminal().data(call.json() ? MqttLines.json(answer) : MqttLines.payload(answer));
          link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
          return Exit.OK;
        }
      }
    } catch (EOFException closed) {
      throw new CommandFailure(Exit.PROTOCOL, "closed", "the broker closed the connection", "");
    }
  }

  /** Sends a message and waits until the broker has it. */
  private static void send(
      MqttLink link, byte[] topic, byte[] payload, int qos, boolean retain, MqttTarget target)
      throws CommandFailure, IOException {
    int id = qos == 0 ? 0 : link.nextId();
    link.send(new Packet.Publish(topic, payload, qos, retain, false, id, Properties.EMPTY));
    if (qos == 0) return;
    while (true) {
      Packet packet = next(link, target.timeout());
      if (!(packet instanceof Packet.Ack ack) || ack.packetId() != id) continue;
      if (ack.reason().error()) throw MqttTarget.refused(ack.reason());
      if (ack.type() == PacketType.PUBREC) proceed(link, ack);
      else return;
    }
  }

  private static void proceed(MqttLink link, Packet.Ack ack) throws IOException {
    if (ack.type() == PacketType.PUBREC) {
      link.send(new Packet.Ack(PacketType.PUBREL, ack.packetId(), ReasonCode.SUCCESS));
    }
  }

  /** Says that a message is here, as its QoS wants it. */
  static void acknowledge(MqttLink link, Packet.Publish message) throws IOException {
    if (message.qos() == 0) return;
    PacketType type = message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    link.send(new Packet.Ack(type, message.packetId(), ReasonCode.SUCCESS));
  }

  /**
   * Subscribes, which may be refused.
   *
   * @return messages that came before the answer, which brokers may send
   */
  static List<Packet.Publish> subscribe(MqttLink link, String filter, int qos, Duration timeout)
      throws CommandFailure, IOException {
    link.send(
        new Packet.Subscribe(
            link.nextId(), List.of(new Packet.Wish(filter, qos)), Properties.EMPTY));
    List<Packet.Publish> early = new ArrayList<>();
    while (true) {
      switch (next(link, timeout)) {
        case Packet.Publish message -> early.add(message);
        case Packet.SubAck ack -> {
          for (ReasonCode reason : ack.reasons()) {
            if (reason.error()) throw MqttTarget.refused(reason);
          }
          return early;
        }
        default -> {}
      }
    }
  }

  private static Packet next(MqttLink link, Duration timeout) throws CommandFailure, IOException {
    Optional<Packet> packet = link.take(timeout);
    if (packet.isEmpty()) {
      throw new CommandFailure(Exit.TEMPORARY, "no_answer", "the broker did not answer", "");
    }
    if (packet.get() instanceof Packet.Disconnect goodbye) {
      throw MqttTarget.refused(goodbye.reason());
    }
    return packet.get();
  }

  static int qos(Call call, int absent) throws CommandFailure {
    String text = call.value("--qos").orElse(Integer.toString(absent));
    if (!text.matches("[012]")) {
      throw CommandFailure.usage("--qos: `" + text + "`", "write 0, 1 or 2");
    }
    return text.charAt(0) - '0';
  }

  private static byte[] payload(Call call) throws IOException {
    Optional<String> word = call.word(1);
    return word.isPresent()
        ? word.get().getBytes(StandardCharsets.UTF_8)
        : System.in.readAllBytes();
  }
}
