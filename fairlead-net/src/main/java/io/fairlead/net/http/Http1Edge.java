package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Serves HTTP/1.1 and HTTP/1.0 on bare connections with an own codec: strict framing, pipelined
 * requests one at a time, bounded everything. Shared by all event loops; each connection is a
 * {@link ServerConnection} confined to its loop.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
public final class Http1Edge implements HttpEdge {
  private final Clock clock;
  private final EdgeMeters meters;
  private final MemoryBudget budget;
  private final FastThreadLocal<EdgeLoop> loops = new FastThreadLocal<>();

  public Http1Edge(Clock clock, Meters meters) {
    this(clock, meters, MemoryBudget.unlimited());
  }

  /**
   * @param budget counts the heads that are not complete yet
   */
  public Http1Edge(Clock clock, Meters meters, MemoryBudget budget) {
    this.clock = clock;
    this.budget = budget;
    this.meters = new EdgeMeters(meters);
  }

  @Override
  public void attach(
      Channel channel,
      LiveConnection connection,
      HttpSettings settings,
      RequestHandler handler,
      ByteBuf already) {
    EdgeLoop loop = loop(channel.eventLoop());
    ServerConnection server =
        new ServerConnection(channel, connection, loop.rules(settings), handler, loop, this);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.pipeline().addLast(server.channelHandler());
    server.begin(already);
  }

  Clock clock() {
    return clock;
  }

  /** The meters of requests, for edges of other versions. */
  public EdgeMeters meters() {
    return meters;
  }

  private EdgeLoop loop(EventLoop eventLoop) {
    EdgeLoop loop = loops.get();
    if (loop == null || !loop.serves(eventLoop)) {
      loop = new EdgeLoop(eventLoop, clock, budget.account());
      loops.set(loop);
    }
    return loop;
  }
}
