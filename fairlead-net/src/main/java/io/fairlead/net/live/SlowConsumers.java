package io.fairlead.net.live;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.budget.Shedder;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.RelayBuffers;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Cuts the connections that hold the most memory, those first that moved nothing since the look
 * before. Each event loop looks at its own connections and frees its share; a loop that is still at
 * it is not asked again. Costs nothing until asked.
 */
public final class SlowConsumers implements Shedder {
  /** Who holds less is not worth a connection. */
  private static final long WORTH_BYTES = 4 * 1024;

  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final Counter cut;
  private final Map<EventLoop, Look> looks = new HashMap<>(); // written by the constructor only

  public SlowConsumers(EventLoops loops, ConnectionRegistry connections, Meters meters) {
    this.loops = loops;
    this.connections = connections;
    this.cut =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "memory_slow_consumers");
    for (EventLoop loop : loops.loops()) looks.put(loop, new Look(loop));
  }

  @Override
  public void shed(long bytes) {
    long share = Math.max(1, bytes / loops.threads());
    for (Look look : looks.values()) look.ask(share);
  }

  /** A connection and what it holds. */
  private record Holding(LiveChannel connection, long bytes, boolean stalled) {}

  /** The part of one event loop. */
  private final class Look {
    private final EventLoop loop;
    private final AtomicBoolean asked = new AtomicBoolean();
    private Map<LiveChannel, Long> before = Map.of(); // event loop only

    Look(EventLoop loop) {
      this.loop = loop;
    }

    void ask(long share) {
      if (loop.isShuttingDown() || !asked.compareAndSet(false, true)) return;
      loop.execute(
          () -> {
            asked.set(false);
            look(share);
          });
    }

    private void look(long share) {
      List<Holding> holdings = new ArrayList<>();
      Map<LiveChannel, Long> seen = new HashMap<>();
      connections.forEachOn(
          loop,
          connection -> {
            long bytes = held(connection.channel());
            if (bytes < WORTH_BYTES) return;
            seen.put(connection, bytes);
            Long last = before.get(connection);
            holdings.add(new Holding(connection, bytes, last != null && last == bytes));
          });
      boolean first = before.isEmpty();
      before = seen;
      if (first) return; // who stalls is known at the next look
      holdings.sort(
          Comparator.comparing((Holding one) -> !one.stalled())
              .thenComparing(Comparator.comparingLong(Holding::bytes).reversed()));
      long freed = 0;
      for (Holding one : holdings) {
        if (freed >= share) return;
        freed += one.bytes();
        cut.increment();
        one.connection().cut("memory");
      }
    }
  }

  private static long held(Channel channel) {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    long bytes = out == null ? 0 : out.totalPendingWriteBytes();
    bytes += RelayBuffers.relayed(channel);
    for (Map.Entry<String, ChannelHandler> entry : channel.pipeline()) {
      if (entry.getValue() instanceof HeldBytes holder) bytes += holder.heldBytes();
    }
    return bytes;
  }
}
