package io.fairlead.net.http;

import java.time.Duration;
import java.util.Optional;

/**
 * How long one forwarded request may be quiet. A stream of events or of gRPC messages may be quiet
 * as long as an upgraded stream; {@code grpc-timeout} bounds the whole call. Confined to the event
 * loop; the clock is read by the tick only.
 */
final class ForwardClock {
  /** How long an upstream may leave an expectation without a word. */
  static final long CONTINUE_NANOS = 1_000_000_000L;

  /** What the time says. */
  enum Look {
    IN_TIME,
    HEAD_LATE,
    BODY_LATE
  }

  private final boolean grpc;
  private final long deadlineNanos;
  private final boolean bounded;
  private boolean stream;
  private boolean progressed;
  private long quietSinceNanos;

  ForwardClock(RequestHead head, long startedAtNanos) {
    grpc = typeBegins(head.fields(), "application/grpc");
    quietSinceNanos = startedAtNanos;
    long timeout = grpc ? timeoutNanos(head.fields().first("grpc-timeout")) : -1;
    bounded = timeout >= 0;
    deadlineNanos = startedAtNanos + Math.max(0, timeout);
  }

  /** Whether messages are gRPC's, so that its trailers are all wanted. */
  boolean grpc() {
    return grpc;
  }

  /** Something moved; the next look starts anew. */
  void progressed() {
    progressed = true;
  }

  void responding(ResponseHead head) {
    stream = grpc || typeBegins(head.fields(), "text/event-stream");
  }

  long quietNanos(long nowNanos) {
    return progressed ? 0 : nowNanos - quietSinceNanos;
  }

  /**
   * Four times a second.
   *
   * @param waived whether the quiet is nobody's fault: the client has the next word
   */
  Look look(long nowNanos, ForwardPlan.Timeouts timeouts, boolean relaying, boolean waived) {
    if (bounded && nowNanos - deadlineNanos >= 0) {
      return relaying ? Look.BODY_LATE : Look.HEAD_LATE;
    }
    if (progressed || waived) {
      progressed = false;
      quietSinceNanos = nowNanos;
      return Look.IN_TIME;
    }
    long quiet = nowNanos - quietSinceNanos;
    if (quiet < limit(timeouts, relaying).toNanos()) return Look.IN_TIME;
    return relaying ? Look.BODY_LATE : Look.HEAD_LATE;
  }

  private Duration limit(ForwardPlan.Timeouts timeouts, boolean relaying) {
    return switch (bound(relaying)) {
      case CONNECT -> timeouts.connect();
      case RESPONSE_HEADER -> timeouts.responseHead();
      case RESPONSE_IDLE -> timeouts.responseIdle();
      case STREAM_IDLE -> timeouts.streamIdle();
    };
  }

  private UpstreamTime bound(boolean relaying) {
    if (relaying ? stream : grpc) return UpstreamTime.STREAM_IDLE;
    return relaying ? UpstreamTime.RESPONSE_IDLE : UpstreamTime.RESPONSE_HEADER;
  }

  /** The time that was too long at a look; empty when the client's own was over. */
  Optional<UpstreamTime> exceeded(long nowNanos, boolean relaying) {
    boolean own = bounded && nowNanos - deadlineNanos >= 0;
    return own ? Optional.empty() : Optional.of(bound(relaying));
  }

  private static boolean typeBegins(Fields fields, String prefix) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.nameIs(i, "content-type")) return fields.valueBegins(i, prefix);
    }
    return false;
  }

  /** At most eight digits and a unit, as gRPC writes it; -1 when it is absent or malformed. */
  static long timeoutNanos(Optional<String> text) {
    if (text.isEmpty()) return -1;
    String value = text.get();
    int digits = value.length() - 1;
    if (digits < 1 || digits > 8) return -1;
    long number = 0;
    for (int i = 0; i < digits; i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') return -1;
      number = number * 10 + (c - '0');
    }
    long unit =
        switch (value.charAt(digits)) {
          case 'H' -> 3_600_000_000_000L;
          case 'M' -> 60_000_000_000L;
          case 'S' -> 1_000_000_000L;
          case 'm' -> 1_000_000L;
          case 'u' -> 1_000L;
          case 'n' -> 1L;
          default -> -1L;
        };
    if (unit < 0) return -1;
    return number > Long.MAX_VALUE / 4 / unit ? Long.MAX_VALUE / 4 : number * unit;
  }
}
