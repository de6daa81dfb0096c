package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.time.Clock;
import io.fairlead.http.balance.KeyHash;
import io.fairlead.http.health.Tally;
import io.fairlead.net.upstream.Seat;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamOutcome;
import io.fairlead.net.upstream.StreamUpstreams;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The clusters for those who bring bytes instead of requests: the same endpoints, health, breakers
 * and retries. A stream counts as one request for as long as it lasts. Thread-safe.
 */
public final class UpstreamStreams implements StreamUpstreams {
  private final Upstreams upstreams;
  private final Clock clock;

  public UpstreamStreams(Upstreams upstreams, Clock clock) {
    this.upstreams = upstreams;
    this.clock = clock;
  }

  @Override
  public Runnable open(StreamAsk ask, EventLoop loop, Consumer<? super StreamOutcome> told) {
    Optional<Cluster> cluster = upstreams.find(ask.upstream());
    if (cluster.isEmpty()) return NONE.open(ask, loop, told);
    StreamDial dial =
        new StreamDial(cluster.get(), ask, key(cluster.get(), ask), loop, clock, told);
    loop.execute(dial::begin);
    return dial::cancel;
  }

  @Override
  public Optional<Seat> seat(StreamAsk ask) {
    Optional<Cluster> cluster = upstreams.find(ask.upstream());
    if (cluster.isEmpty()) return Optional.empty();
    Endpoint endpoint = cluster.get().pick(Traffic.DATAGRAMS, key(cluster.get(), ask));
    if (endpoint == null) return Optional.empty();
    endpoint.began();
    endpoint.streamOpened(ask.work());
    if (endpoint.forbidden()) ask.work().cut("removed");
    return Optional.of(Taken.unasked(cluster.get(), endpoint, ask));
  }

  @Override
  public boolean leadsTo(String upstream, Destination destination) {
    Optional<Cluster> cluster = upstreams.find(upstream);
    if (cluster.isEmpty()) return false;
    for (Endpoint endpoint : cluster.get().endpoints()) {
      if (endpoint.destination().equals(destination)) return true;
    }
    return false;
  }

  /** Streams have no paths, headers or cookies: those keys mean the client's address here. */
  private static long key(Cluster cluster, StreamAsk ask) {
    String text =
        cluster.config().balance().key() instanceof BalanceConfig.HashBy.Sni
            ? ask.serverName().orElse(ask.client())
            : ask.client();
    return KeyHash.of(text);
  }

  /** A seat. */
  static final class Taken implements Seat {
    private final Cluster cluster;
    private final Endpoint endpoint;
    private final StreamAsk ask;
    private final boolean connected;
    private final int term;
    private final AtomicBoolean left = new AtomicBoolean();

    /**
     * @param connected whether the cluster counts it and knows already how it went
     */
    private Taken(Cluster cluster, Endpoint endpoint, StreamAsk ask, boolean connected, int term) {
      this.cluster = cluster;
      this.endpoint = endpoint;
      this.ask = ask;
      this.connected = connected;
      this.term = term;
    }

    /** Of a stream that {@link Cluster#connected} was told of. */
    static Taken connected(Cluster cluster, Endpoint endpoint, StreamAsk ask) {
      return new Taken(cluster, endpoint, ask, true, ErrorRatio.NO_TERM);
    }

    /** Of datagrams: whether anybody is there shows at their end. */
    static Taken unasked(Cluster cluster, Endpoint endpoint, StreamAsk ask) {
      return new Taken(cluster, endpoint, ask, false, cluster.termUnasked());
    }

    @Override
    public Destination destination() {
      return endpoint.destination();
    }

    @Override
    public void leave(boolean served) {
      if (!left.compareAndSet(false, true)) return;
      endpoint.streamClosed(ask.work());
      if (!served) cluster.ended(endpoint, Tally.Outcome.CONNECT_FAILED, term);
      else if (connected) cluster.abandoned(endpoint, term);
      else cluster.ended(endpoint, Tally.Outcome.FINE, term);
      if (connected) cluster.leave();
    }

    @Override
    public String toString() {
      return endpoint.toString();
    }
  }

  static @Nullable Throwable rootOf(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
