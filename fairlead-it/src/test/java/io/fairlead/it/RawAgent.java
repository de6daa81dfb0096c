package io.fairlead.it;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlCodec;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.proof.Proof;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** An agent that says what a test wants it to say, right or wrong. */
final class RawAgent implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final JoinToken token;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final CompletableFuture<Channel> control = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Consumer<StreamLink.Asked> streams;
  private final Channel channel;

  private RawAgent(int port, JoinToken token, Consumer<StreamLink.Asked> streams) throws Exception {
    this.token = token;
    this.streams = streams;
    var tls =
        CarrierTls.client(
            new CarrierTls.Trust.Pinned(token.pin()), Optional.empty(), CarrierTls.AGENT);
    channel =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel made) {
                    CarrierTls.install(made, tls.newHandler(made.alloc()));
                    made.pipeline().addLast(new Begin());
                  }
                })
            .connect("127.0.0.1", port)
            .sync()
            .channel();
  }

  /** Connected, with the server's hello unanswered. */
  static RawAgent connect(int port, String token) throws Exception {
    return connect(port, token, asked -> asked.refuse(404, "no_such_service"));
  }

  /**
   * @param streams answers what the server asks for
   */
  static RawAgent connect(int port, String token, Consumer<StreamLink.Asked> streams)
      throws Exception {
    return new RawAgent(port, JoinToken.parse(token), streams);
  }

  private final class Begin extends ChannelInboundHandlerAdapter implements StreamLink.Events {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent handshake)) return;
      if (!handshake.isSuccess()) {
        control.completeExceptionally(handshake.cause());
        return;
      }
      ctx.pipeline().remove(this);
      new StreamLinks(Clock.system())
          .begin(ctx.channel(), false, StreamLinks.Settings.DEFAULTS, this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    @Override
    public void ready(StreamLink link) {}

    @Override
    public void asked(StreamLink.Asked stream) {
      if (control.isDone()) {
        streams.accept(stream);
        return;
      }
      Channel opened = stream.accept();
      opened.pipeline().addLast(new Lines());
      opened.config().setAutoRead(true);
      control.complete(opened);
    }

    @Override
    public void leaving() {}

    @Override
    public void ended() {
      ended.complete(null);
    }
  }

  private final class Lines extends ChannelInboundHandlerAdapter {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      text.append(bytes.toString(StandardCharsets.UTF_8));
      bytes.release();
      for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        lines.add(text.substring(0, end));
        text.delete(0, end + 1);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  /** The next line of the server's. */
  ControlMessage heard() throws Exception {
    String line = lines.poll(30, TimeUnit.SECONDS);
    if (line == null) throw new AssertionError("the server said nothing");
    return ControlCodec.read(line);
  }

  /** Sends bytes on the control stream. */
  void say(String bytes) throws Exception {
    var _ =
        control
            .get(30, TimeUnit.SECONDS)
            .writeAndFlush(Unpooled.copiedBuffer(bytes, StandardCharsets.UTF_8));
  }

  void say(ControlMessage message) throws Exception {
    say(ControlCodec.write(message) + "\n");
  }

  /**
   * Answers the hello.
   *
   * @param name as whom
   * @param run what all carriers of one run say
   * @param right whether the proof is right
   */
  void prove(String name, String run, boolean right) throws Exception {
    if (!(heard() instanceof ControlMessage.Hello hello)) throw new AssertionError("no hello");
    Binary exporter = CarrierTls.exporter(channel, true);
    Binary secret = right ? token.secret() : Binary.of(new byte[32]);
    say(
        new ControlMessage.Auth(
            ControlMessage.VERSION,
            name,
            "token",
            Optional.empty(),
            Proof.sealed(secret, hello.nonce(), exporter, name),
            run,
            "raw"));
  }

  /** Reads nothing any more: neither lines nor PINGs are answered. */
  void fallSilent() {
    channel.eventLoop().execute(() -> channel.config().setAutoRead(false));
  }

  /** Writes bytes behind TLS, whatever they are. */
  void nonsense(String bytes) throws Exception {
    control.get(30, TimeUnit.SECONDS);
    channel
        .eventLoop()
        .execute(
            () -> {
              var _ =
                  channel
                      .pipeline()
                      .context(SslHandler.class)
                      .writeAndFlush(Unpooled.copiedBuffer(bytes, StandardCharsets.UTF_8));
            });
  }

  /** Whether the server has ended the carrier. */
  boolean over() {
    return ended.isDone() || !channel.isActive();
  }

  @Override
  public void close() {
    channel.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
