package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code mqtt sub}: prints messages until told to end. One use. */
final class MqttWatch {
  private static final Duration PING_EVERY = Duration.ofSeconds(MqttTarget.KEEP_ALIVE_SECONDS / 2);
  private static final Duration RECONNECT_AFTER = Duration.ofSeconds(1);

  private final Call call;
  private final MqttTarget target;
  private final long countMax;
  private final Optional<Duration> wait;
  private final boolean reconnects;
  private final long startedAtNanos;
  private long count;

  MqttWatch(Call call) throws CommandFailure {
    this.call = call;
    this.target = MqttTarget.of(call);
    String most = call.value("--count").orElse("");
    if (!most.isEmpty() && !most.matches("[1-9][0-9]{0,8}")) {
      throw CommandFailure.usage("--count: `" + most + "`", "write a number");
    }
    this.countMax = most.isEmpty() ? Long.MAX_VALUE : Long.parseLong(most);
    this.wait = call.duration("--wait");
    this.reconnects = !call.flag("--no-reconnect");
    this.startedAtNanos = Clock.system().nanos();
  }

  int run() throws CommandFailure, IOException, InterruptedException {
    boolean connectedOnce = false;
    while (true) {
      try (MqttLink link = target.open()) {
        connectedOnce = true;
        subscribe(link);
        if (call.flag("--end")) return Exit.OK;
        Optional<Integer> exit = follow(link);
        if (exit.isPresent()) {
          link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
          return exit.get();
        }
      } catch (IOException lost) {
        call.terminal().say("fairlead: " + lost.getMessage());
      } catch (CommandFailure failure) {
        if (!connectedOnce || !reconnects) throw failure;
      }
      if (!reconnects) {
        throw new CommandFailure(Exit.UNAVAILABLE, "lost", "the connection was lost", "");
      }
      Pause.system().sleep(RECONNECT_AFTER);
    }
  }

  private void subscribe(MqttLink link) throws CommandFailure, IOException {
    int qos = MqttTalk.qos(call, 0);
    List<Packet.Wish> wishes = new ArrayList<>();
    for (String filter : call.words()) wishes.add(new Packet.Wish(filter, qos));
    link.send(new Packet.Subscribe(link.nextId(), wishes, Properties.EMPTY));
    if (MqttTalk.until(link, PacketType.SUBACK, target.timeout()) instanceof Packet.SubAck ack) {
      for (ReasonCode reason : ack.reasons()) {
        if (reason.error()) throw MqttTarget.refused(reason);
      }
    }
  }

  /** Until the end is reached, or empty: the broker said good-bye. */
  private Optional<Integer> follow(MqttLink link) throws CommandFailure, IOException {
    while (count < countMax) {
      long left =
          wait.map(w -> w.toNanos() - (Clock.system().nanos() - startedAtNanos))
              .orElse(Long.MAX_VALUE);
      if (left <= 0) {
        return Optional.of(countMax == Long.MAX_VALUE ? Exit.OK : Exit.TEMPORARY);
      }
      Duration patience = Duration.ofNanos(Math.min(left, PING_EVERY.toNanos()));
      Optional<Packet> packet = link.take(patience);
      if (packet.isEmpty()) {
        if (left > PING_EVERY.toNanos()) link.send(Packet.PingReq.INSTANCE);
        continue;
      }
      switch (packet.get()) {
        case Publish message -> message(link, message);
        case Packet.Ack ack -> {
          if (ack.type() == PacketType.PUBREL) {
            link.send(new Packet.Ack(PacketType.PUBCOMP, ack.packetId(), ReasonCode.SUCCESS));
          }
        }
        case Packet.Disconnect goodbye -> {
          call.terminal()
              .say(
                  "fairlead: the broker disconnected: "
                      + goodbye.reason().word()
                      + " (0x"
                      + Integer.toHexString(goodbye.reason().code())
                      + ")");
          return Optional.empty();
        }
        default -> {}
      }
    }
    return Optional.of(Exit.OK);
  }

  private void message(MqttLink link, Publish message) throws CommandFailure, IOException {
    if (message.qos() > 0) {
      PacketType type = message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
      link.send(new Packet.Ack(type, message.packetId(), ReasonCode.SUCCESS));
    }
    if (call.flag("--retained-only") && !message.retain()) return;
    count++;
    show(message);
    // Who reads this wants each message when it comes, also through a pipe.
    call.terminal().out().flush();
  }

  private void show(Publish message) throws CommandFailure {
    String topic = new String(message.topic(), StandardCharsets.UTF_8);
    Optional<String> text = text(message.payload());
    if (call.json()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("topic", topic);
      if (text.isPresent()) line.put("payload", text.get());
      else line.put("payload_base64", Base64.getEncoder().encodeToString(message.payload()));
      line.put("qos", (long) message.qos());
      line.put("retain", message.retain());
      call.terminal().data(Json.print(line).replace("\n", "").replaceAll("  +", " "));
      return;
    }
    if (call.flag("--raw")) {
      call.terminal().out().write(message.payload(), 0, message.payload().length);
      call.terminal().out().println();
      return;
    }
    String hex = HexFormat.of().formatHex(message.payload());
    String payload = text.orElse(hex);
    Optional<String> format = call.value("--format");
    if (format.isPresent()) {
      call.terminal()
          .data(
              format
                  .get()
                  .replace("{t}", topic)
                  .replace("{x}", hex)
                  .replace("{q}", Integer.toString(message.qos()))
                  .replace("{r}", message.retain() ? "1" : "0")
                  .replace("{len}", Integer.toString(message.payload().length))
                  .replace("{p}", payload));
    } else {
      call.terminal().data(call.flag("--verbose") ? topic + " " + payload : payload);
    }
  }

  private static Optional<String> text(byte[] payload) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
