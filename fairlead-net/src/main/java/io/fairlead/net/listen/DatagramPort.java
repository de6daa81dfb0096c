package io.fairlead.net.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One bound UDP address. Keeps nothing between datagrams; what cannot be handled at once waits in
 * the kernel's buffer, which drops what is over.
 */
@ChannelHandler.Sharable // of one channel at a time
final class DatagramPort extends ChannelInboundHandlerAdapter implements BoundSocket {
  private final ListenerKey key;
  private volatile Channel channel;
  private volatile boolean inherited;
  private volatile ListenerSpec spec;
  private volatile boolean accepting;

  DatagramPort(ListenerKey key, ListenerSpec spec, Channel channel, boolean inherited) {
    this.key = key;
    this.spec = spec;
    this.channel = channel;
    this.inherited = inherited;
  }

  @Override
  public ListenerKey key() {
    return key;
  }

  @Override
  public ListenerSpec spec() {
    return spec;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public boolean inherited() {
    return inherited;
  }

  @Override
  public void show(ListenerSpec next) {
    spec = next;
  }

  @Override
  public void reopen(Binder.Bound next) {
    channel = next.channel();
    inherited = next.inherited();
    channel.pipeline().addLast("datagrams", this);
  }

  @Override
  public void accept() {
    accepting = true;
    resume();
  }

  @Override
  public void hold() {
    accepting = false;
    channel
        .eventLoop()
        .execute(
            () -> {
              if (!accepting) channel.config().setAutoRead(false);
            });
  }

  @Override
  public void resume() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (accepting && channel.isOpen()) channel.config().setAutoRead(true);
            });
  }

  @Override
  public void retire(Runnable onQuiet, long tickMillis) {
    accepting = false;
    var _ = // looks at the state when it runs
        channel
            .eventLoop()
            .schedule(
                () -> {
                  if (!accepting) onQuiet.run();
                },
                tickMillis,
                TimeUnit.MILLISECONDS);
  }

  @Override
  public Set<Channel> openChannels() {
    return Set.of();
  }

  @Override
  public int openConnections() {
    return 0;
  }

  @Override
  public long acceptedTotal() {
    return 0;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ListenerSpec shown = spec;
    if (message instanceof DatagramPacket packet && shown.datagrams().isPresent()) {
      shown.datagrams().get().receive(channel, packet);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // An answer that could not be delivered (ICMP port unreachable): one peer's affair.
  }
}
