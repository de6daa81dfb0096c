package io.fairlead.net.dial;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketTuning;
import io.fairlead.net.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One dial, confined to its event loop. Performs what {@link HappyEyeballs} decides. */
final class Dial {
  /** How to secure the connection. */
  record Tls(ClientTls settings, String serverName) {}

  private final EventLoops loops;
  private final AllowedAddresses addresses;
  private final DestinationGuard guard;
  private final EventLoop loop;
  private final Destination destination;
  private final DialOptions options;
  private final Optional<Tls> tls;
  private final Optional<Preface> preface;
  private final CompletableFuture<Channel> result = new CompletableFuture<>();
  private final Map<Integer, Channel> attempts = new HashMap<>(4);
  private @Nullable HappyEyeballs eyeballs;
  private @Nullable Future<?> timer;
  private @Nullable DialException lastFailure;

  Dial(
      EventLoops loops,
      AllowedAddresses addresses,
      DestinationGuard guard,
      EventLoop loop,
      Destination destination,
      DialOptions options,
      Optional<Tls> tls,
      Optional<Preface> preface) {
    this.loops = loops;
    this.addresses = addresses;
    this.guard = guard;
    this.loop = loop;
    this.destination = destination;
    this.options = options;
    this.tls = tls;
    this.preface = preface;
  }

  Destination destination() {
    return destination;
  }

  CompletableFuture<Channel> start(Duration timeout) {
    if (loop.inEventLoop()) {
      begin(timeout);
    } else {
      loop.execute(() -> begin(timeout));
    }
    return result;
  }

  private void begin(Duration timeout) {
    // Whoever cancels the result, or the time-out, ends the attempts.
    var _ = result.whenComplete((channel, _) -> onLoop(() -> cleanUp(channel)));
    timer =
        loop.schedule(
            () ->
                fail(new DialException.TimedOut(destination, destination + ": no answer in time")),
            timeout.toNanos(),
            TimeUnit.NANOSECONDS);
    switch (destination) {
      case Destination.HostPort target -> resolve(target);
      case Destination.UnixSocket(String path) -> connect(1, loops.unixAddress(path));
      case Destination.Peer _, Destination.Tunnel _ ->
          throw new IllegalStateException("destination: " + destination);
    }
  }

  private void resolve(Destination.HostPort target) {
    addresses
        .find(target, guard, options, loop)
        .whenComplete(
            (allowed, failure) -> {
              if (failure instanceof DialException refusal) {
                fail(refusal);
              } else if (allowed != null && !result.isDone()) {
                eyeballs = new HappyEyeballs(allowed);
                tell(new HappyEyeballs.Input.Start());
              }
            });
  }

  private void tell(HappyEyeballs.Input input) {
    if (eyeballs == null) {
      tellSingle(input);
    } else {
      // The delay is relative, so the machine needs no time of day.
      eyeballs.accept(input, 0, this::perform);
    }
  }

  /** A Unix socket has one address and no race. */
  private void tellSingle(HappyEyeballs.Input input) {
    switch (input) {
      case HappyEyeballs.Input.Connected(int attempt) ->
          perform(new HappyEyeballs.Effect.Win(attempt));
      case HappyEyeballs.Input.Failed _ -> perform(new HappyEyeballs.Effect.GiveUp());
      case HappyEyeballs.Input.Start _, HappyEyeballs.Input.Wake _ -> {}
    }
  }

  private void perform(HappyEyeballs.Effect effect) {
    switch (effect) {
      case HappyEyeballs.Effect.Connect(int attempt, InetSocketAddress address) ->
          connect(attempt, address);
      case HappyEyeballs.Effect.WakeAfter(int attempt, Duration delay) -> {
        var _ = // a wake that is not needed any more does nothing
            loop.schedule(
                () -> {
                  if (!result.isDone()) tell(new HappyEyeballs.Input.Wake(attempt));
                },
                delay.toNanos(),
                TimeUnit.NANOSECONDS);
      }
      case HappyEyeballs.Effect.Win(int attempt) -> won(attempt);
      case HappyEyeballs.Effect.Abandon(int attempt) -> {
        Channel channel = attempts.remove(attempt);
        if (channel != null) close(channel);
      }
      case HappyEyeballs.Effect.GiveUp() ->
          fail(
              lastFailure == null
                  ? new DialException.Unreachable(destination, false, "no attempt was made")
                  : lastFailure);
    }
  }

  private void connect(int attempt, SocketAddress address) {
    if (result.isDone()) return;
    if (!loops.descriptors().room()) {
      loops.descriptors().refuse();
      failed(attempt, new DialException.Exhausted(destination, "no socket: the rest is reserved"));
      return;
    }
    Channel channel;
    try {
      channel = loops.clientChannels(address).newChannel();
    } catch (ChannelException failure) {
      failed(attempt, new DialException.Exhausted(destination, "no socket: descriptors used up"));
      return;
    }
    attempts.put(attempt, channel);
    loops.descriptors().take();
    channel.closeFuture().addListener(loops.descriptors());
    configure(channel);
    Optional<String> refused = options.applyTo(channel);
    if (refused.isPresent()) {
      attempts.remove(attempt);
      close(channel);
      failed(attempt, new DialException.Exhausted(destination, refused.get()));
      return;
    }
    loop.register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                opened(channel, address)
                    .addListener(connected -> onLoop(() -> settled(attempt, channel, connected)));
              } else {
                close(channel);
                failed(attempt, ConnectFailure.of(destination, cause(registered)));
              }
            });
  }

  private ChannelFuture opened(Channel channel, SocketAddress address) {
    Optional<InetSocketAddress> source =
        address instanceof InetSocketAddress inet
            ? options.sourceFor(inet.getAddress())
            : Optional.empty();
    return source.isPresent() ? channel.connect(address, source.get()) : channel.connect(address);
  }

  private void configure(Channel channel) {
    channel.config().setAllocator(loops.allocator());
    channel.config().setAutoRead(false);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.config().setOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0); // the dial's own timer
    if (destination instanceof Destination.HostPort) {
      channel.config().setOption(ChannelOption.TCP_NODELAY, true);
      channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      SocketTuning.probeSilentPeer(channel);
    }
    loops.buffers().install(channel);
  }

  private void settled(int attempt, Channel channel, Future<? super Void> connected) {
    if (connected.isSuccess()) {
      tell(new HappyEyeballs.Input.Connected(attempt));
      return;
    }
    attempts.remove(attempt);
    close(channel);
    failed(attempt, ConnectFailure.of(destination, cause(connected)));
  }

  private void failed(int attempt, DialException failure) {
    lastFailure = failure;
    if (!result.isDone()) tell(new HappyEyeballs.Input.Failed(attempt));
  }

  private void won(int attempt) {
    Channel channel = attempts.get(attempt);
    if (channel == null) return;
    // Not flushed: it leaves with what comes next, in one packet.
    preface.ifPresent(first -> channel.write(first.bytes(channel.alloc()), channel.voidPromise()));
    if (tls.isEmpty()) {
      deliver(attempt, channel);
      return;
    }
    SslHandler handler =
        tls.get().settings().newHandler(channel.alloc(), tls.get().serverName(), portOf());
    handler.setHandshakeTimeoutMillis(0); // the dial's own timer
    HandshakeErrors errors = new HandshakeErrors();
    channel.pipeline().addLast("tls", handler).addLast(errors);
    channel.read(); // autoRead is off: the handler asks for more by itself once it was given some
    handler
        .handshakeFuture()
        .addListener(
            handshake -> {
              if (handshake.isSuccess()) {
                channel.pipeline().remove(errors);
                deliver(attempt, channel);
              } else {
                fail(new DialException.Insecure(destination, reason(cause(handshake))));
              }
            });
  }

  private int portOf() {
    return destination instanceof Destination.HostPort target ? target.port() : 0;
  }

  private void deliver(int attempt, Channel channel) {
    attempts.remove(attempt);
    if (!result.complete(channel)) close(channel); // timed out or cancelled meanwhile
  }

  /** Nobody waits for the end of an attempt that lost. */
  private static void close(Channel channel) {
    var _ = channel.close();
  }

  private void fail(DialException failure) {
    result.completeExceptionally(failure);
  }

  private void cleanUp(@Nullable Channel delivered) {
    if (timer != null) timer.cancel(false);
    for (Channel channel : attempts.values()) {
      if (channel != delivered) close(channel);
    }
    attempts.clear();
  }

  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private static Throwable cause(Future<?> future) {
    Throwable cause = future.cause();
    return cause == null ? new IllegalStateException("no cause") : cause;
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) root = root.getCause();
    return "TLS handshake failed: " + root.getMessage();
  }

  /**
   * Ends the errors that a failing handshake also fires through the pipeline: the future has it.
   */
  private static final class HandshakeErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
