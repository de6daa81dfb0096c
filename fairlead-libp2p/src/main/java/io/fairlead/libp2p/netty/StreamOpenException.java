package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.mux.OpenRefusal;
import io.fairlead.libp2p.mux.SessionEnd;
import io.fairlead.libp2p.mux.StreamEnd;
import java.util.List;

/** A stream that could not be opened. */
public final class StreamOpenException extends Exception {
  private static final long serialVersionUID = 1;

  /** What stood in the way. */
  public enum Reason {
    /** The connection is over. */
    DISCONNECTED,
    /** One of the two sides is leaving. */
    LEAVING,
    /** The connection has no stream ids left; another has. */
    EXHAUSTED,
    /** Too many opens wait already. */
    TOO_MANY,
    /** The peer did not take it, or did not answer, in time. */
    TIMED_OUT,
    /** The peer speaks none of the protocols. */
    UNKNOWN_PROTOCOL,
    /** The peer reset it. */
    RESET,
    /** What the peer answered makes no sense. */
    MALFORMED
  }

  private final Reason reason;
  private final long code;

  private StreamOpenException(Reason reason, long code, String message) {
    super(message, null, false, false); // peers cause these at will: no stack to fill
    this.reason = reason;
    this.code = code;
  }

  static StreamOpenException of(Reason reason, List<String> protocols) {
    return new StreamOpenException(reason, 0, "stream " + protocols + ": " + reason);
  }

  static StreamOpenException of(OpenRefusal refusal, List<String> protocols) {
    return of(
        switch (refusal) {
          case ENDED -> Reason.DISCONNECTED;
          case LEAVING -> Reason.LEAVING;
          case EXHAUSTED -> Reason.EXHAUSTED;
          case TOO_MANY -> Reason.TOO_MANY;
        },
        protocols);
  }

  static StreamOpenException of(StreamEnd end, List<String> protocols) {
    return switch (end) {
      case StreamEnd.Reset(long code, _) ->
          new StreamOpenException(
              Reason.RESET, code, "stream " + protocols + ": reset, code " + code);
      case StreamEnd.NotTaken _ -> of(Reason.TIMED_OUT, protocols);
      case StreamEnd.Finished _ -> of(Reason.MALFORMED, protocols);
      case StreamEnd.Lost(SessionEnd session) ->
          new StreamOpenException(
              Reason.DISCONNECTED, 0, "stream " + protocols + ": connection ended, " + session);
    };
  }

  public Reason reason() {
    return reason;
  }

  /** What the peer's reset carried, 0 for anything else. */
  public long code() {
    return code;
  }
}
