package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.mux.YamuxSettings;
import java.time.Duration;

/**
 * Bounds and times of connections.
 *
 * @param inboundTimeout how long an upgrade of a peer that dialled us may take, in all
 * @param outboundTimeout the same of one we dialled, from the moment it is connected
 * @param inboundMax upgrades of peers that dialled us at once; more are closed
 * @param negotiateTimeout how long a peer may take to say what its stream is for
 * @param openTimeout how long a stream of ours may take to be agreed
 * @param yamux bounds and times of each connection's streams
 */
public record UpgradeSettings(
    Duration inboundTimeout,
    Duration outboundTimeout,
    int inboundMax,
    Duration negotiateTimeout,
    Duration openTimeout,
    YamuxSettings yamux) {
  public static final UpgradeSettings DEFAULTS =
      new UpgradeSettings(
          Duration.ofSeconds(15),
          Duration.ofSeconds(15),
          256,
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          YamuxSettings.DEFAULTS);

  public UpgradeSettings {
    if (inboundMax < 1)
      throw new IllegalArgumentException("inboundMax: " + inboundMax + " (expected: >= 1)");
  }

  /** These with other bounds of streams. */
  public UpgradeSettings withYamux(YamuxSettings next) {
    return new UpgradeSettings(
        inboundTimeout, outboundTimeout, inboundMax, negotiateTimeout, openTimeout, next);
  }

  /** These with other bounds of upgrades. */
  public UpgradeSettings withUpgrades(Duration timeout, int inboundMax) {
    return new UpgradeSettings(timeout, timeout, inboundMax, negotiateTimeout, openTimeout, yamux);
  }
}
