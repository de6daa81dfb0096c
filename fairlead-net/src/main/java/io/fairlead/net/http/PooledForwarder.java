package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Forwards requests of an {@link HttpEdge} over an {@link UpstreamPool}. Shared; each request is
 * one {@link Forwarding} on the event loop of its client.
 */
public final class PooledForwarder implements HttpForwarder {
  private final UpstreamPool pool;
  private final Clock clock;
  private final ForwardMeters meters;
  private final FastThreadLocal<FieldEdits> edits = new FastThreadLocal<>();

  public PooledForwarder(UpstreamPool pool, Clock clock, Meters meters) {
    this.pool = pool;
    this.clock = clock;
    this.meters = new ForwardMeters(meters);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException the exchange is not one of an edge
   */
  @Override
  public void forward(ServerExchange exchange, ForwardPlan plan, ForwardEvents events) {
    if (!(exchange instanceof ClientExchange client)) {
      throw new IllegalArgumentException("exchange: expected one of an edge");
    }
    new Forwarding(this, client, plan, events, pool.loop(client.channel().eventLoop())).start();
  }

  Clock clock() {
    return clock;
  }

  ForwardMeters meters() {
    return meters;
  }

  /** Empty edits for one response head; valid until the next call on that loop. */
  FieldEdits edits(EventLoop loop) {
    if (!loop.inEventLoop()) throw new IllegalStateException("not on the exchange's loop");
    FieldEdits mine = edits.get();
    if (mine == null) {
      mine = new FieldEdits();
      edits.set(mine);
    }
    return mine.clear();
  }
}
