package io.fairlead.net.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/** What a secured connection agreed on. */
public final class AgreedTls {
  private AgreedTls() {}

  /**
   * Version of the protocol, such as {@code TLSv1.3}, of the channel or the one it is a stream of;
   * empty in the clear. Event loop only.
   */
  public static String of(Channel channel) {
    for (@Nullable Channel each = channel; each != null; each = each.parent()) {
      SslHandler secured = each.pipeline().get(SslHandler.class);
      if (secured != null) return secured.engine().getSession().getProtocol();
    }
    return "";
  }
}
