package io.fairlead.http.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.Limit;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdmissionRaceTest {
  private static final int ROUNDS = 50_000;
  private static final BreakerConfig ONE_AT_A_TIME =
      new BreakerConfig(
          Limit.atMost(1),
          Limit.atMost(1),
          Duration.ofSeconds(1),
          Limit.atMost(100),
          Limit.OFF,
          Optional.empty());

  /** One that comes and is turned away must not hide the room that another one leaves. */
  @Test
  void whoWaitsIsLetInWhileOthersAreTurnedAway() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      CyclicBarrier together = new CyclicBarrier(2);
      for (int round = 0; round < ROUNDS; round++) {
        Admission admission = new Admission();
        assertThat(admission.enter(ONE_AT_A_TIME)).isEqualTo(Admission.Entry.IN);
        AtomicBoolean turn = new AtomicBoolean();
        assertThat(admission.join(waiting(() -> turn.set(true)), ONE_AT_A_TIME)).isTrue();
        Future<?> leaves =
            threads.submit(
                () -> {
                  together.await();
                  admission.leave(ONE_AT_A_TIME);
                  return null;
                });
        Future<?> comes =
            threads.submit(
                () -> {
                  together.await();
                  for (int i = 0; i < 20 && !turn.get(); i++) {
                    if (admission.enter(ONE_AT_A_TIME) == Admission.Entry.BUSY) {
                      admission.join(waiting(() -> {}), ONE_AT_A_TIME);
                    }
                  }
                  return null;
                });
        leaves.get();
        comes.get();
        assertThat(turn).as("round %d", round).isTrue();
      }
    }
  }

  private static Admission.Waiting waiting(Runnable admitted) {
    return new Admission.Waiting() {
      @Override
      void admitted() {
        admitted.run();
      }
    };
  }
}
