package io.fairlead.mqtt.netty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How much is thrown away of what a client sends after the last word. */
class FarewellTest {
  @Test
  void aQuarterOfAMebibyteIsThrownAwayAndNotAByteMore() {
    Farewell farewell = new Farewell();
    for (int i = 0; i < 16; i++) assertThat(farewell.full(16 * 1024)).isFalse();
    assertThat(farewell.full(1)).isTrue();
  }
}
