package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.SharedConnection;
import io.fairlead.net.http.SharedConnections;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes HTTP/2 connections to upstreams out of dialled channels. Shared by all event loops. */
public final class Http2Upstreams implements SharedConnections {
  private final Clock clock;
  private final FastThreadLocal<SessionLoop> loops = new FastThreadLocal<>();

  public Http2Upstreams(Clock clock) {
    this.clock = clock;
  }

  @Override
  public boolean negotiated(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    return tls != null && "h2".equals(tls.applicationProtocol());
  }

  @Override
  public void begin(Channel channel, Owner owner, Consumer<@Nullable SharedConnection> ready) {
    new ClientSession(channel, loop(channel.eventLoop()), owner, ready).begin();
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
