package io.fairlead.core.dial;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * The only way out.
 *
 * @param <S> the stream it opens; net fixes it to its channel type
 */
public interface Dialer<S> {
  /**
   * Opens a stream. Completes on the event loop of the asking flow, exceptionally with a {@link
   * DialException}.
   *
   * @param timeout bounds resolution, connecting and securing together
   */
  CompletionStage<S> dial(Destination destination, Duration timeout);
}
