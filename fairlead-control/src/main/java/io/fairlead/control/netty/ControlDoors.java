package io.fairlead.control.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.control.access.Door;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketDescriptors;
import io.fairlead.net.tls.ServerTls;
import io.micrometer.core.instrument.Counter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Binds the doors and receives who comes in. As many connections from one source (address, or user
 * of the unix socket) as its limits say, and {@value #TCP_MAX} over TCP in all; the unix socket has
 * its own {@value #UNIX_MAX}, so that strangers on the TCP side cannot keep the operator out. What
 * is over is answered 503 and closed, and counted in {@code fairlead_limit_rejections_total}. None
 * of the limits of traffic apply here.
 *
 * <p>{@link #bind} methods block and belong to the thread that owns the server; the counts belong
 * to the one event loop.
 */
public final class ControlDoors {
  static final int TCP_MAX = 128;
  static final int UNIX_MAX = 64;

  private static final long HANDSHAKE_MILLIS_MAX = 10_000;

  private static final byte[] BUSY =
      ("HTTP/1.1 503 Service Unavailable\r\n"
              + "Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
          .getBytes(US_ASCII);

  /** On every answer; the API is nobody's page and nobody's cache entry. */
  private static final List<FieldEdits.Field> SECURITY_FIELDS =
      List.of(
          new FieldEdits.Field(
              "Content-Security-Policy",
              "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
          new FieldEdits.Field("X-Content-Type-Options", "nosniff"),
          new FieldEdits.Field("Referrer-Policy", "no-referrer"),
          new FieldEdits.Field("Cache-Control", "no-store"));

  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final HttpEdge edge;
  private final ControlHandler handler;
  private final Counter rejected;
  private final Watch<ControlLimits> limits;
  private volatile Optional<ServerTls> tls = Optional.empty();

  // Event loop only. Keys leave with their last connection.
  private final Map<Object, Integer> bySource = new HashMap<>();
  private int tcpConnections;
  private int unixConnections;

  /**
   * @param loops a single loop of its own
   * @param connections where control connections are recorded: not the registry of traffic
   */
  public ControlDoors(
      EventLoops loops,
      ConnectionRegistry connections,
      HttpEdge edge,
      ControlHandler handler,
      Watch<ControlLimits> limits,
      Meters meters) {
    this.loops = loops;
    this.connections = connections;
    this.edge = edge;
    this.handler = handler;
    this.limits = limits;
    this.rejected =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "control_connections");
  }

  /** What TCP connections speak from now on; those that are open stay as they are. */
  public void secure(Optional<ServerTls> with) {
    tls = with;
  }

  /**
   * Binds a TCP door; {@link BoundDoor#open} begins to accept.
   *
   * @throws IOException the address cannot be had
   */
  public BoundDoor bind(InetSocketAddress address) throws IOException {
    return bound(address);
  }

  /**
   * Binds the unix door with mode 0600. A missing parent directory is made, 0700; a socket file
   * that nobody answers at any more is replaced.
   *
   * @throws BindException somebody answers there
   * @throws IOException the path cannot be used
   */
  public BoundDoor bind(Path socket) throws IOException {
    Path parent = socket.toAbsolutePath().getParent();
    if (parent != null && !Files.exists(parent)) {
      Files.createDirectories(
          parent,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    removeStale(socket);
    BoundDoor door = bound(loops.unixAddress(socket.toString()));
    try {
      // Not accepting yet. Who connects before this line waits in the backlog and meets the check
      // of its uid all the same.
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException failure) {
      door.close();
      throw failure;
    }
    return door;
  }

  /**
   * Makes a TCP door of a socket that another process bound.
   *
   * @param descriptor takes ownership
   */
  public BoundDoor adopt(int descriptor) throws IOException {
    BoundDoor.Guests guests = new BoundDoor.Guests();
    ServerBootstrap bootstrap = bootstrap(() -> SocketDescriptors.tcpServer(descriptor), guests);
    bootstrap.childOption(ChannelOption.TCP_NODELAY, true);
    return door(bootstrap.register(), guests);
  }

  /**
   * Binds the unix door beside one that another process still has: under a name of its own.
   *
   * @see #settle
   */
  public BoundDoor bindBeside(Path socket) throws IOException {
    return bind(beside(socket));
  }

  /** Gives a door bound beside another its place. */
  public void settle(BoundDoor door, Path socket) throws IOException {
    door.rename(beside(socket), socket);
  }

  private static Path beside(Path socket) {
    return socket.resolveSibling(socket.getFileName() + "." + ProcessHandle.current().pid());
  }

  private BoundDoor bound(SocketAddress address) throws IOException {
    BoundDoor.Guests guests = new BoundDoor.Guests();
    ServerBootstrap bootstrap = bootstrap(loops.serverChannels(address), guests);
    if (address instanceof InetSocketAddress) {
      bootstrap.option(ChannelOption.SO_REUSEADDR, true);
      bootstrap.childOption(ChannelOption.TCP_NODELAY, true);
    }
    return door(bootstrap.bind(address), guests);
  }

  private ServerBootstrap bootstrap(
      ChannelFactory<? extends ServerChannel> channels, BoundDoor.Guests guests) {
    return new ServerBootstrap()
        .group(loops.group())
        .channelFactory(channels)
        .option(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.ALLOCATOR, loops.allocator())
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                receive(channel, guests);
              }
            });
  }

  private BoundDoor door(ChannelFuture opening, BoundDoor.Guests guests) throws IOException {
    opening.awaitUninterruptibly();
    if (!opening.isSuccess()) {
      Throwable cause = opening.cause();
      throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
    }
    return new BoundDoor(opening.channel(), guests, loops.clock());
  }

  private void receive(Channel channel, BoundDoor.Guests guests) {
    Door door = doorOf(channel);
    Object source = sourceOf(door);
    if (!admit(door, source)) {
      rejected.increment();
      channel.writeAndFlush(Unpooled.wrappedBuffer(BUSY)).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    channel.closeFuture().addListener(_ -> release(door, source));
    channel.attr(ControlHandler.DOOR).set(door);
    guests.add(channel);
    Optional<ServerTls> secured = tls;
    if (door instanceof Door.Tcp && secured.isPresent()) {
      secured.get().install(channel, HANDSHAKE_MILLIS_MAX);
      channel.pipeline().addLast(new FailedHandshake());
    }
    LiveConnection connection = connections.register(channel, "control", remoteOf(channel, door));
    edge.attach(channel, connection, settings(limits.current()), handler, Unpooled.EMPTY_BUFFER);
  }

  private boolean admit(Door door, Object source) {
    int held = bySource.getOrDefault(source, 0);
    if (!limits.current().connections().admits(held + 1L)) return false;
    switch (door) {
      case Door.Tcp _ -> {
        if (tcpConnections >= TCP_MAX) return false;
        tcpConnections++;
      }
      case Door.Unix _ -> {
        if (unixConnections >= UNIX_MAX) return false;
        unixConnections++;
      }
    }
    bySource.put(source, held + 1);
    return true;
  }

  private void release(Door door, Object source) {
    switch (door) {
      case Door.Tcp _ -> tcpConnections--;
      case Door.Unix _ -> unixConnections--;
    }
    bySource.computeIfPresent(source, (_, held) -> held == 1 ? null : held - 1);
  }

  /** Ends a connection whose TLS failed: the peer's mistake, of which the edge hears nothing. */
  private static final class FailedHandshake extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        if (handshake.isSuccess()) ctx.pipeline().remove(this);
        else ctx.close();
      }
      ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private static Door doorOf(Channel channel) {
    if (channel.remoteAddress() instanceof InetSocketAddress peer
        && channel.localAddress() instanceof InetSocketAddress local) {
      return new Door.Tcp(peer, local);
    }
    try {
      PeerCredentials credentials =
          switch (channel) {
            case EpollDomainSocketChannel epoll -> epoll.peerCredentials();
            case KQueueDomainSocketChannel kqueue -> kqueue.peerCredentials();
            default -> throw new IOException("no credentials on " + channel);
          };
      return new Door.Unix(OptionalInt.of(credentials.uid()));
    } catch (IOException unknown) {
      return new Door.Unix(OptionalInt.empty());
    }
  }

  private static Object sourceOf(Door door) {
    return switch (door) {
      case Door.Tcp(InetSocketAddress peer, _) -> peer.getAddress();
      case Door.Unix unix -> unix;
    };
  }

  private static SocketAddress remoteOf(Channel channel, Door door) {
    return door instanceof Door.Tcp(InetSocketAddress peer, _) ? peer : channel.localAddress();
  }

  private static void removeStale(Path socket) throws IOException {
    BasicFileAttributes found;
    try {
      found = Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException free) {
      return;
    }
    if (!found.isOther()) {
      throw new IOException(socket + ": exists and is not a socket");
    }
    if (answers(socket)) {
      throw new BindException(socket + ": another process answers there");
    }
    Files.deleteIfExists(socket);
  }

  private static boolean answers(Path socket) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException refused) {
      return false;
    }
  }

  private static HttpSettings settings(ControlLimits bounds) {
    HttpSettings defaults = HttpSettings.DEFAULTS;
    return new HttpSettings(
        defaults.requestLineMax(),
        defaults.headMax(),
        defaults.fieldMax(),
        defaults.fieldsMax(),
        defaults.headTimeout(),
        defaults.firstRequestTimeout(),
        defaults.keepAliveTimeout(),
        defaults.bodyIdleTimeout(),
        bounds.document(),
        defaults.writeStallTimeout(),
        defaults.requestsMax(),
        defaults.pace(),
        false,
        HttpSettings.Underscore.DROP,
        true,
        SECURITY_FIELDS);
  }
}
