package io.fairlead.libp2p.netty;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A connection that did not become secure and multiplexed; it is closed. */
public final class UpgradeException extends Exception {
  private static final long serialVersionUID = 1;

  /** What went wrong; a label of meters. */
  public enum Reason {
    /** There are as many upgrades in progress as may be. */
    BUSY,
    /** No web socket was opened. */
    WEB_SOCKET,
    /** The two sides have no way to secure a connection in common. */
    NO_SECURITY,
    /** The handshake failed; the cause says how. */
    HANDSHAKE,
    /** The two sides have no multiplexer in common. */
    NO_MUXER,
    /** What the peer said makes no sense. */
    MALFORMED,
    /** The peer went away. */
    CLOSED_EARLY,
    /** It took too long. */
    TIMED_OUT;

    /** The word in logs and metrics. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  UpgradeException(Reason reason, @Nullable Throwable cause) {
    super(
        "upgrade: " + reason.word() + (cause == null ? "" : ", " + cause.getMessage()),
        cause,
        false,
        false); // peers cause these at will: no stack to fill
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
