package io.fairlead.net.listen;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.NetCodes;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketDescriptors;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens listening channels that do not accept yet. Blocks; never called on an event loop. */
final class Binder {
  private static final Logger log = LoggerFactory.getLogger(Binder.class);
  private static final int BACKLOG = 4096; // the kernel lowers it to net.core.somaxconn

  // A loop with a thousand busy flows takes long for a turn; at 16 a turn, Netty's default, who
  // comes
  // then waits for seconds.
  private static final int ACCEPTS_PER_TURN = 128;

  private static final int DATAGRAM_BYTES_MAX = 65_535; // RFC 768: the length field has 16 bits

  private final EventLoops loops;

  Binder(EventLoops loops) {
    this.loops = loops;
  }

  /** A channel that listens and reads nothing yet. */
  record Bound(Channel channel, boolean inherited) {}

  /**
   * Makes a channel of a socket that another process bound. Its options are as that process set
   * them.
   *
   * @param descriptor takes ownership
   */
  Bound adopt(ListenerKey key, int descriptor, ListenerSpec spec) throws ConfigException {
    if (!loops.passesDescriptors()) {
      SocketDescriptors.close(descriptor);
      throw problem(key, 0, spec, "a socket was passed, which needs transport epoll");
    }
    Channel channel =
        switch (key) {
          case ListenerKey.Tcp _ -> SocketDescriptors.tcpServer(descriptor);
          case ListenerKey.Udp _ -> SocketDescriptors.datagrams(descriptor);
          case ListenerKey.Unix _ -> SocketDescriptors.unixServer(descriptor);
        };
    channel.config().setAutoRead(false);
    if (key instanceof ListenerKey.Udp) {
      sizeDatagrams(channel);
    } else {
      acceptMany(channel);
    }
    ChannelFuture registered = loops.next().register(channel).awaitUninterruptibly();
    if (!registered.isSuccess()) {
      channel.close().awaitUninterruptibly();
      throw problem(key, 0, spec, String.valueOf(registered.cause()));
    }
    return new Bound(channel, true);
  }

  /**
   * Binds a TCP or UDP address or a Unix socket.
   *
   * @param port instead of the key's own, for the further sockets of a listener
   * @throws ConfigException it cannot be bound; the message says why and who has it
   */
  Bound bind(ListenerKey key, int port, ListenerSpec spec) throws ConfigException {
    SocketAddress address;
    switch (key) {
      case ListenerKey.Tcp(String host, _, _) -> address = resolve(host, port, spec);
      case ListenerKey.Udp(String host, _, _) -> address = resolve(host, port, spec);
      case ListenerKey.Unix(String path) -> {
        removeStale(Path.of(path));
        address = loops.unixAddress(path);
      }
    }
    Channel channel =
        key instanceof ListenerKey.Udp
            ? loops.datagramChannels().newChannel()
            : loops.serverChannels(address).newChannel();
    channel.config().setAutoRead(false);
    switch (key) {
      case ListenerKey.Tcp _ -> {
        channel.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        acceptMany(channel);
      }
      case ListenerKey.Unix _ -> {
        channel.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
        acceptMany(channel);
      }
      case ListenerKey.Udp _ -> sizeDatagrams(channel);
    }
    ChannelFuture bound = loops.next().register(channel).awaitUninterruptibly();
    if (bound.isSuccess()) bound = channel.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      channel.close().awaitUninterruptibly();
      Throwable cause = bound.cause();
      throw problem(key, port, spec, cause == null ? "" : String.valueOf(cause.getMessage()));
    }
    if (key instanceof ListenerKey.Unix(String path)) restrict(Path.of(path));
    return new Bound(channel, false);
  }

  private static void acceptMany(Channel channel) {
    channel
        .config()
        .setRecvByteBufAllocator(
            new ServerChannelRecvByteBufAllocator().maxMessagesPerRead(ACCEPTS_PER_TURN));
  }

  private void sizeDatagrams(Channel channel) {
    channel.config().setAllocator(loops.allocator());
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(DATAGRAM_BYTES_MAX));
  }

  private static InetSocketAddress resolve(String host, int port, ListenerSpec spec)
      throws ConfigException {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException unknown) {
      throw new ConfigException(unknownHost(spec));
    }
  }

  static Problem unknownHost(ListenerSpec spec) {
    return Problem.error(
        NetCodes.CANNOT_BIND.id(),
        path(spec),
        Problem.Place.NOWHERE,
        "cannot bind " + spec.bind() + ": no host and no network interface of that name",
        "use an address of this machine");
  }

  static Problem twice(ListenerSpec spec, ListenerSpec other) {
    return Problem.error(
        NetCodes.ADDRESS_IN_USE.id(),
        "/listeners/" + spec.id() + "/bind",
        Problem.Place.NOWHERE,
        "listeners " + other.id() + " and " + spec.id() + " both bind " + spec.bind(),
        "give one of them another port");
  }

  private static ConfigException problem(
      ListenerKey key, int port, ListenerSpec spec, String cause) {
    String text = cause.toLowerCase(Locale.ROOT);
    if (text.contains("in use")) {
      Optional<String> holder =
          key instanceof ListenerKey.Tcp ? PortHolder.of(port) : Optional.empty();
      return new ConfigException(
          Problem.error(
              NetCodes.ADDRESS_IN_USE.id(),
              path(spec),
              Problem.Place.NOWHERE,
              "address in use: " + spec.bind() + holder.map(h -> ", held by " + h).orElse(""),
              "stop the other program or choose another port"));
    }
    String hint =
        text.contains("permission")
            ? "ports below 1024 need CAP_NET_BIND_SERVICE, or"
                + " sysctl net.ipv4.ip_unprivileged_port_start"
            : text.contains("cannot assign") ? "the address is not one of this machine" : "";
    return new ConfigException(
        Problem.error(
            NetCodes.CANNOT_BIND.id(),
            path(spec),
            Problem.Place.NOWHERE,
            "cannot bind " + spec.bind() + ": " + cause,
            hint));
  }

  private static String path(ListenerSpec spec) {
    return "/listeners/" + spec.id() + "/bind";
  }

  /** A socket file nobody listens on is what a killed process left behind. */
  private static void removeStale(Path path) {
    if (!Files.exists(path) || Files.isRegularFile(path) || Files.isDirectory(path)) return;
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      log.atDebug().addKeyValue("path", path).log("unix socket is alive");
    } catch (ConnectException _) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException _) {
        log.atDebug().addKeyValue("path", path).log("stale unix socket could not be removed");
      }
    } catch (IOException _) {
      log.atDebug().addKeyValue("path", path).log("unix socket could not be probed");
    }
  }

  private static void restrict(Path path) {
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | UnsupportedOperationException failure) {
      log.atWarn()
          .addKeyValue("path", path)
          .setCause(failure)
          .log("permissions of unix socket could not be set");
    }
  }
}
