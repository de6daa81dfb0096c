package io.fairlead.libp2p.host;

import io.fairlead.core.unit.Limit;

/**
 * On which terms a protocol is answered.
 *
 * @param allowLimited also over connections through a relay that limits them
 * @param inboundPerPeer streams of one peer at once
 * @param ungoverned also for peers whose membership allows no new work: what keeps a connection
 *     going
 */
public record HandlerOptions(boolean allowLimited, Limit inboundPerPeer, boolean ungoverned) {
  public static final HandlerOptions DEFAULTS = new HandlerOptions(false, Limit.OFF, false);

  /** Also over limited connections. */
  public HandlerOptions allowingLimited() {
    return new HandlerOptions(true, inboundPerPeer, ungoverned);
  }

  /** With so many streams of one peer at once. */
  public HandlerOptions perPeer(int streams) {
    return new HandlerOptions(allowLimited, Limit.atMost(streams), ungoverned);
  }

  HandlerOptions ofTheNode() {
    return new HandlerOptions(true, inboundPerPeer, true);
  }
}
