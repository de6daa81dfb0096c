package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two embedded channels, each with one side of a protocol, and what came out of them. */
final class SecurePair implements AutoCloseable {
  final Side client;
  final Side server;

  /** One end. */
  static final class Side extends ChannelInboundHandlerAdapter {
    final EmbeddedChannel channel;
    final List<Secured> secured = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    final StringBuilder text = new StringBuilder();
    long received;

    Side(ChannelHandler handler) {
      this.channel = new EmbeddedChannel();
      channel.pipeline().addLast(handler, this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Secured end) secured.add(end);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf plain = (ByteBuf) message;
      received += plain.readableBytes();
      if (text.length() < 1000) text.append(plain.toString(StandardCharsets.UTF_8));
      plain.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      failures.add(cause);
    }

    HandshakeException failure() {
      if (failures.size() != 1) throw new AssertionError("failures: " + failures);
      return (HandshakeException) failures.getFirst();
    }
  }

  SecurePair(
      SecureProtocol here, SecureProtocol there, @Nullable PeerId expected, List<String> muxers) {
    this(here.client(expected, muxers), there.server(muxers));
  }

  SecurePair(ChannelHandler here, ChannelHandler there) {
    this(new Side(here), new Side(there));
  }

  SecurePair(Side client, Side server) {
    this.client = client;
    this.server = server;
  }

  /** Carries bytes both ways until nobody has more to say. */
  SecurePair run() {
    boolean moved = true;
    while (moved) {
      client.channel.runPendingTasks();
      server.channel.runPendingTasks();
      moved = move(client, server) | move(server, client);
    }
    return this;
  }

  private static boolean move(Side from, Side to) {
    boolean moved = false;
    for (ByteBuf bytes; (bytes = from.channel.readOutbound()) != null; moved = true) {
      if (to.channel.isActive()) to.channel.writeOneInbound(bytes);
      else bytes.release();
    }
    if (moved && to.channel.isActive()) to.channel.flushInbound();
    if (!from.channel.isActive() && to.channel.isActive()) {
      to.channel.close();
      moved = true;
    }
    return moved;
  }

  @Override
  public void close() {
    client.channel.finishAndReleaseAll();
    server.channel.finishAndReleaseAll();
  }
}
