package io.fairlead.proxy.netty;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.access.Subject;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.ForwardConfig.Mode;
import io.fairlead.proxy.codec.SocksDecoder;
import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.codec.SocksReply;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.socks.SocksEffect;
import io.fairlead.proxy.socks.SocksHandshake;
import io.fairlead.proxy.socks.SocksInput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries bytes between a client and its {@link SocksHandshake}, and leaves when the relay begins.
 * Holds at most 64 KiB that came ahead of the relay, and then stops reading.
 */
final class SocksHandler extends ChannelInboundHandlerAdapter {
  private static final int EARLY_MAX = 64 * 1024;
  private static final Duration LINGER = Duration.ofSeconds(10);
  private static final int REPLY_MAX = 22;

  private final ForwardService service;
  private final Gate gate;
  private final LiveConnection connection;
  private final ForwardRules rules;
  private final Flow.Kind kind;
  private final SocksHandshake machine;
  private Subject subject;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean closing;
  private boolean tarpit;
  private @Nullable FlowOpener opener;
  private @Nullable PeerListener listening;
  private @Nullable DatagramRelay relay;
  private @Nullable Future<?> timer;
  private @Nullable ChannelHandlerContext context;

  private SocksHandler(
      ForwardService service, Gate gate, LiveConnection connection, Flow.Kind kind) {
    this.service = service;
    this.gate = gate;
    this.connection = connection;
    this.kind = kind;
    this.rules = service.rules();
    this.subject = Subject.anonymous(Gate.clientOf(connection));
    boolean five = kind == Flow.Kind.SOCKS5;
    SocksHandshake.Rules allowed =
        new SocksHandshake.Rules(
            rules.enables(five ? Mode.SOCKS5 : Mode.SOCKS4),
            rules.authRequired(),
            rules.config().socks4UseridAuth(),
            rules.config().hideEgress(),
            rules.config().udp().enabled(),
            rules.config().bind());
    this.machine = five ? SocksHandshake.version5(allowed) : SocksHandshake.version4(allowed);
  }

  static SocksHandler version5(ForwardService service, Gate gate, LiveConnection connection) {
    return new SocksHandler(service, gate, connection, Flow.Kind.SOCKS5);
  }

  static SocksHandler version4(ForwardService service, Gate gate, LiveConnection connection) {
    return new SocksHandler(service, gate, connection, Flow.Kind.SOCKS4);
  }

  /** Starts with what was read so far; takes ownership. Call when in the pipeline. */
  void begin(ByteBuf first) {
    ChannelHandlerContext ctx = context();
    held = first;
    timer =
        ctx.executor()
            .schedule(
                this::timedOut,
                rules.config().timeouts().handshake().toNanos(),
                TimeUnit.NANOSECONDS);
    decodeHeld();
    readOn(ctx);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf bytes = (ByteBuf) msg;
    if (closing || relay != null) {
      if (relay != null) relay.idleBytes(bytes.readableBytes());
      bytes.release();
      return;
    }
    held =
        held.isReadable()
            ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes)
            : replaceEmpty(bytes);
    decodeHeld();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readOn(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      // Nothing more will come. A request that is complete may go on: that is a half-close.
      if (closing || relay != null || listening != null) {
        ctx.close();
      } else if (machine.expected().isPresent()) {
        tell(new SocksInput.PeerGone());
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    tell(new SocksInput.PeerGone());
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopTimer();
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset, or TLS that broke: there is nobody to answer
  }

  private void timedOut() {
    if (machine.expected().isPresent()) gate.journal().tooSlow();
    tell(new SocksInput.TimedOut());
  }

  private void decodeHeld() {
    while (machine.expected().isPresent()) {
      Optional<SocksMessage> message = SocksDecoder.decode(machine.expected().get(), held);
      if (message.isEmpty()) break;
      step(new SocksInput.Received(message.get()));
    }
    if (!context().isRemoved()) context().flush();
  }

  /** An input from elsewhere than the client's bytes. */
  private void tell(SocksInput input) {
    step(input);
    if (context().isRemoved()) return;
    decodeHeld(); // what was pipelined behind the answer just given
    readOn(context());
  }

  private void step(SocksInput input) {
    machine.accept(input, gate.journal().clock().nanos(), this::perform);
  }

  private void perform(SocksEffect effect) {
    switch (effect) {
      case SocksEffect.Send(SocksReply reply) -> {
        ByteBuf out = context().alloc().buffer(REPLY_MAX);
        reply.writeTo(out);
        context().write(out, context().voidPromise());
      }
      case SocksEffect.Authenticate(String user, Secret password) ->
          gate.login(accounts(), user, password, connection, context().channel(), login);
      case SocksEffect.AuthenticateUserid(String user) ->
          gate.loginByName(accounts(), user, connection, context().channel(), login);
      case SocksEffect.OpenFlow(var destination) -> {
        stopTimer();
        opener =
            new FlowOpener(service, gate, context().channel(), connection, connection, outcome);
        opener.open(subject, destination, kind);
      }
      case SocksEffect.Listen(SocksMessage.Bind5 request) -> listen(request);
      case SocksEffect.Associate(SocksMessage.Associate5 request) -> associate(request);
      case SocksEffect.Join _ -> join();
      case SocksEffect.Rejected(Refusal refusal) -> gate.journal().rejected(refusal.kind());
      case SocksEffect.CloseAfterFlush _ -> closeAfterFlush();
      case SocksEffect.Tarpit _ -> {
        startClosing();
        tarpit = true;
        closeIn(Gate.TARPIT);
      }
      case SocksEffect.Close _ -> {
        startClosing();
        if (opener != null) opener.cancel();
        if (listening != null) listening.close();
        context().close();
      }
    }
  }

  private void associate(SocksMessage.Associate5 request) {
    stopTimer();
    DatagramRelay opened =
        new DatagramRelay(service, gate, rules, subject, connection, context().channel());
    relay = opened;
    opened.open(
        request,
        new DatagramRelay.Outcome() {
          @Override
          public void opened(InetSocketAddress address) {
            tell(new SocksInput.Associated(address));
          }

          @Override
          public void refused(Refusal refusal) {
            relay = null;
            tell(new SocksInput.OpenRefused(refusal));
          }
        });
  }

  private void listen(SocksMessage.Bind5 request) {
    stopTimer();
    FlowOpener awaiting =
        new FlowOpener(service, gate, context().channel(), connection, connection, outcome);
    opener = awaiting;
    listening =
        PeerListener.listen(
            gate,
            rules,
            subject,
            connection,
            context().channel(),
            request,
            awaiting,
            address -> tell(new SocksInput.Listening(address)));
  }

  private void join() {
    ChannelHandlerContext ctx = context();
    ctx.flush();
    ByteBuf early = held;
    held = Unpooled.EMPTY_BUFFER;
    ctx.pipeline().remove(this);
    if (opener != null) opener.join(early);
  }

  /**
   * Sends the end of our stream behind the last answer and waits for the client's: closing with
   * unread bytes would turn into a reset that overtakes the answer.
   */
  private void closeAfterFlush() {
    startClosing();
    Channel channel = context().channel();
    closeIn(LINGER);
    context()
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            sent -> {
              if (sent.isSuccess()
                  && channel instanceof DuplexChannel duplex
                  && !duplex.isInputShutdown()
                  && channel.pipeline().get(SslHandler.class) == null) {
                duplex.shutdownOutput();
              } else {
                channel.close();
              }
            });
  }

  private void startClosing() {
    stopTimer();
    closing = true;
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }

  private void closeIn(Duration delay) {
    Channel channel = context().channel();
    timer =
        context().executor().schedule(() -> channel.close(), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (ctx.isRemoved() || tarpit) return;
    if (closing || machine.expected().isPresent() || held.readableBytes() < EARLY_MAX) ctx.read();
  }

  private ByteBuf replaceEmpty(ByteBuf bytes) {
    held.release();
    return bytes;
  }

  private void stopTimer() {
    if (timer != null) timer.cancel(false);
  }

  private Accounts accounts() {
    return rules.accounts().orElseThrow();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    return ctx;
  }

  private final Gate.Login login =
      new Gate.Login() {
        @Override
        public void accepted(Subject who) {
          subject = who;
          tell(new SocksInput.Authenticated(who.user().orElseThrow()));
        }

        @Override
        public void refused(Refusal refusal) {
          tell(new SocksInput.AuthRefused(refusal));
        }
      };

  private final FlowOpener.Outcome outcome =
      new FlowOpener.Outcome() {
        @Override
        public void opened(Channel upstream) {
          tell(
              new SocksInput.Opened(
                  (listening == null ? upstream.localAddress() : upstream.remoteAddress())
                          instanceof InetSocketAddress local
                      ? Optional.of(local)
                      : Optional.empty()));
        }

        @Override
        public void refused(Refusal refusal) {
          tell(new SocksInput.OpenRefused(refusal));
        }
      };
}
