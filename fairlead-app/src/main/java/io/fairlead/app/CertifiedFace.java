package io.fairlead.app;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Verdict;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.ClientName;
import io.fairlead.net.tls.TlsFacts;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * A face whose connections work for whom the client's certificate names: bound to that account's
 * entry, if it has one, before the face behind hears of the connection. Two of the same are equal.
 */
record CertifiedFace(Face face, ClientName identity, Entitlements entitlements) implements Face {
  @Override
  public void attach(Channel channel, LiveConnection connection) {
    channel.pipeline().addLast("tls-client", new Introduction(connection));
    face.attach(channel, connection);
  }

  @Override
  public boolean speaksHttp() {
    return face.speaksHttp();
  }

  private final class Introduction extends ChannelInboundHandlerAdapter {
    private final LiveConnection connection;

    Introduction(LiveConnection connection) {
      this.connection = connection;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
        Optional<X509Certificate> shown = TlsFacts.client(ctx.channel());
        if (shown.isPresent() && !introduced(shown.get())) {
          var _ = ctx.close();
          return;
        }
        ctx.pipeline().remove(this);
      }
      ctx.fireUserEventTriggered(event);
    }

    private boolean introduced(X509Certificate certificate) {
      Optional<String> name = identity.of(certificate);
      if (name.isEmpty()) return false; // vouched for, but nobody can say who it is
      connection.bind(entitlements.bind(name.get()));
      return entitlements.decide(connection.principal(), Action.LOGIN) instanceof Verdict.Allow;
    }
  }
}
