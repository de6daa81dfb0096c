package io.fairlead.net.http2;

import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends one stream of a connection with a reset (RFC 9113 §8.1, CANCEL) and leaves the others alone.
 * Thread-safe.
 */
final class StreamCut implements Severable {
  private final LiveConnection connection;
  private final Executor loop;
  private final Runnable reset;
  private final AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.empty());

  /**
   * @param loop where {@code reset} runs, once at most
   */
  StreamCut(LiveConnection connection, Executor loop, Runnable reset) {
    this.connection = connection;
    this.loop = loop;
    this.reset = reset;
  }

  @Override
  public void cut(String why) {
    if (reason.compareAndSet(Optional.empty(), Optional.of(why))) loop.execute(reset);
  }

  /** Its own reason, or that of the whole connection. */
  @Override
  public Optional<String> cutReason() {
    return reason.get().or(connection::cutReason);
  }
}
