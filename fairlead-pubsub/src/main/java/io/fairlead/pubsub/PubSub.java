package io.fairlead.pubsub;

import java.util.concurrent.CompletableFuture;

/** Where to start. */
public final class PubSub {
  private PubSub() {}

  /**
   * Connects with the usual settings and waits.
   *
   * @throws PubSubException it cannot be connected
   */
  public static PubSubFrontend connect(Connector connector) throws InterruptedException {
    return builder().connector(connector).connect();
  }

  /** The same without waiting. */
  public static CompletableFuture<PubSubFrontend> connectAsync(Connector connector) {
    return builder().connector(connector).connectAsync();
  }

  /** With other settings. */
  public static PubSubBuilder builder() {
    return new PubSubBuilder();
  }
}
