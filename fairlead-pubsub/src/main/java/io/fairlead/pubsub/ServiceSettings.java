package io.fairlead.pubsub;

import java.time.Duration;

/**
 * Times and bounds of one service.
 *
 * @param waitFirst whether the first connection is tried like any later one, until it succeeds
 * @param heads whether the service follows new headers on its own, to notice a chain that stands
 *     still
 * @param resubscribeParallel subscribing requests on their way at once after a new connection
 * @param headerCheck what is asked of headers that logs and heads are followed by
 */
public record ServiceSettings(
    Duration connectTimeout,
    Duration requestTimeout,
    Duration subscribeTimeout,
    boolean waitFirst,
    boolean heads,
    int resubscribeParallel,
    HeaderCheck headerCheck,
    Reconnect reconnect,
    Keepalive keepalive,
    Bounds bounds) {
  public static final ServiceSettings DEFAULT =
      new ServiceSettings(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          false,
          true,
          32,
          HeaderCheck.VERIFY,
          Reconnect.DEFAULT,
          Keepalive.DEFAULT,
          Bounds.DEFAULT);

  /**
   * How often a lost connection is tried again. Every wait is spread evenly from zero to its bound.
   *
   * @param firstDelay bound of the first wait
   * @param base bound of the second wait; each later one is {@code factor} times as long
   * @param maxAttempts attempts in a row before the service gives up; 0 for no end
   * @param resetAfter a connection that held so long counts as good
   * @param persistent whether what cannot be helped is tried again too, at the cap
   */
  public record Reconnect(
      Duration firstDelay,
      Duration base,
      Duration cap,
      double factor,
      int maxAttempts,
      Duration resetAfter,
      boolean persistent) {
    public static final Reconnect DEFAULT =
        new Reconnect(
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(30),
            2,
            0,
            Duration.ofSeconds(60),
            false);

    public Reconnect {
      if (base.isNegative() || base.isZero())
        throw new IllegalArgumentException("base: " + base + " (expected: > 0)");
      if (cap.compareTo(base) < 0)
        throw new IllegalArgumentException("cap: " + cap + " (expected: >= base " + base + ")");
      if (factor < 1) throw new IllegalArgumentException("factor: " + factor + " (expected: >= 1)");
    }

    public Reconnect times(Duration nextBase, Duration nextCap) {
      return new Reconnect(
          firstDelay, nextBase, nextCap, factor, maxAttempts, resetAfter, persistent);
    }

    public Reconnect maxAttempts(int next) {
      return new Reconnect(firstDelay, base, cap, factor, next, resetAfter, persistent);
    }

    public Reconnect persistent(boolean next) {
      return new Reconnect(firstDelay, base, cap, factor, maxAttempts, resetAfter, next);
    }
  }

  /**
   * How a dead connection is noticed.
   *
   * @param idle without a byte for so long, a sign of life is asked for
   * @param deadline and for so long again, it is dead
   * @param probe the same as {@code idle} where a request must be the question
   */
  public record Keepalive(Duration idle, Duration deadline, Duration probe) {
    public static final Keepalive DEFAULT =
        new Keepalive(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  /**
   * What is held at most.
   *
   * @param messageBytes one message; more ends the connection
   * @param frameBytes one WebSocket frame
   * @param inFlight requests without an answer; more are refused
   * @param outboundBytes bytes not yet sent; more requests are refused
   * @param queueItems items of one handle; more: see {@link LagPolicy}
   * @param queueBytes their bytes
   * @param subscriptions subscriptions of one service; more are refused
   */
  public record Bounds(
      int messageBytes,
      int frameBytes,
      int inFlight,
      int outboundBytes,
      int queueItems,
      int queueBytes,
      int subscriptions) {
    public static final Bounds DEFAULT =
        new Bounds(32 << 20, 16 << 20, 10_000, 8 << 20, 1024, 16 << 20, 10_000);

    public Bounds {
      if (messageBytes < 1024 || frameBytes < 1024 || inFlight < 1 || queueItems < 1)
        throw new IllegalArgumentException("bounds: too small to be of use");
    }

    public Bounds message(int nextMessage, int nextFrame) {
      return new Bounds(
          nextMessage, nextFrame, inFlight, outboundBytes, queueItems, queueBytes, subscriptions);
    }

    public Bounds queue(int items, int bytes) {
      return new Bounds(
          messageBytes, frameBytes, inFlight, outboundBytes, items, bytes, subscriptions);
    }

    public Bounds inFlight(int next) {
      return new Bounds(
          messageBytes, frameBytes, next, outboundBytes, queueItems, queueBytes, subscriptions);
    }
  }

  public ServiceSettings {
    if (resubscribeParallel < 1)
      throw new IllegalArgumentException(
          "resubscribeParallel: " + resubscribeParallel + " (expected: >= 1)");
  }

  public ServiceSettings timeouts(Duration connect, Duration request, Duration subscribe) {
    return new ServiceSettings(
        connect,
        request,
        subscribe,
        waitFirst,
        heads,
        resubscribeParallel,
        headerCheck,
        reconnect,
        keepalive,
        bounds);
  }

  public ServiceSettings waitFirst(boolean next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        next,
        heads,
        resubscribeParallel,
        headerCheck,
        reconnect,
        keepalive,
        bounds);
  }

  public ServiceSettings heads(boolean next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        waitFirst,
        next,
        resubscribeParallel,
        headerCheck,
        reconnect,
        keepalive,
        bounds);
  }

  public ServiceSettings headerCheck(HeaderCheck next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        waitFirst,
        heads,
        resubscribeParallel,
        next,
        reconnect,
        keepalive,
        bounds);
  }

  public ServiceSettings reconnect(Reconnect next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        waitFirst,
        heads,
        resubscribeParallel,
        headerCheck,
        next,
        keepalive,
        bounds);
  }

  public ServiceSettings keepalive(Keepalive next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        waitFirst,
        heads,
        resubscribeParallel,
        headerCheck,
        reconnect,
        next,
        bounds);
  }

  public ServiceSettings bounds(Bounds next) {
    return new ServiceSettings(
        connectTimeout,
        requestTimeout,
        subscribeTimeout,
        waitFirst,
        heads,
        resubscribeParallel,
        headerCheck,
        reconnect,
        keepalive,
        next);
  }
}
