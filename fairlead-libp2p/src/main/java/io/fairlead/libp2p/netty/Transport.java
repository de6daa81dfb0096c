package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketDescriptors;
import io.fairlead.net.loop.SocketTuning;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Listens and dials: {@code /ip4/…/tcp/…}, {@code /ip6/…/tcp/…}, and the same with {@code /ws} or
 * {@code /tls/ws} behind the port. Names are resolved by others. Thread-safe.
 */
public final class Transport {
  private static final int BACKLOG = 1024;

  private final EventLoops loops;
  private final Upgrader upgrader;
  private final WebSocketTls webSocketTls;
  private final boolean sharePorts;

  /**
   * TLS below web sockets.
   *
   * @param server empty refuses to listen on such an address
   * @param client empty refuses to dial one
   */
  public record WebSocketTls(Optional<SslContext> server, Optional<SslContext> client) {
    public static final WebSocketTls NONE = new WebSocketTls(Optional.empty(), Optional.empty());
  }

  /** One whose dials come from ports of their own. */
  public Transport(EventLoops loops, Upgrader upgrader, WebSocketTls webSocketTls) {
    this(loops, upgrader, webSocketTls, false);
  }

  /**
   * @param sharePorts whether the ports it listens on may be dialled from
   */
  public Transport(
      EventLoops loops, Upgrader upgrader, WebSocketTls webSocketTls, boolean sharePorts) {
    this.loops = loops;
    this.upgrader = upgrader;
    this.webSocketTls = webSocketTls;
    this.sharePorts = sharePorts;
  }

  /**
   * Starts something before the first read: a peer may speak first, and the future of a connect may
   * be told later than that.
   */
  private static final class WhenActive extends ChannelInboundHandlerAdapter {
    private final Runnable start;

    WhenActive(Runnable start) {
      this.start = start;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      start.run();
      ctx.fireChannelActive();
      ctx.pipeline().remove(this);
    }
  }

  /** Whether it can dial an address. */
  public boolean dials(Multiaddr address) {
    if (address.relayed() || SocketAddresses.socket(address).isEmpty()) return false;
    for (Component component : address.components()) {
      switch (component.protocol()) {
        case IP4, IP6, TCP, WS, WSS, TLS, SNI, P2P -> {}
        default -> {
          return false;
        }
      }
    }
    if (address.has(AddressProtocol.TLS) && !address.has(AddressProtocol.WS)) return false;
    return !SocketAddresses.webSocketTls(address) || webSocketTls.client().isPresent();
  }

  /** Sockets that wait for peers. */
  public record Listening(Multiaddr address, Channel channel) {
    /** Stops accepting; connections go on. */
    public ChannelFuture close() {
      return channel.close();
    }
  }

  /**
   * Listens.
   *
   * @param address with port 0 for any free one
   * @param admits whether a connection from there is let in at all; on the loop
   * @param accepted is given each upgraded connection, on its loop, before any of its streams
   * @return completes with the address bound; fails with the cause
   */
  public CompletionStage<Listening> listen(
      Multiaddr address, Predicate<Multiaddr> admits, Consumer<PeerConnection> accepted) {
    return listen(address, OptionalInt.empty(), admits, accepted);
  }

  /**
   * The same on a socket that listens there already.
   *
   * @param given its descriptor, of which it takes ownership; empty to bind one. Only where loops
   *     take descriptors.
   */
  public CompletionStage<Listening> listen(
      Multiaddr address,
      OptionalInt given,
      Predicate<Multiaddr> admits,
      Consumer<PeerConnection> accepted) {
    Optional<InetSocketAddress> socket = SocketAddresses.socket(address);
    boolean tls = SocketAddresses.webSocketTls(address);
    if (socket.isEmpty() || (tls && webSocketTls.server().isEmpty()))
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("listen: " + address + " (expected: ip, tcp, perhaps ws)"));
    CompletableFuture<Listening> result = new CompletableFuture<>();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(serverChannels(socket.get(), given))
            // Such a socket is active before there is anybody to take what it accepts.
            .option(ChannelOption.AUTO_READ, given.isEmpty())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel, address, admits, accepted);
                  }
                });
    if (given.isEmpty()) {
      bootstrap.option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.SO_REUSEADDR, true);
    }
    (given.isEmpty() ? bootstrap.bind(socket.get()) : bootstrap.register())
        .addListener(
            (ChannelFutureListener)
                bound -> {
                  if (!bound.isSuccess()) {
                    result.completeExceptionally(bound.cause());
                    return;
                  }
                  // Not before: then a port that another process listens on would be taken, too.
                  if (sharePorts) SocketTuning.sharePort(bound.channel());
                  Multiaddr at = SocketAddresses.of(bound.channel().localAddress(), address);
                  if (!result.complete(new Listening(at, bound.channel()))) bound.channel().close();
                  if (given.isEmpty()) return;
                  Channel channel = bound.channel();
                  channel.eventLoop().execute(() -> channel.config().setAutoRead(true));
                });
    return result;
  }

  @SuppressWarnings("unchecked") // a factory of a subclass is a factory of the class
  private io.netty.channel.ChannelFactory<ServerChannel> serverChannels(
      InetSocketAddress socket, OptionalInt given) {
    if (given.isPresent()) return () -> SocketDescriptors.tcpServer(given.getAsInt());
    return (io.netty.channel.ChannelFactory<ServerChannel>) loops.serverChannels(socket);
  }

  private void accept(
      Channel channel,
      Multiaddr listening,
      Predicate<Multiaddr> admits,
      Consumer<PeerConnection> accepted) {
    Multiaddr remote = SocketAddresses.of(channel.remoteAddress(), listening);
    if (!admits.test(remote)) {
      channel.close();
      return;
    }
    loops.buffers().install(channel);
    if (!SocketAddresses.webSocket(listening)) {
      upgrade(channel, remote, accepted);
      return;
    }
    if (SocketAddresses.webSocketTls(listening))
      webSocketTls
          .server()
          .ifPresent(tls -> channel.pipeline().addLast(tls.newHandler(channel.alloc())));
    limit(channel);
    WebSocketOpening.serve(
        channel.pipeline(),
        (open, failure) -> {
          if (failure == null) upgrade(open, remote, accepted);
        });
  }

  private void upgrade(Channel channel, Multiaddr remote, Consumer<PeerConnection> accepted) {
    upgrader
        .accept(channel, remote)
        .whenComplete(
            (connection, failure) -> {
              if (failure == null) accepted.accept(connection);
            });
  }

  /** The web socket is opened within the time of an upgrade. */
  private void limit(Channel channel) {
    long millis = upgrader.settings().inboundTimeout().toMillis();
    var late =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  if (channel.pipeline().get(WebSocketOpening.class) != null) channel.close();
                },
                millis,
                TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> late.cancel(false));
  }

  /**
   * Dials one address.
   *
   * @param address see {@link #dials}; a peer at its end is not looked at
   * @param expected who must answer; null takes anyone
   * @param connectTimeout for the socket; the upgrade has its own
   * @param local to dial from, where it matters; the port may be one that is listened on
   * @return completes on the connection's loop, before any stream of the peer; fails with {@link
   *     UpgradeException} or what the socket says. Cancelling it closes the socket.
   */
  public CompletionStage<PeerConnection> dial(
      Multiaddr address,
      @Nullable PeerId expected,
      Duration connectTimeout,
      Optional<InetSocketAddress> local) {
    return dial(address, expected, connectTimeout, local, true);
  }

  /**
   * The same where both sides dial each other at once, and one of them has to play the part of the
   * side that accepts.
   *
   * @param client whether it is not this one
   */
  public CompletionStage<PeerConnection> dial(
      Multiaddr address,
      @Nullable PeerId expected,
      Duration connectTimeout,
      Optional<InetSocketAddress> local,
      boolean client) {
    CompletableFuture<PeerConnection> result = new CompletableFuture<>();
    Optional<InetSocketAddress> socket = SocketAddresses.socket(address);
    if (!dials(address) || socket.isEmpty()) {
      result.completeExceptionally(
          new IllegalArgumentException("dial: " + address + " (expected: ip, tcp, perhaps ws)"));
      return result;
    }
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops.group())
            .channelFactory(loops.clientChannels(socket.get()))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    loops.buffers().install(channel);
                    if (local.isPresent()) SocketTuning.sharePort(channel);
                    if (SocketAddresses.webSocket(address))
                      open(channel, address, expected, client, result);
                    else
                      channel
                          .pipeline()
                          .addLast(
                              new WhenActive(
                                  () -> finish(channel, address, expected, client, result)));
                  }
                });
    if (local.isPresent()) {
      bootstrap.option(ChannelOption.SO_REUSEADDR, true);
      bootstrap.localAddress(local.get());
    }
    ChannelFuture connecting = bootstrap.connect(socket.get());
    Channel channel = connecting.channel();
    result.whenComplete(
        (_, failure) -> {
          if (failure != null) channel.close(); // the loser of a race, too
        });
    connecting.addListener(
        connected -> {
          if (!connected.isSuccess()) result.completeExceptionally(connected.cause());
        });
    return result;
  }

  private void open(
      Channel channel,
      Multiaddr address,
      @Nullable PeerId expected,
      boolean client,
      CompletableFuture<PeerConnection> result) {
    boolean secure = SocketAddresses.webSocketTls(address);
    if (secure)
      webSocketTls
          .client()
          .ifPresent(tls -> channel.pipeline().addLast(tls.newHandler(channel.alloc())));
    InetSocketAddress socket = SocketAddresses.socket(address).orElseThrow();
    String host =
        address
            .first(AddressProtocol.SNI)
            .map(Component::text)
            .orElse(io.netty.util.NetUtil.toAddressString(socket.getAddress(), true));
    if (host.indexOf(':') >= 0 && !host.startsWith("[")) host = "[" + host + "]";
    URI uri = URI.create((secure ? "wss://" : "ws://") + host + ":" + socket.getPort() + "/");
    limit(channel);
    WebSocketOpening.ask(
        channel.pipeline(),
        uri,
        (opened, failure) -> {
          if (failure == null) finish(opened, address, expected, client, result);
          else
            result.completeExceptionally(
                new UpgradeException(UpgradeException.Reason.WEB_SOCKET, failure));
        });
  }

  private void finish(
      Channel channel,
      Multiaddr address,
      @Nullable PeerId expected,
      boolean client,
      CompletableFuture<PeerConnection> result) {
    Multiaddr remote = SocketAddresses.of(channel.remoteAddress(), address);
    CompletionStage<PeerConnection> upgraded =
        client
            ? upgrader.dialled(channel, remote, expected)
            : upgrader.accept(channel, remote, expected);
    upgraded.whenComplete(
        (connection, failure) -> {
          if (failure != null) result.completeExceptionally(failure);
          else if (!result.complete(connection)) connection.close(0);
        });
  }
}
