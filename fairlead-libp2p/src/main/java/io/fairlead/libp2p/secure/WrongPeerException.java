package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;

/** Another peer answered than the one that was dialled. */
public final class WrongPeerException extends HandshakeException {
  private static final long serialVersionUID = 1;

  private final transient PeerId expected;
  private final transient PeerId actual;

  WrongPeerException(PeerId expected, PeerId actual) {
    super(Reason.WRONG_PEER, "peer: " + actual + " (expected: " + expected + ")");
    this.expected = expected;
    this.actual = actual;
  }

  public PeerId expected() {
    return expected;
  }

  public PeerId actual() {
    return actual;
  }
}
