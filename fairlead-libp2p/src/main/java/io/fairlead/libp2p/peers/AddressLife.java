package io.fairlead.libp2p.peers;

import java.time.Duration;

/** How long an address of a peer is kept. */
public enum AddressLife {
  /** Told by somebody. */
  TEMPORARY(Duration.ofMinutes(2)),
  /** Of a peer that was connected a moment ago. */
  RECENTLY_CONNECTED(Duration.ofMinutes(15)),
  /** Of a peer that is connected, or configured. */
  PERMANENT(Duration.ofDays(36_500));

  private final Duration life;

  AddressLife(Duration life) {
    this.life = life;
  }

  Duration life() {
    return life;
  }
}
