package io.fairlead.net.listen;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Connections that were told to end, and when they will be ended. Thread-safe. */
final class DrainingConnections {
  static final Duration STREAM_END = Duration.ofSeconds(5);

  private final Clock clock;
  private final Randomness randomness;
  private final Set<Channel> draining = ConcurrentHashMap.newKeySet();

  DrainingConnections(Clock clock, Randomness randomness) {
    this.clock = clock;
    this.randomness = randomness;
  }

  /** Those still open. */
  Set<Channel> open() {
    return new HashSet<>(draining);
  }

  /**
   * Asks connections to leave that came on other terms: idle ones spread over the time of HTTP.
   * Streams go on, but those that the new terms forbid end now.
   */
  void leave(Set<Channel> channels, DrainTimes times, Optional<TlsTerms> policy) {
    long nowNanos = clock.nanos();
    long spreadNanos = (long) (times.http().toNanos() * times.spread());
    for (Channel channel : channels) {
      if (!channel.isRegistered()) continue;
      long idleNanos = spreadNanos == 0 ? 0 : randomness.generator().nextLong(spreadNanos);
      LeaveEvent event = new LeaveEvent(nowNanos + idleNanos);
      channel
          .eventLoop()
          .execute(
              () -> {
                channel.pipeline().fireUserEventTriggered(event);
                recheck(channel, policy);
              });
    }
  }

  private static void recheck(Channel channel, Optional<TlsTerms> policy) {
    if (policy.isEmpty() || policy.get().admits(channel)) return;
    Optional<LiveConnection> stream =
        ConnectionRegistry.find(channel).filter(LiveConnection::carriesStream);
    if (stream.isPresent()) {
      stream.get().cut("tls_policy");
    } else {
      // Requests may finish; tunnels within an HTTP/2 connection are streams too.
      channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED);
    }
  }

  /** Tells those that were not told yet, and counts them to the wave. */
  void tell(Set<Channel> channels, DrainTimes times, Waves.Wave wave) {
    long nowNanos = clock.nanos();
    long spreadNanos = (long) (times.http().toNanos() * times.spread());
    for (Channel channel : channels) {
      if (!channel.isRegistered() || !draining.add(channel)) continue;
      wave.add(channel, times.stream());
      long streamNanos = times.stream().toNanos();
      long idleNanos = spreadNanos == 0 ? 0 : randomness.generator().nextLong(spreadNanos);
      DrainEvent event =
          new DrainEvent(nowNanos + streamNanos, nowNanos + Math.min(idleNanos, streamNanos));
      channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(event));
      Future<?> ending =
          channel
              .eventLoop()
              .schedule(
                  () -> channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED),
                  streamNanos,
                  TimeUnit.NANOSECONDS);
      Future<?> end =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    var _ = channel.close();
                  },
                  streamNanos + STREAM_END.plusSeconds(1).toNanos(),
                  TimeUnit.NANOSECONDS);
      channel
          .closeFuture()
          .addListener(
              _ -> {
                draining.remove(channel);
                ending.cancel(false);
                end.cancel(false);
              });
    }
  }
}
