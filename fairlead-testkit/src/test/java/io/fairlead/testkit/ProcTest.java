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
