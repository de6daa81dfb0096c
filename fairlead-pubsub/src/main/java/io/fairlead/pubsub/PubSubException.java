package io.fairlead.pubsub;

import java.time.Duration;
import java.util.Optional;

/**
 * Why a request, a subscription or a connection failed. Messages hold no secret, no payload and at
 * most 512 characters of what a server said.
 */
public abstract sealed class PubSubException extends RuntimeException {
  private static final int TEXT_MAX = 512;

  private PubSubException(String message) {
    super(message);
  }

  private PubSubException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A server's text, cut and with control characters escaped. */
  public static String shown(String text) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), TEXT_MAX));
    for (int i = 0; i < text.length() && shown.length() < TEXT_MAX; i++) {
      char each = text.charAt(i);
      if (Character.isISOControl(each)) shown.append(String.format("\\u%04x", (int) each));
      else shown.append(each);
    }
    return shown.toString();
  }

  /** The server answered with an error (JSON-RPC 2.0 §5.1). */
  public static final class RpcError extends PubSubException {
    private final long code;
    private final String text;
    private final Optional<JsonSlice> data;
    private final Optional<Duration> retryAfter;

    public RpcError(
        long code, String text, Optional<JsonSlice> data, Optional<Duration> retryAfter) {
      super("error " + code + ": " + shown(text));
      this.code = code;
      this.text = shown(text);
      this.data = data;
      this.retryAfter = retryAfter;
    }

    public long code() {
      return code;
    }

    /** What the server says, cut to 512 characters. */
    public String text() {
      return text;
    }

    public Optional<JsonSlice> data() {
      return data;
    }

    /** How long the server wants us to wait. */
    public Optional<Duration> retryAfter() {
      return retryAfter;
    }
  }

  /** The server answered null where a value is needed. */
  public static final class NullResult extends PubSubException {
    private final String method;

    public NullResult(String method) {
      super(method + ": answered null");
      this.method = method;
    }

    public String method() {
      return method;
    }
  }

  /** The connection was lost, or could not be made, and the request is not sent again. */
  public static final class TransportError extends PubSubException {
    private final TerminalCause reason;
    private final boolean maybeExecuted;

    public TransportError(TerminalCause reason, boolean maybeExecuted) {
      super(
          "connection lost: "
              + reason
              + (maybeExecuted ? " (the request may have been executed)" : ""));
      this.reason = reason;
      this.maybeExecuted = maybeExecuted;
    }

    public TerminalCause reason() {
      return reason;
    }

    /** Whether the server may have done what was asked. */
    public boolean maybeExecuted() {
      return maybeExecuted;
    }
  }

  /** The service has ended. */
  public static final class BackendGone extends PubSubException {
    private final TerminalCause last;

    public BackendGone(TerminalCause last) {
      super("the service has ended: " + last);
      this.last = last;
    }

    public TerminalCause last() {
      return last;
    }
  }

  /** Trying again cannot help: trust, authority or the chain itself is wrong. */
  public static final class NonRetryable extends PubSubException {
    private final TerminalCause reason;

    public NonRetryable(TerminalCause reason) {
      super("not retryable: " + reason);
      this.reason = reason;
    }

    public TerminalCause reason() {
      return reason;
    }

    public TerminalCause.Kind kind() {
      return reason.kind();
    }
  }

  /** A deadline passed. */
  public static final class Timeout extends PubSubException {
    /** What took too long. */
    public enum Stage {
      CONNECT,
      REQUEST,
      SUBSCRIBE
    }

    private final Stage stage;
    private final Duration elapsed;

    public Timeout(Stage stage, Duration elapsed) {
      super(stage + ": nothing within " + elapsed);
      this.stage = stage;
      this.elapsed = elapsed;
    }

    public Stage stage() {
      return stage;
    }

    public Duration elapsed() {
      return elapsed;
    }
  }

  /** A bound of the service is reached. */
  public static final class Overloaded extends PubSubException {
    private final String limit;

    public Overloaded(String limit) {
      super("full: " + limit);
      this.limit = limit;
    }

    /** Name of the limit. */
    public String limit() {
      return limit;
    }
  }

  /** A value is not what was expected. */
  public static final class DecodeError extends PubSubException {
    private final JsonSlice raw;
    private final String path;

    public DecodeError(JsonSlice raw, String path, Throwable cause) {
      super(
          "value of "
              + raw.length()
              + " bytes does not fit"
              + (path.isEmpty() ? "" : " at " + path)
              + ": "
              + shown(firstLine(cause)));
      this.raw = raw;
      this.path = path;
    }

    /** A parser's own text may repeat the value: only ours is shown. */
    private static String firstLine(Throwable cause) {
      return cause instanceof IllegalArgumentException
          ? String.valueOf(cause.getMessage())
          : cause.getClass().getSimpleName();
    }

    /** The value; the exception's own text does not hold it. */
    public JsonSlice raw() {
      return raw;
    }

    public String path() {
      return path;
    }
  }

  /** Parameters have no JSON form. */
  public static final class SerializeError extends PubSubException {
    public SerializeError(Throwable cause) {
      super("parameters have no JSON form", cause);
    }
  }

  /** We were used wrongly; nothing was sent. */
  public static final class LocalUsage extends PubSubException {
    public LocalUsage(String message) {
      super(message);
    }
  }

  /** An answer to a batch lacks one of its calls. */
  public static final class MissingBatchResponse extends PubSubException {
    private final long id;

    public MissingBatchResponse(long id) {
      super("the batch's answer lacks request " + id);
      this.id = id;
    }

    public long id() {
      return id;
    }
  }

  /** The transport cannot push, and polling is off. */
  public static final class PubSubUnavailable extends PubSubException {
    public PubSubUnavailable() {
      super("this transport cannot push notifications");
    }
  }

  /** There is no such subscription. */
  public static final class SubscriptionNotFound extends PubSubException {
    private final U256 localId;

    public SubscriptionNotFound(U256 localId) {
      super("no subscription " + localId);
      this.localId = localId;
    }

    public U256 localId() {
      return localId;
    }
  }

  /** The subscription tells nothing any more. */
  public static final class SubscriptionEnded extends PubSubException {
    private final U256 localId;
    private final EndReason reason;

    public SubscriptionEnded(U256 localId, EndReason reason) {
      super("subscription " + localId + " ended: " + reason);
      this.localId = localId;
      this.reason = reason;
    }

    public U256 localId() {
      return localId;
    }

    public EndReason reason() {
      return reason;
    }
  }

  /** The consumer was slower than the server; the next item is the oldest that was kept. */
  public static final class Lagged extends PubSubException {
    private final long missed;

    public Lagged(long missed) {
      super(missed + " items were dropped");
      this.missed = missed;
    }

    public long missed() {
      return missed;
    }
  }

  /** The server sent more than is taken. */
  public static final class FrameTooLarge extends PubSubException {
    private final long limit;

    public FrameTooLarge(long limit) {
      super("message larger than " + limit + " bytes");
      this.limit = limit;
    }

    public long limit() {
      return limit;
    }
  }
}
