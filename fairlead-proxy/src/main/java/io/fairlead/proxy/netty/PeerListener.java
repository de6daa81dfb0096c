package io.fairlead.proxy.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.access.Subject;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the one connection a SOCKS client asked for with BIND (RFC 1928 §4). Whoever else
 * connects is turned away and the wait goes on. Confined to the client's event loop.
 */
final class PeerListener implements Dialer<Channel> {
  private static final Duration WAIT = Duration.ofSeconds(120);
  private static final int BACKLOG = 4;

  private final Gate gate;
  private final ForwardRules rules;
  private final LiveConnection connection;
  private final EventLoop loop;
  private final DestinationGuard guard;
  private final Optional<String> from;
  private final Consumer<InetSocketAddress> onListening;
  private final CompletableFuture<Channel> accepted = new CompletableFuture<>();
  private @Nullable Channel server;
  private boolean closed;

  private PeerListener(
      Gate gate,
      ForwardRules rules,
      Subject subject,
      LiveConnection connection,
      EventLoop loop,
      Optional<String> from,
      Consumer<InetSocketAddress> onListening) {
    this.gate = gate;
    this.rules = rules;
    this.connection = connection;
    this.loop = loop;
    this.guard = rules.guardFor(subject, Flow.Kind.SOCKS5);
    this.from = from;
    this.onListening = onListening;
  }

  /**
   * Begins to wait; the opener tells the end of it.
   *
   * @param onListening hears where the other side can connect to
   */
  static PeerListener listen(
      Gate gate,
      ForwardRules rules,
      Subject subject,
      LiveConnection connection,
      Channel client,
      SocksMessage.Bind5 request,
      FlowOpener opener,
      Consumer<InetSocketAddress> onListening) {
    PeerListener listener =
        new PeerListener(
            gate, rules, subject, connection, client.eventLoop(), request.from(), onListening);
    // The port a client names is where its peer listens, not where it connects from; 1 stands for
    // none, since a destination has one.
    Destination.HostPort to =
        new Destination.HostPort(request.from().orElse("0.0.0.0"), Math.max(1, request.port()));
    connection.onClosed(listener::close);
    opener.await(subject, to, listener, WAIT, rules);
    return listener;
  }

  @Override
  public CompletionStage<Channel> dial(Destination destination, Duration timeout) {
    Destination.HostPort to = (Destination.HostPort) destination;
    var timer =
        loop.schedule(
            () ->
                accepted.completeExceptionally(
                    new DialException.TimedOut(to, to + ": nobody connected in time")),
            timeout.toNanos(),
            TimeUnit.NANOSECONDS);
    var _ =
        accepted.whenComplete(
            (_, _) -> {
              timer.cancel(false);
              close();
            });
    if (from.isEmpty()) {
      open(to, List.of());
      return accepted;
    }
    var _ =
        gate.egress()
            .addresses()
            .find(to, guard, rules.egress().options(), loop)
            .whenComplete(
                (addresses, failure) -> {
                  if (addresses == null) {
                    accepted.completeExceptionally(
                        failure == null ? new IllegalStateException("no answer") : failure);
                  } else {
                    open(to, addresses.stream().map(InetSocketAddress::getAddress).toList());
                  }
                });
    return accepted;
  }

  /** Waits no longer; again does nothing. */
  void close() {
    closed = true;
    if (server != null) server.close();
  }

  /**
   * @param expected who may connect; empty for anybody the rules allow
   */
  private void open(Destination.HostPort to, List<InetAddress> expected) {
    if (closed) return;
    EventLoops loops = gate.egress().loops();
    if (!loops.descriptors().room()) {
      loops.descriptors().refuse();
      accepted.completeExceptionally(
          new DialException.Exhausted(to, "no socket: the rest is reserved"));
      return;
    }
    Optional<InetAddress> local = localTowards(expected);
    if (local.isEmpty()) {
      accepted.completeExceptionally(
          new DialException.Unreachable(to, true, to + ": no address to listen on"));
      return;
    }
    InetSocketAddress address = new InetSocketAddress(local.get(), 0);
    loops.descriptors().take();
    new ServerBootstrap()
        .group(loop)
        .channelFactory(loops.serverChannels(address))
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.ALLOCATOR, loops.allocator())
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childHandler(new Accepted(to, expected))
        .bind(address)
        .addListener(
            (io.netty.channel.ChannelFuture bound) -> {
              bound.channel().closeFuture().addListener(loops.descriptors());
              if (!bound.isSuccess()) {
                bound.channel().close();
                accepted.completeExceptionally(
                    new DialException.Exhausted(to, "no port to listen on"));
              } else if (closed) {
                bound.channel().close();
              } else {
                server = bound.channel();
                // Later: the opener does not yet know what it waits for.
                loop.execute(
                    () -> {
                      if (!closed) {
                        onListening.accept((InetSocketAddress) bound.channel().localAddress());
                      }
                    });
              }
            });
  }

  /** Where the other side can reach us: the source we would send to it from. */
  private Optional<InetAddress> localTowards(List<InetAddress> expected) {
    InetAddress arrived =
        connection.local() instanceof InetSocketAddress socket
            ? socket.getAddress()
            : InetAddress.getLoopbackAddress();
    if (expected.isEmpty()) {
      List<InetAddress> sources = rules.egress().options().sources();
      return Optional.of(sources.isEmpty() ? arrived : sources.getFirst());
    }
    Optional<InetSocketAddress> source = rules.egress().options().sourceFor(expected.getFirst());
    if (source.isPresent()) return source.map(InetSocketAddress::getAddress);
    try (DatagramChannel route = DatagramChannel.open()) {
      route.connect(new InetSocketAddress(expected.getFirst(), 9)); // sends nothing, only routes
      return Optional.of(((InetSocketAddress) route.getLocalAddress()).getAddress());
    } catch (IOException noRoute) {
      return Optional.empty();
    }
  }

  /** Judges one who connected. */
  private final class Accepted extends ChannelInboundHandlerAdapter {
    private final Destination.HostPort to;
    private final List<InetAddress> expected;

    Accepted(Destination.HostPort to, List<InetAddress> expected) {
      this.to = to;
      this.expected = expected;
    }

    @Override
    public boolean isSharable() {
      return true; // keeps nothing of a channel
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Channel peer = ctx.channel();
      EventLoops loops = gate.egress().loops();
      loops.descriptors().take();
      peer.closeFuture().addListener(loops.descriptors());
      boolean welcome =
          peer.remoteAddress() instanceof InetSocketAddress remote
              && (expected.isEmpty() || expected.contains(remote.getAddress()))
              && guard.checkAddress(to, remote).isEmpty();
      if (!welcome) {
        peer.close();
        return;
      }
      ctx.pipeline().remove(this);
      loops.buffers().install(peer);
      if (!accepted.complete(peer)) peer.close(); // somebody was first
    }
  }
}
