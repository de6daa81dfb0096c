package io.fairlead.app.cli;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** {@code mqtt pub} and {@code mqtt rr}. */
final class MqttTalk {
  private static final Duration ANSWER_WAIT = Duration.ofSeconds(10);

  private MqttTalk() {}

  static int publish(Call call) throws CommandFailure, IOException {
    MqttTarget target = MqttTarget.of(call);
    byte[] topic = call.word(0).orElse("").getBytes(StandardCharsets.UTF_8);
    int qos = qos(call, 0);
    boolean retain = call.flag("--retain");
    try (MqttLink link = target.open()) {
      if (call.flag("--lines")) {
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          send(link, topic, line.getBytes(StandardCharsets.UTF_8), qos, retain, target);
        }
      } else {
        send(link, topic, payload(call), qos, retain, target);
      }
      link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
    } catch (EOFException closed) {
      throw new CommandFailure(Exit.PROTOCOL, "closed", "the broker closed the connection", "");
    }
    return Exit.OK;
  }

  static int request(Call call) throws CommandFailure, IOException {
    MqttTarget target = MqttTarget.of(call);
    if (!target.version().rich()) {
      throw CommandFailure.usage("rr needs MQTT 5.0", "leave --protocol out");
    }
    byte[] topic = call.word(0).orElse("").getBytes(StandardCharsets.UTF_8);
    byte[] tag = Randomness.system().secureBytes(8);
    String answers = "rr/" + HexFormat.of().formatHex(tag);
    int qos = qos(call, 1);
    Duration wait = call.duration("--wait").orElse(ANSWER_WAIT);
    try (MqttLink link = target.open()) {
      link.send(
          new Packet.Subscribe(
              link.nextId(), List.of(new Packet.Wish(answers, qos)), Properties.EMPTY));
      until(link, PacketType.SUBACK, target.timeout());
      Properties properties =
          Properties.of()
              .with(PropertyId.RESPONSE_TOPIC, answers)
              .with(PropertyId.CORRELATION_DATA, tag)
              .build();
      int id = qos == 0 ? 0 : link.nextId();
      link.send(new Packet.Publish(topic, payload(call), qos, false, false, id, properties));
      long deadline = Clock.system().nanos() + wait.toNanos();
      while (true) {
        long left = deadline - Clock.system().nanos();
        Optional<Packet> packet = left <= 0 ? Optional.empty() : link.take(Duration.ofNanos(left));
        if (packet.isEmpty()) {
          throw new CommandFailure(Exit.TEMPORARY, "no_answer", "no answer in time", "");
        }
        if (packet.get() instanceof Packet.Ack ack) {
          if (ack.reason().error()) throw MqttTarget.refused(ack.reason());
          proceed(link, ack);
        }
        if (packet.get() instanceof Packet.Publish answer) {
          byte[] theirs = answer.properties().bytes(PropertyId.CORRELATION_DATA).orElse(tag);
          if (!Arrays.equals(theirs, tag)) continue;
          call.terminal().data(new String(answer.payload(), StandardCharsets.UTF_8));
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

  static Packet until(MqttLink link, PacketType type, Duration timeout)
      throws CommandFailure, IOException {
    while (true) {
      Packet packet = next(link, timeout);
      if (packet.type() == type) return packet;
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
