package io.fairlead.net.http2;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.EdgeMeters;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Serves HTTP/2 where a connection agreed on it, and HTTP/1 everywhere else: over TLS as ALPN says
 * (RFC 7301), without TLS by prior knowledge (RFC 9113 §3.3) where {@link #allowCleartext} was
 * called for the connection. Shared by all event loops.
 */
public final class NegotiatedEdge implements HttpEdge {
  private static final AttributeKey<Boolean> CLEARTEXT =
      AttributeKey.valueOf(NegotiatedEdge.class, "cleartext");

  private final Http1Edge http1;
  private final Clock clock;
  private final Randomness randomness;
  private final Http2Meters meters;
  private final FastThreadLocal<SessionLoop> loops = new FastThreadLocal<>();

  public NegotiatedEdge(Http1Edge http1, Clock clock, Meters meters, Randomness randomness) {
    this.http1 = http1;
    this.clock = clock;
    this.randomness = randomness;
    this.meters = new Http2Meters(meters);
  }

  /**
   * Lets a connection without TLS speak HTTP/2 if its first bytes say so. Before {@link #attach}.
   */
  public static void allowCleartext(Channel channel) {
    channel.attr(CLEARTEXT).set(Boolean.TRUE);
  }

  @Override
  public void attach(
      Channel channel,
      LiveConnection connection,
      HttpSettings settings,
      RequestHandler handler,
      ByteBuf already) {
    Entrance entrance = new Entrance(this, channel, connection, settings, handler);
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (ServerTls.handshaking(channel)) {
      already.release();
      channel.pipeline().addLast(new HandshakeEnd(entrance));
      channel.config().setAutoRead(true);
    } else if (tls != null) {
      entrance.enter("h2".equals(tls.applicationProtocol()), already);
    } else if (channel.hasAttr(CLEARTEXT)) {
      FirstWords words = new FirstWords(entrance);
      channel.pipeline().addLast(words);
      words.begin(already);
    } else {
      entrance.enter(false, already);
    }
  }

  /** Where a connection goes when its version is known. */
  record Entrance(
      NegotiatedEdge edge,
      Channel channel,
      LiveConnection connection,
      HttpSettings settings,
      RequestHandler handler) {
    /** Takes ownership. */
    void enter(boolean version2, ByteBuf already) {
      channel.config().setAutoRead(false);
      if (version2) {
        connection.kind("h2");
        new ServerSession(
                channel, connection, settings, handler, edge.loop(channel.eventLoop()), edge)
            .begin(already);
      } else {
        edge.http1.attach(channel, connection, settings, handler, already);
      }
    }
  }

  /** Of requests, whatever their version. */
  EdgeMeters meters() {
    return http1.meters();
  }

  Http2Meters http2Meters() {
    return meters;
  }

  Randomness randomness() {
    return randomness;
  }

  private SessionLoop loop(EventLoop eventLoop) {
    SessionLoop loop = loops.get();
    if (loop == null || !loop.serves(eventLoop)) {
      loop = new SessionLoop(eventLoop, clock);
      loops.set(loop);
    }
    return loop;
  }
}
