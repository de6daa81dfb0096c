package io.fairlead.pubsub.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.pubsub.EndpointMode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainModeTest {
  @ParameterizedTest
  @ValueSource(strings = {"failover", "race:2", "quorum:3"})
  void writesWhatItReads(String text) {
    assertThat(ChainMode.parse(text).text()).isEqualTo(text);
  }

  @Test
  void aQuorumIsOneOfAllEndpoints() {
    assertThat(ChainMode.parse("quorum:2").over(3))
        .isEqualTo(
            new EndpointMode.Quorum(
                2, 3, Duration.ofSeconds(10), EndpointMode.OnDisagreement.WAIT));
    assertThat(
            ChainMode.parse("quorum:2")
                .over(
                    3,
                    new QuorumConfig(
                        Duration.ofSeconds(1), EndpointMode.OnDisagreement.DELIVER_FLAGGED)))
        .isEqualTo(
            new EndpointMode.Quorum(
                2, 3, Duration.ofSeconds(1), EndpointMode.OnDisagreement.DELIVER_FLAGGED));
    assertThat(ChainMode.parse("race:2").over(3)).isEqualTo(new EndpointMode.Race(2));
    assertThat(ChainMode.parse("failover").over(3)).isEqualTo(new EndpointMode.Failover());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "race", "race:0", "race:-1", "quorum:x", "quorum:1000", "Failover"})
  void namesWhatItTakes(String text) {
    assertThatThrownBy(() -> ChainMode.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: failover, race:N or quorum:K");
  }
}
