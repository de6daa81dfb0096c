package io.fairlead.pubsub.netty;

import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import java.time.Duration;
import java.util.Optional;

/** What HTTP statuses mean for a connection. */
final class UpgradeCheck {
  private static final long RETRY_SECONDS_MAX = 300;

  private UpgradeCheck() {}

  /** A status that is not what was hoped for. */
  static PubSubException refused(ResponseScanner head) {
    TerminalCause cause = cause(head);
    return cause.retryable()
        ? new PubSubException.TransportError(cause, false)
        : new PubSubException.NonRetryable(cause);
  }

  static TerminalCause cause(ResponseScanner head) {
    int status = head.status();
    TerminalCause.Kind kind =
        switch (status) {
          case 400, 401, 403, 404 -> TerminalCause.Kind.FORBIDDEN;
          case 413 -> TerminalCause.Kind.FRAME_TOO_LARGE;
          default ->
              status == 429 || status >= 500
                  ? TerminalCause.Kind.REFUSED
                  : TerminalCause.Kind.PROTOCOL;
        };
    return new TerminalCause(kind, "HTTP status " + status, status, retryAfter(head));
  }

  private static Optional<Duration> retryAfter(ResponseScanner head) {
    for (int i = 0; i < head.size(); i++) {
      if (!head.nameIs(i, "retry-after")) continue;
      try {
        long seconds = Long.parseLong(head.value(i).trim());
        return Optional.of(Duration.ofSeconds(Math.clamp(seconds, 0, RETRY_SECONDS_MAX)));
      } catch (NumberFormatException _) {
        return Optional.empty(); // a date: the usual wait will do
      }
    }
    return Optional.empty();
  }

  static Optional<String> field(ResponseScanner head, String lowerCaseName) {
    for (int i = 0; i < head.size(); i++) {
      if (head.nameIs(i, lowerCaseName)) return Optional.of(head.value(i));
    }
    return Optional.empty();
  }
}
