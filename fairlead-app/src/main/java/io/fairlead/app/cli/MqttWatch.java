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
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code mqtt sub}: prints messages until told to end. One use. */
final class MqttWatch {
  private static final Duration RECONNECT_AFTER = Duration.ofSeconds(1);

  private static final Duration ENDLESS = Duration.ofDays(365_000);

  private final Call call;
  private final MqttTarget target;
  private final long countMax;
  private final Optional<Duration> wait;
  private final boolean reconnects;
  private final String filter;
  private final MqttLines lines;
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
    this.filter = MqttTarget.filter(call.word(0).orElse(""));
    this.lines = new MqttLines(call);
    this.startedAtNanos = Clock.system().nanos();
  }

  int run() throws CommandFailure, IOException, InterruptedException {
    boolean subscribedOnce = false;
    while (true) {
      try (MqttLink link = target.open()) {
        List<Publish> early = subscribe(link);
        subscribedOnce = true;
        if (call.flag("--end")) return Exit.OK;
        for (Publish message : early) if (count < countMax) message(link, message);
        Optional<Integer> exit = follow(link);
        if (exit.isPresent()) {
          link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
          return exit.get();
        }
      } catch (IOException lost) {
        call.terminal().say("fairlead: " + lost.getMessage());
      } catch (CommandFailure failure) {
        if (!subscribedOnce || !reconnects) throw failure;
        call.terminal().say("fairlead: " + failure.getMessage());
      }
      if (!reconnects) {
        throw new CommandFailure(Exit.UNAVAILABLE, "lost", "the connection was lost", "");
      }
      Duration left = left();
      if (!left.isPositive()) return tooLate();
      Pause.system().sleep(left.compareTo(RECONNECT_AFTER) < 0 ? left : RECONNECT_AFTER);
    }
  }

  private List<Publish> subscribe(MqttLink link) throws CommandFailure, IOException {
    return MqttTalk.subscribe(link, filter, MqttTalk.qos(call, 0), target.timeout());
  }

  /** Of the time to wait. */
  private Duration left() {
    return wait.map(w -> w.minusNanos(Clock.system().nanos() - startedAtNanos)).orElse(ENDLESS);
  }

  private int tooLate() {
    return countMax == Long.MAX_VALUE ? Exit.OK : Exit.TEMPORARY;
  }

  /** Until the end is reached, or empty: the broker said good-bye. */
  private Optional<Integer> follow(MqttLink link) throws CommandFailure, IOException {
    Duration every = MqttTarget.pingEvery(link);
    long saidAtNanos = Clock.system().nanos();
    while (count < countMax) {
      Duration left = left();
      if (!left.isPositive()) return Optional.of(tooLate());
      // By the clock: messages that need no answer would keep it silent for ever.
      Duration untilPing = every.minusNanos(Clock.system().nanos() - saidAtNanos);
      if (!untilPing.isPositive()) {
        link.send(Packet.PingReq.INSTANCE);
        saidAtNanos = Clock.system().nanos();
        continue;
      }
      Optional<Packet> packet = link.take(left.compareTo(untilPing) < 0 ? left : untilPing);
      if (packet.isEmpty()) continue;
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
    MqttTalk.acknowledge(link, message);
    if (call.flag("--retained-only") && !message.retain()) return;
    count++;
    lines.show(message);
    // Who reads this wants each message when it comes, also through a pipe.
    call.terminal().out().flush();
  }
}
