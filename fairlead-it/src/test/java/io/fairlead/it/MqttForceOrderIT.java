package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the kernel sees: the log with a message is forced to disk before the acknowledgement of that
 * message is written to the publisher's socket.
 */
class MqttForceOrderIT {
  private static final int MESSAGES = 40;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Pattern CALL =
      Pattern.compile("^(\\d+) +(?:<\\.\\.\\. )?(\\w+)(?:\\((\\d+)<([^>]*)>)?.*");

  @TempDir private Path cache;
  @TempDir private Path dir;

  @Test
  void noAcknowledgementLeavesBeforeTheForceThatCoversIt() throws Exception {
    Launched fairlead = Launched.built(cache);
    Path strace = Peers.require("strace");
    Path trace = dir.resolve("trace");
    try (CrashingBroker broker = CrashingBroker.start(fairlead, dir, "{}")) {
      CrashClient away = new CrashClient("away");
      away.connect(broker.address(), Optional.empty());
      away.send(new Packet.Subscribe(1, List.of(new Packet.Wish("order/#", 2)), Properties.EMPTY));
      away.take(SOON).orElseThrow();
      away.drop();
      CrashClient publisher = new CrashClient("publisher");
      publisher.connect(broker.address(), Optional.empty());
      try (Proc tracer =
          Proc.start(
              strace.toString(),
              "-f",
              "-y",
              "-x",
              "-s",
              "700",
              "-e",
              "trace=write,writev,sendto,sendmsg,fdatasync,fsync",
              "-o",
              trace.toString(),
              "-p",
              Long.toString(broker.pid()))) {
        tracer.awaitLine("attached", SOON);
        for (int i = 1; i <= MESSAGES; i++) {
          int qos = 1 + i % 2;
          publisher.send(
              CrashClient.publish("order/" + i, "ORDER%04d".formatted(i), qos, false, false, i));
          Ack answer = (Ack) publisher.take(SOON).orElseThrow();
          assertThat(answer.packetId()).isEqualTo(i);
          if (qos == 1) continue;
          publisher.send(new Ack(PacketType.PUBREL, i, io.fairlead.mqtt.codec.ReasonCode.SUCCESS));
          publisher.take(SOON).orElseThrow();
        }
        // The tracer ends in its own time; the last answer tells that it has seen all before it.
        Awaitility.await().atMost(SOON).until(() -> answered(trace, MESSAGES));
        tracer.signal("INT");
        tracer.awaitExit(SOON);
      }
      publisher.drop();
    }
    check(Files.readAllLines(trace));
  }

  private static boolean answered(Path trace, int id) throws Exception {
    String last = ack(id);
    return Files.readAllLines(trace).stream().anyMatch(line -> line.contains(last));
  }

  private static void check(List<String> lines) {
    Map<Integer, Integer> logged = new HashMap<>(); // message → line that completed its log write
    Map<Integer, Integer> forced = new HashMap<>();
    Map<String, String> begun = new HashMap<>(); // thread → call that has not returned
    int answered = 0;
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      Matcher call = CALL.matcher(line);
      if (!call.matches()) continue;
      String thread = call.group(1);
      boolean unfinished = line.contains("<unfinished");
      boolean resumed = line.contains("<... ");
      String whole = resumed ? begun.getOrDefault(thread, "") + line : line;
      // Sockets: what counts is when the call begins.
      if (!resumed && (line.contains("<socket:") || line.contains("<TCP"))) {
        for (int i = 1; i <= MESSAGES; i++) {
          if (!line.contains(ack(i))) continue;
          assertThat(forced)
              .as("message %d was forced before line %d of the trace: %s", i, at, line)
              .containsKey(i);
          assertThat(forced.get(i)).isLessThan(at);
          answered++;
        }
      }
      if (unfinished) {
        begun.put(thread, line);
        continue;
      }
      // Files: what counts is when the call has returned.
      begun.remove(thread);
      if (whole.contains(".log>") && whole.contains("write")) {
        for (int i = 1; i <= MESSAGES; i++) if (whole.contains(payload(i))) logged.put(i, at);
      } else if (whole.contains("fdatasync(") && whole.contains(".log>")) {
        assertThat(whole).as("a force that failed").contains("= 0");
        int when = at;
        logged.keySet().forEach(message -> forced.putIfAbsent(message, when));
      }
    }
    assertThat(answered).as("answers seen").isGreaterThanOrEqualTo(MESSAGES);
    assertThat(logged).as("messages seen on their way to the log").hasSize(MESSAGES);
  }

  private static String payload(int message) {
    return hex("ORDER%04d".formatted(message).getBytes(StandardCharsets.US_ASCII));
  }

  /** PUBACK or PUBREC, success. */
  private static String ack(int message) {
    int type = message % 2 == 0 ? 0x40 : 0x50;
    return hex(new byte[] {(byte) type, 2, 0, (byte) message});
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte each : bytes) text.append("\\x%02x".formatted(each & 0xff));
    return text.toString();
  }
}
