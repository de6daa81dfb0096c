package io.fairlead.core.meter;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelCapsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Meters meters = new Meters(registry);

  LabelCapsTest() {
    registry.config().meterFilter(new LabelCaps());
  }

  private List<String> values(String meter, String label) {
    return registry.find("fairlead." + meter).counters().stream()
        .map(counter -> String.valueOf(counter.getId().getTag(label)))
        .toList();
  }

  @Test
  void theFirst200ValuesStandForThemselvesAndTheRestIsOther() {
    for (int i = 0; i < 500; i++) meters.counter("a", "Some.", "who", "v" + i).increment();
    List<String> values = values("a", "who");
    assertThat(values).hasSize(LabelCaps.VALUES_MAX + 1).contains("v0", "v199", LabelCaps.OTHER);
    Counter other = registry.get("fairlead.a").tag("who", LabelCaps.OTHER).counter();
    assertThat(other.count()).isEqualTo(300);
    meters.counter("a", "Some.", "who", "v7").increment();
    assertThat(registry.get("fairlead.a").tag("who", "v7").counter().count()).isEqualTo(2);
  }

  @Test
  void eachLabelOfEachMeterIsCountedAlone() {
    for (int i = 0; i < 150; i++) {
      meters.counter("a", "Some.", "who", "v" + i);
      meters.counter("b", "Some.", "who", "w" + i, "what", "x" + i);
    }
    assertThat(values("a", "who")).doesNotContain(LabelCaps.OTHER).hasSize(150);
    assertThat(values("b", "what")).doesNotContain(LabelCaps.OTHER).hasSize(150);
  }

  @Test
  void longValuesAreCutAndControlCharactersReplaced() {
    meters.counter("a", "Some.", "who", "x".repeat(500));
    meters.counter("b", "Some.", "who", "one\ntwo\u001b");
    assertThat(values("a", "who")).containsExactly("x".repeat(LabelCaps.LENGTH_MAX));
    assertThat(values("b", "who")).containsExactly("one_two_");
  }
}
