package io.fairlead.http.exchange;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.http.route.AskedHead;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.http.ShadowExchange;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends copies of a route's requests to another upstream, whose answers nobody waits for. A copy is
 * sent when the request's body is complete; one with a longer body than the bound, or beyond as
 * many as may be under way, is left out and counted. Thread-safe.
 */
public final class Mirror {
  private static final double ALL = 100;

  private final Cluster cluster;
  private final double percent;
  private final ByteSize bodyMax;
  private final int atOnce;
  private final Randomness randomness;
  private final AtomicInteger underWay = new AtomicInteger();
  private final MirrorMeters meters;

  /**
   * @param percent of the requests that are copied
   * @param bodyMax of a body, which is held in memory
   * @param atOnce copies under way
   */
  public Mirror(
      Cluster cluster,
      double percent,
      ByteSize bodyMax,
      int atOnce,
      Randomness randomness,
      MirrorMeters meters) {
    this.cluster = cluster;
    this.percent = percent;
    this.bodyMax = bodyMax;
    this.atOnce = atOnce;
    this.randomness = randomness;
    this.meters = meters;
  }

  /** What copies became. */
  public record MirrorMeters(Counter sent, Counter tooLong, Counter tooMany) {
    public static MirrorMeters of(Meters meters) {
      return new MirrorMeters(
          counter(meters, "sent"), counter(meters, "too_long"), counter(meters, "too_many"));
    }

    private static Counter counter(Meters meters, String outcome) {
      return meters.counter(
          "http.mirrored", "Copies of requests for another upstream.", "outcome", outcome);
    }
  }

  /** Copies a request that is about to be carried out, or does not. */
  void copy(
      ReverseProxy proxy,
      Site site,
      Site.Handling handling,
      ServerExchange exchange,
      RequestFacts facts) {
    if (exchange.head().upgradesToWebSocket()) return;
    if (percent < ALL && randomness.generator().nextDouble() * ALL >= percent) return;
    BodyLength length = exchange.head().body();
    if (length instanceof BodyLength.Fixed(long bytes) && bytes > bodyMax.bytes()) {
      meters.tooLong().increment();
      return;
    }
    if (length instanceof BodyLength.None) {
      if (!enter()) return;
      send(proxy, site, handling, exchange, kept(exchange, facts), Unpooled.EMPTY_BUFFER);
      return;
    }
    exchange.watchBody(
        receiver -> {
          if (!enter()) return receiver;
          RequestFacts kept = kept(exchange, facts);
          return new CopiedBody(
              receiver,
              exchange.channel().alloc(),
              (int) bodyMax.bytes(),
              new CopiedBody.End() {
                @Override
                public void complete(ByteBuf body) {
                  BodyLength whole = new BodyLength.Fixed(body.readableBytes());
                  RequestFacts with = kept.of(AskedHead.copyOf(kept.head(), whole));
                  send(proxy, site, handling, exchange, with, body);
                }

                @Override
                public void without(boolean tooLong) {
                  underWay.decrementAndGet();
                  if (tooLong) meters.tooLong().increment();
                }
              });
        });
  }

  private boolean enter() {
    if (underWay.incrementAndGet() <= atOnce) return true;
    underWay.decrementAndGet();
    meters.tooMany().increment();
    return false;
  }

  /** What outlives the request: the connection's own head is gone with it. */
  private static RequestFacts kept(ServerExchange exchange, RequestFacts facts) {
    return facts.of(AskedHead.copyOf(exchange.head(), BodyLength.NONE));
  }

  /** Takes ownership of the body. */
  private void send(
      ReverseProxy proxy,
      Site site,
      Site.Handling handling,
      ServerExchange original,
      RequestFacts facts,
      ByteBuf body) {
    ShadowExchange shadow = new ShadowExchange(original, facts.head(), body);
    shadow.onEnd(underWay::decrementAndGet);
    meters.sent().increment();
    RouteAction.ProxyTo to = new RouteAction.ProxyTo(cluster, false, TimeoutOverrides.NONE);
    new Forwarded(proxy, site, handling, to, shadow, facts, null).start();
  }
}
