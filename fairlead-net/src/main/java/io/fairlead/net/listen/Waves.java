package io.fairlead.net.listen;

import io.fairlead.core.time.Clock;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.netty.channel.Channel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections that are coming to their end, by the change that retired them. When more changes than
 * allowed still have any, those of the oldest end at once. Thread-safe.
 */
public final class Waves {
  private final Clock clock;
  private final ArrayDeque<Wave> waves = new ArrayDeque<>(); // guarded by waves
  private volatile int wavesMax = Integer.MAX_VALUE;

  Waves(Clock clock) {
    this.clock = clock;
  }

  /**
   * What is coming to its end.
   *
   * @param streams tunnels and upgraded connections among others
   * @param deadline when the last of them is closed
   */
  public record Count(long connections, long streams, Optional<Instant> deadline) {}

  void wavesMax(int max) {
    wavesMax = max;
  }

  /** One change's connections. */
  final class Wave {
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private volatile long deadlineNanos;

    void add(Channel channel, Duration until) {
      deadlineNanos = clock.nanos() + until.toNanos();
      channels.add(channel);
      channel.closeFuture().addListener(_ -> channels.remove(channel));
    }

    private void endNow() {
      for (Channel channel : channels) {
        channel
            .eventLoop()
            .execute(() -> channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED));
      }
    }
  }

  /** A change retires something; the oldest make room. */
  Wave begin() {
    Wave wave = new Wave();
    synchronized (waves) {
      waves.removeIf(each -> each.channels.isEmpty());
      waves.add(wave);
      while (waves.size() > wavesMax) waves.remove().endNow();
    }
    return wave;
  }

  public Count count() {
    long connections = 0;
    long streams = 0;
    long latest = 0;
    boolean any = false;
    synchronized (waves) {
      for (Wave wave : waves) {
        for (Channel channel : wave.channels) {
          boolean stream =
              ConnectionRegistry.find(channel).map(LiveConnection::carriesStream).orElse(false);
          if (stream) streams++;
          else connections++;
          if (!any || wave.deadlineNanos - latest > 0) latest = wave.deadlineNanos;
          any = true;
        }
      }
    }
    if (!any) return new Count(0, 0, Optional.empty());
    Duration left = Duration.ofNanos(Math.max(0, latest - clock.nanos()));
    return new Count(connections, streams, Optional.of(clock.wall().plus(left)));
  }
}
