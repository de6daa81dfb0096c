package io.fairlead.pubsub.chain;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.pubsub.EndpointMode.OnDisagreement;
import java.time.Duration;

/** What becomes of what too few endpoints of a quorum tell. */
record QuorumConfig(Duration timeout, OnDisagreement onDisagreement) {
  /** Ten seconds, then waiting on. */
  static final QuorumConfig DEFAULT = new QuorumConfig(Duration.ofSeconds(10), OnDisagreement.WAIT);

  static final RecordType<QuorumConfig> TYPE =
      RecordType.define(
          "pubsub_quorum",
          "What becomes of what too few endpoints tell.",
          fields -> {
            Field<Duration> timeout =
                fields
                    .key(
                        "timeout",
                        Types.duration().atLeast(Duration.ofMillis(10)).atMost(Duration.ofHours(1)),
                        "After so long it is called a disagreement.")
                    .orElse(DEFAULT.timeout());
            Field<OnDisagreement> then =
                fields
                    .key(
                        "on_disagreement",
                        Types.choice(OnDisagreement.class),
                        "`wait`: it is told when enough tell it; `deliver_flagged`: it is told then"
                            + " all the same, with the origin `flagged`.")
                    .orElse(DEFAULT.onDisagreement());
            return values -> new QuorumConfig(values.get(timeout), values.get(then));
          });
}
