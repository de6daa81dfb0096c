package io.fairlead.core.meter;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class MetersTest {
  @Test
  void aCounterThatIsReadElsewhereCountsOnWhenNobodyElseHoldsItsSource() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    AtomicLong kept = new AtomicLong(1);
    new Meters(registry).counter("a", "Some.", kept::get);
    WeakReference<Object> witness = new WeakReference<>(new Object());
    Awaitility.await()
        .until(
            () -> {
              System.gc();
              return witness.get() == null;
            });
    kept.set(7);
    assertThat(registry.get("fairlead.a").functionCounter().count()).isEqualTo(7);
  }
}
