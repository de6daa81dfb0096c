package io.fairlead.app.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.Environment;
import io.fairlead.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said to the service manager, on a clock of the test's. */
class NoticesTest {
  private static final Duration PING = Duration.ofSeconds(10);

  private final ManualClock clock = new ManualClock();
  private final List<String> said = new ArrayList<>();
  private final Notices notices = new Notices(Optional.of(PING), said::add, clock.nanos());
  private boolean loopsAnswer = true;
  private String sentence = "serving on 1 listeners";

  @Test
  void readyIsSaidOnceAndWithTheStatus() {
    notices.starting(clock.nanos());
    notices.ready("serving on 1 listeners");
    notices.ready("serving on 1 listeners");
    assertThat(said).containsExactly("STATUS=starting", "READY=1\nSTATUS=serving on 1 listeners");
  }

  @Test
  void aReloadIsBracketedWithTheMonotonicTime() {
    notices.reloads(clock.nanos());
    notices.reloaded();
    assertThat(said).as("before ready nobody asked").isEmpty();
    ready();
    notices.reloads(5_000_000_123_456L);
    notices.reloaded();
    notices.reloaded();
    assertThat(said).containsExactly("RELOADING=1\nMONOTONIC_USEC=5000000123", "READY=1");
  }

  @Test
  void theWatchdogIsPingedAtHalfItsTime() {
    ready();
    run(Duration.ofSeconds(60));
    // At 0, 10, …, 60 s.
    assertThat(said).hasSize(7).containsOnly("WATCHDOG=1");
  }

  @Test
  void aStuckLoopHoldsThePingsBackAndItsReturnBringsThemBackSoon() {
    ready();
    run(Duration.ofSeconds(1));
    assertThat(said).containsExactly("WATCHDOG=1");
    said.clear();
    loopsAnswer = false;
    run(Duration.ofSeconds(120));
    assertThat(said).isEmpty();
    loopsAnswer = true;
    run(Duration.ofSeconds(2));
    assertThat(said).containsExactly("WATCHDOG=1");
  }

  @Test
  void theStatusIsSaidWhenItChangedAndOnOneLine() {
    ready();
    run(Duration.ofSeconds(5));
    sentence = "proxy failed;\nREADY=1 " + "x".repeat(1000);
    run(Duration.ofSeconds(5));
    List<String> statuses = said.stream().filter(notice -> notice.contains("STATUS=")).toList();
    assertThat(statuses).hasSize(1);
    assertThat(statuses.getFirst())
        .startsWith("STATUS=proxy failed; READY=1 x")
        .doesNotContain("\n")
        .hasSize("STATUS=".length() + 512);
  }

  @Test
  void aStatusThatChangesAllTheTimeIsSaidOnceASecond() {
    Notices unwatched = new Notices(Optional.empty(), said::add, clock.nanos());
    unwatched.ready("0");
    said.clear();
    long waited = 0;
    for (int i = 1; i <= 10; i++) {
      long next = unwatched.beat(true, "state " + i, clock.nanos());
      clock.advance(Duration.ofNanos(next));
      waited += next;
    }
    assertThat(said).hasSize(10);
    assertThat(Duration.ofNanos(waited)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void patienceIsAskedForWhileDrainingAndNoLonger() {
    ready();
    notices.stopping(Duration.ofSeconds(20), clock.nanos());
    notices.stopping(Duration.ofSeconds(20), clock.nanos());
    notices.reloads(clock.nanos());
    notices.reloaded();
    assertThat(said).containsExactly("STOPPING=1\nSTATUS=stopping", "EXTEND_TIMEOUT_USEC=15000000");
    said.clear();
    run(Duration.ofSeconds(300));
    said.removeIf("WATCHDOG=1"::equals);
    // Every five seconds until the drain's 20 s and the 10 s of closing are over.
    assertThat(said).hasSize(5).containsOnly("EXTEND_TIMEOUT_USEC=15000000");
  }

  @Test
  void theMainProcessMayChange() {
    ready();
    notices.mainPid(4711);
    notices.reloads(clock.nanos());
    notices.stopping(Duration.ofSeconds(20), clock.nanos());
    run(Duration.ofSeconds(60));
    assertThat(said)
        .as("and then the manager hears the other one only")
        .containsExactly("MAINPID=4711");
  }

  @Test
  void aSuccessorSaysItsStatusAgainOnceTheManagerListens() {
    notices.ready(sentence);
    run(Duration.ofSeconds(5));
    said.removeIf("WATCHDOG=1"::equals);
    assertThat(said).containsExactly("READY=1\nSTATUS=" + sentence, "STATUS=" + sentence);
  }

  @Test
  void patienceIsAskedForALongStartAndALongReload() {
    notices.starting(clock.nanos());
    said.clear();
    run(Duration.ofSeconds(11));
    said.removeIf("WATCHDOG=1"::equals);
    assertThat(said).hasSize(2).containsOnly("EXTEND_TIMEOUT_USEC=15000000");
    said.clear();
    run(Notices.PATIENCE.multipliedBy(2));
    said.removeIf("WATCHDOG=1"::equals);
    assertThat(said).as("a start that hangs").hasSizeBetween(55, 60);

    notices.ready(sentence);
    said.clear();
    run(Duration.ofSeconds(60));
    notices.reloads(clock.nanos());
    run(Duration.ofSeconds(7));
    notices.reloaded();
    run(Duration.ofSeconds(60));
    said.removeIf("WATCHDOG=1"::equals);
    assertThat(said).hasSize(3);
    assertThat(said.get(1)).isEqualTo("EXTEND_TIMEOUT_USEC=15000000");
    assertThat(said.get(2)).isEqualTo("READY=1");
  }

  @Test
  void theWatchdogIsOursOnlyWhenItMeansThisProcess() {
    assertThat(ping(Map.of("WATCHDOG_USEC", "30000000"))).contains(Duration.ofSeconds(15));
    assertThat(ping(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "42")))
        .contains(Duration.ofSeconds(15));
    assertThat(ping(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "43"))).isEmpty();
    assertThat(ping(Map.of())).isEmpty();
    for (String wrong : List.of("", "0", "1", "-5", "soon", "99999999999999999999")) {
      assertThat(ping(Map.of("WATCHDOG_USEC", wrong))).as(wrong).isEmpty();
    }
    assertThat(ping(Map.of("WATCHDOG_USEC", Long.toString(Long.MAX_VALUE)))).isPresent();
  }

  private static Optional<Duration> ping(Map<String, String> variables) {
    return Supervision.pingEvery(Environment.withVariables(variables), 42);
  }

  private void ready() {
    notices.starting(clock.nanos());
    notices.ready(sentence);
    said.clear();
  }

  private void run(Duration time) {
    long endNanos = clock.nanos() + time.toNanos();
    while (true) {
      long next = notices.beat(loopsAnswer, sentence, clock.nanos());
      assertThat(next).isBetween(1L, Notices.BEAT.toNanos());
      if (clock.nanos() + next - endNanos > 0) break;
      clock.advance(Duration.ofNanos(next));
    }
    clock.advance(Duration.ofNanos(endNanos - clock.nanos()));
  }
}
