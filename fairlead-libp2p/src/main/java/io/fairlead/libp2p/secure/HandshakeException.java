package io.fairlead.libp2p.secure;

import java.util.Locale;

/** A connection that did not become secure, or stopped being so. */
public sealed class HandshakeException extends Exception permits WrongPeerException {
  private static final long serialVersionUID = 1;

  /** What went wrong; a label of meters. */
  public enum Reason {
    /** Not the messages of this protocol, or too long ones. */
    MALFORMED,
    /** The peer's key is of no supported kind. */
    UNUSABLE_KEY,
    /** The peer did not prove that it owns its key. */
    BAD_SIGNATURE,
    /** The peer is not who was dialled. */
    WRONG_PEER,
    /** Both sides named multiplexers, and have none in common. */
    NO_MUXER,
    /** Bytes that were changed on the way, replayed or left out. */
    UNAUTHENTIC,
    /** The peer went away, or did not accept us and does not say why. */
    CLOSED_EARLY,
    /** We could not go on. */
    INTERNAL;

    /** The word in logs and metrics. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  HandshakeException(Reason reason, String message) {
    super(message, null, false, false); // peers cause these at will: no stack to fill
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
