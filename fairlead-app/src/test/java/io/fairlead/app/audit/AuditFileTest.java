package io.fairlead.app.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fairlead.app.audit.AuditChain.Verdict;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class AuditFileTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ManualClock clock = new ManualClock();

  @TempDir Path dir;

  @Test
  void aLineTellsItsNumberItsTimeAndWhatItIsAbout() throws Exception {
    try (AuditFile audit = started()) {
      audit.record("config.reload", Map.of("who", "uid \"7\"\n", "took", Duration.ofMillis(1500)));
    }
    assertThat(lines()).hasSize(1);
    assertThat(lines().getFirst())
        .startsWith("{\"seq\":1,\"time\":\"" + clock.wall() + "\",\"kind\":\"config.reload\",")
        .contains("\"who\":\"uid \\\"7\\\"\\n\"", "\"took\":1.5")
        .endsWith("\"prev\":\"" + "0".repeat(64) + "\"}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  void anInterruptedCallerLosesNoLineAndClosesNoFile() throws Exception {
    try (AuditFile audit = started()) {
      audit.record("a", Map.of("n", 1));
      Thread.currentThread().interrupt();
      audit.record("a", Map.of("n", 2));
      assertThat(Thread.interrupted()).as("still told to the caller").isTrue();
      audit.record("a", Map.of("n", 3));
    }
    assertThat(AuditChain.verify(file())).isEqualTo(new Verdict.Whole(List.of(file()), 3, 1, 0));
  }

  @Test
  void theChainGoesOnOverRestarts() throws Exception {
    for (int run = 0; run < 3; run++) {
      try (AuditFile audit = started()) {
        audit.record("a", Map.of("run", run));
        audit.recordAll("b", List.of(Map.of("n", 1), Map.of("n", 2)));
      }
    }
    assertThat(AuditChain.verify(file())).isEqualTo(new Verdict.Whole(List.of(file()), 9, 1, 0));
    assertThat(lines().get(8)).startsWith("{\"seq\":9,");
  }

  @Test
  void theChainGoesOnOverRotationAndOnlySoManyFilesAreKept() throws Exception {
    for (int run = 0; run < 4; run++) {
      try (AuditFile audit = started()) {
        for (int i = 0; i < 40; i++) audit.record("noise", Map.of("text", "x".repeat(200)));
      }
    }
    try (var files = Files.list(dir)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("audit.log", "audit.log.1", "audit.log.2");
    }
    assertThat(Files.size(dir.resolve("audit.log.1"))).isBetween(3500L, 4096L);
    assertThat(AuditChain.verify(file()))
        .isInstanceOfSatisfying(
            Verdict.Whole.class,
            whole -> {
              assertThat(whole.files()).hasSize(3);
              assertThat(whole.firstSeq()).isGreaterThan(100);
              assertThat(whole.firstSeq() + whole.lines()).isEqualTo(161);
            });
  }

  @Test
  void aLineThatACrashLeftUnfinishedIsCutOffAtEveryByteAndTold() throws Exception {
    try (AuditFile audit = started()) {
      audit.record("first", Map.of());
      audit.record("second", Map.of("k", "v"));
    }
    byte[] whole = Files.readAllBytes(file());
    int firstEnd = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
    for (int end = firstEnd; end < whole.length; end++) {
      Files.write(file(), java.util.Arrays.copyOf(whole, end));
      try (AuditFile audit = started()) {
        audit.record("after", Map.of());
      }
      List<String> lines = lines();
      if (end == firstEnd) {
        assertThat(lines).hasSize(2);
      } else {
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1)).contains("audit.torn", "\"bytes\":" + (end - firstEnd));
      }
      assertThat(AuditChain.verify(file())).isInstanceOf(Verdict.Whole.class);
    }
  }

  @Test
  void aStopBetweenTwoFilesLosesNothing() throws Exception {
    try (AuditFile audit = started()) {
      audit.record("first", Map.of());
    }
    Files.move(file(), AuditFile.numbered(file(), 1));
    try (AuditFile audit = started()) {
      audit.record("second", Map.of());
    }
    assertThat(AuditChain.verify(file()))
        .isInstanceOfSatisfying(Verdict.Whole.class, it -> assertThat(it.lines()).isEqualTo(2));
  }

  @Test
  void aChangedAMissingAndAForeignLineAreFound() throws Exception {
    try (AuditFile audit = started()) {
      for (int i = 0; i < 5; i++) audit.record("k", Map.of("n", i));
    }
    List<String> good = lines();

    rewrite(good, 2, good.get(2).replace("\"n\":2", "\"n\":7"));
    assertThat(AuditChain.verify(file()))
        .isEqualTo(
            new Verdict.Broken(file(), 4, "its prev is not the SHA-256 of the line before it"));

    List<String> missing = new ArrayList<>(good);
    missing.remove(2);
    Files.write(file(), missing);
    assertThat(AuditChain.verify(file()))
        .isEqualTo(new Verdict.Broken(file(), 3, "has seq 4 where 3 is due"));

    rewrite(good, 4, "hello");
    assertThat(AuditChain.verify(file()))
        .isEqualTo(new Verdict.Broken(file(), 5, "is not an audit line"));
    try (AuditFile audit = started()) {
      audit.record("after", Map.of());
    }
    assertThat(AuditChain.verify(file())).isInstanceOf(Verdict.Broken.class);

    rewrite(good, 0, good.getFirst().replace("0".repeat(64), "1".repeat(64)));
    assertThat(AuditChain.verify(file())).isInstanceOf(Verdict.Broken.class);
  }

  @Test
  void manyWritersMakeOneChain() throws Exception {
    try (AuditFile audit = started(64 * 1024)) {
      CountDownLatch go = new CountDownLatch(1);
      List<Thread> writers = new ArrayList<>();
      for (int w = 0; w < 8; w++) {
        writers.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        go.await();
                      } catch (InterruptedException stopped) {
                        Thread.currentThread().interrupt();
                      }
                      for (int i = 0; i < 25; i++) audit.record("k", Map.of("i", i));
                    }));
      }
      go.countDown();
      for (Thread writer : writers) writer.join();
    }
    assertThat(AuditChain.verify(file()))
        .isInstanceOfSatisfying(Verdict.Whole.class, it -> assertThat(it.lines()).isEqualTo(200));
    assertThat(registry.get("fairlead.audit.lines").counter().count()).isEqualTo(200);
  }

  @Test
  void whatCannotBeWrittenIsCountedAndTheNextLineStillFits() throws Exception {
    try (AuditFile audit = started()) {
      audit.record("k", Map.of("text", "x".repeat(3000)));
      Path blocker = AuditFile.numbered(file(), 2);
      Files.createDirectories(blocker.resolve("full")); // rotation cannot make room there
      audit.record("k", Map.of("text", "y".repeat(3000)));
      assertThat(registry.get("fairlead.audit.failed").counter().count()).isEqualTo(1);
      audit.record("small", Map.of());
    }
    assertThat(AuditChain.verify(file()))
        .isInstanceOfSatisfying(Verdict.Whole.class, it -> assertThat(it.lines()).isEqualTo(2));
  }

  @Test
  void whatCannotBeWrittenStandsWholeInTheLog() throws Exception {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(AuditFile.class);
    told.start();
    logger.addAppender(told);
    try (AuditFile audit = started()) {
      audit.record("k", Map.of("text", "x".repeat(3000)));
      Files.createDirectories(AuditFile.numbered(file(), 2).resolve("full"));
      audit.record("membership.cut", Map.of("entry", "main/7", "text", "y".repeat(3000)));
    } finally {
      logger.detachAppender(told);
    }
    assertThat(told.list)
        .anySatisfy(
            event ->
                assertThat(event.getKeyValuePairs().toString())
                    .contains("membership.cut", "main/7"));
  }

  @Test
  void offKeepsNothing() throws Exception {
    AuditConfig off = new AuditConfig(new AuditConfig.Place.Off(), 4096, 2);
    try (AuditFile audit = new AuditFile(off, dir, clock, new Meters(registry))) {
      audit.start();
      audit.record("k", Map.of());
    }
    assertThat(dir).isEmptyDirectory();
  }

  private AuditFile started() throws Exception {
    return started(4096);
  }

  private AuditFile started(long maxSize) throws Exception {
    AuditConfig config = new AuditConfig(new AuditConfig.Place.InStateDirectory(), maxSize, 2);
    AuditFile audit = new AuditFile(config, dir, clock, new Meters(registry));
    audit.start();
    return audit;
  }

  private void rewrite(List<String> good, int at, String line) throws IOException {
    List<String> changed = new ArrayList<>(good);
    changed.set(at, line);
    Files.write(file(), changed, StandardOpenOption.TRUNCATE_EXISTING);
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(file());
  }

  private Path file() {
    return dir.resolve("audit.log");
  }
}
