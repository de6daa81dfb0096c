package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import java.util.concurrent.CompletionException;

/** Failures of connecting as causes. */
public final class Failures {
  private Failures() {}

  public static TerminalCause cause(Throwable failure) {
    Throwable inner =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (inner) {
      case PubSubException.NonRetryable fatal -> fatal.reason();
      case PubSubException.TransportError lost -> lost.reason();
      case PubSubException.BackendGone gone -> gone.last();
      case PubSubException.Timeout late ->
          TerminalCause.of(TerminalCause.Kind.TRANSPORT, String.valueOf(late.getMessage()));
      default -> TerminalCause.of(TerminalCause.Kind.TRANSPORT, inner.getClass().getSimpleName());
    };
  }
}
