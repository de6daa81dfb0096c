package io.fairlead.tunnel.server.netty;

import io.fairlead.net.hello.ClientHello;
import io.fairlead.net.hello.ClientHelloReader;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.tunnel.codec.ServiceKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A port where TLS connections are told apart by the name they ask for and go to https services
 * undeciphered. Shared by all event loops.
 */
final class NameFace implements Face {
  private static final int HELLO_MAX = 16 * 1024;
  private static final long HELLO_SECONDS = 5;

  /** A fatal alert of a name nobody has (RFC 6066 §3, RFC 8446 §6). */
  private static final byte[] UNRECOGNIZED_NAME = {21, 3, 3, 0, 2, 2, 112};

  private final Hub hub;
  private final PortServices services;

  NameFace(Hub hub, PortServices services) {
    this.hub = hub;
    this.services = services;
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    connection.kind("tunnel");
    new Peek(channel, connection).begin();
  }

  /** One client until its name is known. Confined to its event loop. */
  private final class Peek extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final LiveConnection connection;
    private final ClientHelloReader reader = new ClientHelloReader(HELLO_MAX);
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private @Nullable Future<?> timer;
    private boolean over;

    Peek(Channel channel, LiveConnection connection) {
      this.channel = channel;
      this.connection = connection;
    }

    void begin() {
      channel.pipeline().addLast("peek", this);
      timer = channel.eventLoop().schedule(this::refuse, HELLO_SECONDS, TimeUnit.SECONDS);
      channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!(message instanceof ByteBuf bytes) || over) {
        ReferenceCountUtil.release(message);
        return;
      }
      held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes);
      switch (reader.read(held)) {
        case ClientHello.Incomplete _ -> channel.read();
        case ClientHello.Named(Optional<String> name, var _) -> {
          Optional<ServiceGroup> group =
              name.flatMap(
                  asked -> hub.directory().host(ServiceKind.HTTPS, asked.toLowerCase(Locale.ROOT)));
          if (group.isEmpty()) refuse();
          else go(group.get());
        }
        case ClientHello.NotTls _ -> refuse();
        case ClientHello.Malformed _ -> refuse();
      }
    }

    private void go(ServiceGroup group) {
      over = true;
      if (timer != null) timer.cancel(false);
      ByteBuf early = held;
      held = Unpooled.EMPTY_BUFFER;
      channel.pipeline().remove(this);
      services.join(channel, connection, group, early);
    }

    private void refuse() {
      if (over) return;
      over = true;
      if (timer != null) timer.cancel(false);
      held.release();
      held = Unpooled.EMPTY_BUFFER;
      hub.meters().refused("name");
      var _ =
          channel
              .writeAndFlush(Unpooled.wrappedBuffer(UNRECOGNIZED_NAME))
              .addListener(_ -> channel.close());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) refuse();
      else ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      refuse();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var _ = ctx.close();
    }
  }
}
