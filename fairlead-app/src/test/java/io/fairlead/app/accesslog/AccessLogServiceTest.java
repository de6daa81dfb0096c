package io.fairlead.app.accesslog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.ManualClock;
import io.fairlead.net.journal.AccessEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogServiceTest {
  private final Meters meters = new Meters(new SimpleMeterRegistry());
  private final AccessLogService service =
      new AccessLogService(Stream::empty, () -> 7, meters, Clock.system());

  @TempDir private Path dir;

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void isOffUntilItIsAskedFor() throws Exception {
    service.start();
    assertThat(service.on()).isFalse();
    service.write(LineFormatTest.request("/a", "", ""));
    service.prepare(toFile("access.log", "{path}", 1)).commit();
    assertThat(service.on()).isTrue();
    service.write(LineFormatTest.request("/b", "", ""));
    AccessLogConfig off = config(false, new AccessLogConfig.Sink.Output(), "json", 1);
    service.prepare(off).commit();
    service.write(LineFormatTest.request("/c", "", ""));
    awaitLines("access.log", "/b");
    assertThat(service.on()).isFalse();
  }

  @Test
  void aReloadLosesNoLineAndWritesEachWhereItBelongs() throws Exception {
    service.start();
    service.prepare(toFile("one.log", "{path}", 1)).commit();
    for (int i = 0; i < 500; i++) service.write(LineFormatTest.request("/1", "", ""));
    service.prepare(toFile("two.log", "{path} {generation}", 1)).commit();
    for (int i = 0; i < 500; i++) service.write(LineFormatTest.request("/2", "", ""));
    await().until(() -> lines("one.log").size() + lines("two.log").size() >= 1000);
    assertThat(lines("one.log")).hasSize(500).containsOnly("/1");
    assertThat(lines("two.log")).hasSize(500).containsOnly("/2 7");
  }

  @Test
  void whatWasTakenIsWrittenBeforeTheEnd() throws Exception {
    service.start();
    service.prepare(toFile("access.log", "{path}", 1)).commit();
    for (int i = 0; i < 2000; i++) service.write(LineFormatTest.request("/" + i, "", ""));
    service.close();
    assertThat(lines("access.log")).hasSize(2000).startsWith("/0").endsWith("/1999");
  }

  @Test
  void moreThanTheRingHoldsIsDroppedAndCounted() throws Exception {
    service.prepare(toFile("access.log", "{path}", 1)).commit(); // its thread was not started
    for (int i = 0; i < AccessLogService.RING + 100; i++) {
      service.write(LineFormatTest.request("/x", "", ""));
    }
    double dropped = meters.registry().get("fairlead.access_log.dropped").counter().count();
    assertThat(dropped).isBetween(100.0, 101.0);
    service.start();
    await().until(() -> lines("access.log").size() >= AccessLogService.RING - 1);
  }

  @Test
  void aSampleIsAShareAndKeepsErrors() throws Exception {
    service.start();
    service.prepare(toFile("access.log", "{request_id} {status}", 0.0)).commit();
    for (int i = 0; i < 100; i++) service.write(LineFormatTest.request("/", "", ""));
    service.write(failing());
    awaitLines("access.log", "r-1 503");
  }

  @Test
  void aFileThatSomebodyMovedIsBegunAnew() throws Exception {
    service.start();
    service.prepare(toFile("access.log", "{path}", 1)).commit();
    service.write(LineFormatTest.request("/before", "", ""));
    awaitLines("access.log", "/before");
    Files.move(dir.resolve("access.log"), dir.resolve("moved.log"));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              service.write(LineFormatTest.request("/after", "", ""));
              return Files.exists(dir.resolve("access.log")) && !lines("access.log").isEmpty();
            });
    assertThat(lines("access.log")).containsOnly("/after");
    assertThat(lines("moved.log")).startsWith("/before");
  }

  @Test
  void aFullFileGivesWay() throws Exception {
    ManualClock clock = new ManualClock();
    var sink =
        new FileSink(
            new AccessLogConfig.Sink.ToFile(dir.resolve("a.log"), 4096, Duration.ofHours(1), 2),
            clock);
    byte[] line = ("x".repeat(1499) + "\n").getBytes(UTF_8);
    for (int i = 0; i < 7; i++) sink.write(line, line.length);
    assertThat(sizes()).containsExactly("a.log 1500", "a.log.1 3000", "a.log.2 3000");
    clock.advance(Duration.ofHours(2));
    sink.write(line, line.length);
    assertThat(sizes()).containsExactly("a.log 1500", "a.log.1 1500", "a.log.2 3000");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("a.log"))))
        .isEqualTo("rw-r-----");
    sink.close();
  }

  @Test
  void aFileThatCannotBeOpenedIsRefusedBeforeAnythingChanges() throws Exception {
    Files.writeString(dir.resolve("plain"), "");
    assertThatThrownBy(() -> service.prepare(toFile("plain/access.log", "json", 1)))
        .isInstanceOfSatisfying(
            ConfigException.class,
            refused ->
                assertThat(refused.problems())
                    .singleElement()
                    .satisfies(
                        problem -> assertThat(problem.path()).isEqualTo("/logs/access/file")));
    assertThat(service.on()).isFalse();
  }

  @Test
  void syslogGetsOneMessageALine() throws Exception {
    service.start();
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(10_000);
      service.prepare(syslog("udp://127.0.0.1:" + server.getLocalPort())).commit();
      service.write(LineFormatTest.request("/one", "", ""));
      DatagramPacket packet = new DatagramPacket(new byte[8192], 8192);
      server.receive(packet);
      assertThat(new String(packet.getData(), 0, packet.getLength(), UTF_8))
          .matches("<190>1 \\S+Z \\S+ fairlead [0-9]+ access - /one");
    }
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      service.prepare(syslog("tcp://127.0.0.1:" + server.getLocalPort())).commit();
      service.write(LineFormatTest.request("/two", "", ""));
      server.setSoTimeout(10_000);
      try (Socket peer = server.accept()) {
        peer.setSoTimeout(10_000);
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith("/two")) text.append((char) peer.getInputStream().read());
        int space = text.indexOf(" ");
        assertThat(Integer.parseInt(text.substring(0, space))).isEqualTo(text.length() - space - 1);
      }
    }
  }

  private static AccessEntry failing() {
    var plain = LineFormatTest.request("/", "", "");
    return new AccessEntry(
        plain.kind(),
        plain.at(),
        plain.id(),
        plain.listener(),
        plain.service(),
        plain.route(),
        plain.client(),
        plain.asked(),
        new AccessEntry.Outcome(503, 0, 0, 1, Optional.empty()),
        plain.upstream());
  }

  private AccessLogConfig toFile(String name, String format, double sample) {
    return config(
        true,
        new AccessLogConfig.Sink.ToFile(dir.resolve(name), 1 << 20, Duration.ofDays(1), 3),
        format,
        sample);
  }

  private static AccessLogConfig syslog(String server) {
    return config(
        true,
        new AccessLogConfig.Sink.Syslog(URI.create(server), AccessLogConfig.Facility.LOCAL7),
        "{path}",
        1);
  }

  private static AccessLogConfig config(
      boolean enabled, AccessLogConfig.Sink sink, String format, double sample) {
    return new AccessLogConfig(
        enabled, sink, format, sample, false, List.of(), Duration.ofMinutes(10));
  }

  private void awaitLines(String name, String... expected) {
    await().untilAsserted(() -> assertThat(lines(name)).containsExactly(expected));
  }

  private List<String> lines(String name) throws IOException {
    Path file = dir.resolve(name);
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private List<String> sizes() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName() + " " + file.toFile().length()).sorted().toList();
    }
  }
}
