package io.fairlead.libp2p.host;

/**
 * How to get at a peer.
 *
 * @param allowLimited a connection through a relay that limits it will do
 * @param noDial only a connection that is there will do
 * @param forceDirect no connection through a relay will do
 */
public record OpenOptions(boolean allowLimited, boolean noDial, boolean forceDirect) {
  public static final OpenOptions DEFAULTS = new OpenOptions(false, false, false);

  public OpenOptions allowingLimited() {
    return new OpenOptions(true, noDial, forceDirect);
  }

  public OpenOptions withoutDial() {
    return new OpenOptions(allowLimited, true, forceDirect);
  }

  public OpenOptions direct() {
    return new OpenOptions(allowLimited, noDial, true);
  }
}
