package io.fairlead.libp2p.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class WindowBudgetTest {
  @Test
  void whatIsAboveTheWholeOrAShareIsRefusedAndCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    WindowBudget whole = new WindowBudget(new ByteSize(100), new ByteSize(60));
    whole.observe(new Meters(registry));
    WindowBudget one = whole.share("one");
    WindowBudget other = whole.share("other");
    assertThat(one.take(60)).isTrue();
    assertThat(one.take(1)).isFalse();
    assertThat(other.take(40)).isTrue();
    assertThat(other.take(1)).isFalse();
    one.giveBack(60);
    assertThat(other.take(20)).isTrue();
    assertThat(whole.usedBytes()).isEqualTo(60);
    assertThat(
            registry
                .get("fairlead.limit.rejections")
                .tag("limit", "relay_windows")
                .functionCounter()
                .count())
        .isEqualTo(2);
  }
}
