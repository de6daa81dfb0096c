package io.fairlead.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProcTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void allThatWasSaidIsThereAtTheEnd() throws Exception {
    try (Proc proc = Proc.start("sh", "-c", "seq 20000; echo oops >&2; exit 3")) {
      assertThat(proc.awaitExit(LONG)).isEqualTo(3);
      assertThat(proc.stdout().lines()).hasSize(20_000);
      assertThat(proc.stderr()).isEqualTo("oops");
    }
  }

  @Test
  void ofOneThatSaysALotTheLastLinesAreKept() throws Exception {
    try (Proc proc = Proc.start("sh", "-c", "seq 100; read go; seq 101 20000")) {
      proc.awaitLine("100", LONG);
      proc.keepLast(10);
      assertThat(proc.stdout().lines()).hasSize(10).first().isEqualTo("91");
      proc.stdin().write('\n');
      proc.stdin().flush();
      assertThat(proc.awaitExit(LONG)).isZero();
      assertThat(proc.stdout().lines()).hasSize(10).last().isEqualTo("20000");
    }
  }

  /** As a process does that hands over to its successor. */
  @Test
  void whatItLeavesRunningIsNotWaitedFor() throws Exception {
    try (Proc proc = Proc.start("sh", "-c", "sleep 3600 & echo $!")) {
      assertThat(proc.awaitExit(LONG)).isZero();
      ProcessHandle left = ProcessHandle.of(Long.parseLong(proc.stdout().strip())).orElseThrow();
      assertThat(left.isAlive()).isTrue();
      left.destroyForcibly();
    }
  }
}
