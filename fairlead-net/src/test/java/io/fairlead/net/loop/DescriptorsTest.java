package io.fairlead.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
  @Test
  void connectionsGet80PercentLessTheReserve() {
    assertThat(new Descriptors(20_000).acceptedMax()).isEqualTo(16_000 - 256);
    assertThat(new Descriptors(100).acceptedMax()).isEqualTo(1);
    assertThat(new Descriptors(Long.MAX_VALUE).acceptedMax()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theReserveIsNeverGivenToTraffic() {
    Descriptors descriptors = new Descriptors(258);
    assertThat(descriptors.room()).isTrue();
    descriptors.take();
    assertThat(descriptors.room()).isTrue();
    descriptors.take();
    assertThat(descriptors.room()).isFalse();
    descriptors.giveBack();
    assertThat(descriptors.room()).isTrue();
    assertThat(descriptors.taken()).isEqualTo(1);
  }
}
