package io.fairlead.net.overload;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.LoopDelay;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * An edge whose requests are answered 503 {@code overload} while their event loop is late. The
 * connection is kept: opening another one would cost more. Thread-safe.
 */
public final class SheddingEdge implements HttpEdge {
  private static final Answer OVERLOAD =
      Answer.error(503, "overload", "too much work at the moment").with("Retry-After", "1");

  private final HttpEdge edge;
  private final EventLoops loops;
  private final Counter refused;

  /**
   * @param edge does the work
   * @param loops know how late each of them is
   */
  public SheddingEdge(HttpEdge edge, EventLoops loops, Meters meters) {
    this.edge = edge;
    this.loops = loops;
    this.refused =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "event_loop_delay");
  }

  @Override
  public void attach(
      Channel channel,
      LiveConnection connection,
      HttpSettings settings,
      RequestHandler handler,
      ByteBuf already) {
    LoopDelay delay = loops.delay(channel.eventLoop());
    edge.attach(channel, connection, settings, new Guard(delay, handler), already);
  }

  private final class Guard implements RequestHandler {
    private final LoopDelay delay;
    private final RequestHandler handler;

    Guard(LoopDelay delay, RequestHandler handler) {
      this.delay = delay;
      this.handler = handler;
    }

    @Override
    public void handle(ServerExchange exchange) {
      if (delay.late()) {
        refused.increment();
        handler.refused(
            RefusedRequest.of(
                exchange.channel(),
                exchange.connection(),
                exchange.multiplexed() ? "HTTP/2" : "HTTP/1." + exchange.head().minorVersion(),
                exchange.head(),
                OVERLOAD.status(),
                OVERLOAD.errorCode()));
        exchange.respond(OVERLOAD);
      } else {
        handler.handle(exchange);
      }
    }

    @Override
    public void refused(RefusedRequest request) {
      handler.refused(request);
    }
  }
}
