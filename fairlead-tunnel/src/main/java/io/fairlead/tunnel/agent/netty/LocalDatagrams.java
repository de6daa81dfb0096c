package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.DatagramCapsules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One user's datagrams between a stream and a local UDP service. What does not fit into the stream
 * at once is dropped, as UDP does. Confined to the stream's event loop.
 */
final class LocalDatagrams {
  private static final int SIZE_MAX = 65_535;

  private final StreamLink.Asked asked;
  private final DatagramDialer dialer;
  private final DestinationGuard guard;
  private final EventLoop loop;
  private final AtomicLong live;
  private final DatagramCapsules capsules = new DatagramCapsules();
  private @Nullable Channel stream;
  private @Nullable Channel socket;
  private boolean over;

  LocalDatagrams(
      StreamLink.Asked asked,
      DatagramDialer dialer,
      DestinationGuard guard,
      EventLoop loop,
      AtomicLong live) {
    this.asked = asked;
    this.dialer = dialer;
    this.guard = guard;
    this.loop = loop;
    this.live = live;
  }

  void begin(Optional<Destination> destination) {
    if (!(destination.orElse(null) instanceof Destination.HostPort to)) {
      asked.refuse(501, "no_such_protocol");
      return;
    }
    var _ =
        dialer
            .dial(loop, guard, to, new FromService(), SIZE_MAX)
            .whenComplete(
                (opened, failure) -> {
                  if (opened == null) {
                    asked.refuse(502, LocalServices.word(failure));
                  } else if (!asked.waiting()) {
                    opened.close();
                  } else {
                    socket = opened;
                    live.incrementAndGet();
                    Channel accepted = asked.accept();
                    stream = accepted;
                    accepted.pipeline().addLast("datagrams", new FromUser());
                    accepted.config().setAutoRead(true);
                    opened.config().setAutoRead(true);
                  }
                });
  }

  private void end() {
    if (over) return;
    over = true;
    live.decrementAndGet();
    capsules.close();
    if (stream != null) stream.close();
    if (socket != null) socket.close();
  }

  private final class FromUser extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Channel to = socket;
      if (!(message instanceof ByteBuf bytes) || over || to == null) {
        ReferenceCountUtil.release(message);
        return;
      }
      try {
        capsules.read(bytes, ctx.alloc(), payload -> to.write(payload, to.voidPromise()));
      } catch (BadControlException malformed) {
        end();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (socket != null) socket.flush();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      end();
    }
  }

  private final class FromService extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Channel to = stream;
      try {
        ByteBuf payload =
            message instanceof DatagramPacket packet
                ? packet.content()
                : message instanceof ByteBuf bytes ? bytes : null;
        if (payload != null && to != null && !over && to.isWritable()) {
          to.write(DatagramCapsules.write(payload, ctx.alloc()), to.voidPromise());
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (stream != null) stream.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Nobody listens there now: the next datagram may find somebody (ICMP port unreachable).
    }
  }
}
