package io.fairlead.libp2p.host;

/**
 * How to get at a peer.
 *
 * @param allowLimited a connection through a relay that limits it will do
 * @param noDial only a connection that is there will do
 * @param forceDirect no connection through a relay will do
 * @param eager addresses that failed a moment ago are dialled as well: for a caller that has its
 *     own times between two tries
 */
public record OpenOptions(
    boolean allowLimited, boolean noDial, boolean forceDirect, boolean eager) {
  public static final OpenOptions DEFAULTS = new OpenOptions(false, false, false, false);

  public OpenOptions allowingLimited() {
    return new OpenOptions(true, noDial, forceDirect, eager);
  }

  public OpenOptions withoutDial() {
    return new OpenOptions(allowLimited, true, forceDirect, eager);
  }

  public OpenOptions direct() {
    return new OpenOptions(allowLimited, noDial, true, eager);
  }

  public OpenOptions eagerly() {
    return new OpenOptions(allowLimited, noDial, forceDirect, true);
  }
}
