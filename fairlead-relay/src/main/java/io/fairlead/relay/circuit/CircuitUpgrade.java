package io.fairlead.relay.circuit;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.Upgrader;
import io.fairlead.relay.netty.MessageStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.CompletionStage;

/** Makes a connection of a stream behind its last message. */
final class CircuitUpgrade {
  private static final Multiaddr CIRCUIT = circuit();

  private CircuitUpgrade() {}

  private static Multiaddr circuit() {
    try {
      return Multiaddr.parse("/p2p-circuit");
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Where a peer behind a relay is, without its id. */
  static Multiaddr address(Connection relay) {
    return relay.remoteAddress().withPeer(relay.remote()).followedBy(CIRCUIT);
  }

  /**
   * Upgrades it. On the stream's loop, in the same call as the last message.
   *
   * @param stream let go
   * @param remoteAddress see {@link #address}
   * @param expected who must be at the other end
   * @param dialler whether we asked for the circuit
   * @param meters counts what passes
   */
  static CompletionStage<PeerConnection> upgrade(
      Upgrader upgrader,
      MessageStream stream,
      Circuit circuit,
      Multiaddr remoteAddress,
      PeerId expected,
      boolean dialler,
      CircuitMeters.Side meters) {
    StreamChannel channel = stream.channel();
    ByteBuf early = stream.detach();
    circuit.mark(channel);
    channel.pipeline().addLast(new Edge(meters));
    CompletionStage<PeerConnection> upgraded =
        dialler
            ? upgrader.dialled(channel, remoteAddress, expected)
            : upgrader.accept(channel, remoteAddress, expected);
    if (early.isReadable()) {
      channel.pipeline().fireChannelRead(early);
      channel.pipeline().fireChannelReadComplete();
    } else {
      early.release();
    }
    upgraded.thenAccept(
        _ -> {
          // Behind the go-away there is nothing to say: the relay is to let go of it at once.
          channel.config().setOption(ChannelOption.SO_LINGER, 0);
        });
    channel.config().setAutoRead(true);
    if (channel.isInputShutdown()) channel.close();
    return upgraded;
  }

  /** A connection has one end only: when the peer's direction ends all of it does. */
  private static final class Edge extends ChannelDuplexHandler {
    private final CircuitMeters.Side meters;

    Edge(CircuitMeters.Side meters) {
      this.meters = meters;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof ByteBuf bytes) meters.received(bytes.readableBytes());
      ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (message instanceof ByteBuf bytes) meters.sent(bytes.readableBytes());
      ctx.write(message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) ctx.close();
      else ctx.fireUserEventTriggered(event);
    }
  }
}
