package io.fairlead.net.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channel classes of one transport. */
record Transport(
    TransportKind kind,
    IoHandlerFactory handlers,
    ChannelFactory<? extends ServerChannel> tcpServers,
    ChannelFactory<? extends ServerChannel> unixServers,
    ChannelFactory<? extends SocketChannel> tcp,
    ChannelFactory<? extends Channel> unix,
    ChannelFactory<? extends DatagramChannel> udp) {
  private static final Logger log = LoggerFactory.getLogger(Transport.class);

  static Transport choose(TransportKind wanted) {
    if (wanted != TransportKind.AUTO) {
      if (available(wanted)) return of(wanted);
      log.atWarn()
          .addKeyValue("wanted", wanted)
          .addKeyValue("cause", unavailability(wanted))
          .log("transport unavailable, another is used");
    }
    if (Epoll.isAvailable()) return of(TransportKind.EPOLL);
    if (KQueue.isAvailable()) return of(TransportKind.KQUEUE);
    return of(TransportKind.NIO);
  }

  SocketAddress unixAddress(String path) {
    return kind == TransportKind.NIO
        ? UnixDomainSocketAddress.of(path)
        : new DomainSocketAddress(path);
  }

  private static boolean available(TransportKind kind) {
    return switch (kind) {
      case EPOLL -> Epoll.isAvailable();
      case KQUEUE -> KQueue.isAvailable();
      case IO_URING -> IoUring.isAvailable();
      case NIO, AUTO -> true;
    };
  }

  private static String unavailability(TransportKind kind) {
    return switch (kind) {
      case EPOLL -> rootMessage(Epoll.unavailabilityCause());
      case KQUEUE -> rootMessage(KQueue.unavailabilityCause());
      case IO_URING -> rootMessage(IoUring.unavailabilityCause());
      case NIO, AUTO -> "";
    };
  }

  private static String rootMessage(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) cause = cause.getCause();
    return cause.toString();
  }

  private static Transport of(TransportKind kind) {
    return switch (kind) {
      case EPOLL ->
          new Transport(
              kind,
              PausableEpoll.factory(),
              EpollServerSocketChannel::new,
              EpollServerDomainSocketChannel::new,
              EpollSocketChannel::new,
              EpollDomainSocketChannel::new,
              EpollDatagramChannel::new);
      case KQUEUE ->
          new Transport(
              kind,
              KQueueIoHandler.newFactory(),
              KQueueServerSocketChannel::new,
              KQueueServerDomainSocketChannel::new,
              KQueueSocketChannel::new,
              KQueueDomainSocketChannel::new,
              KQueueDatagramChannel::new);
      case IO_URING ->
          new Transport(
              kind,
              IoUringIoHandler.newFactory(),
              IoUringServerSocketChannel::new,
              IoUringServerDomainSocketChannel::new,
              IoUringSocketChannel::new,
              IoUringDomainSocketChannel::new,
              IoUringDatagramChannel::new);
      case NIO, AUTO ->
          new Transport(
              TransportKind.NIO,
              NioIoHandler.newFactory(),
              NioServerSocketChannel::new,
              NioServerDomainSocketChannel::new,
              NioSocketChannel::new,
              NioDomainSocketChannel::new,
              NioDatagramChannel::new);
    };
  }
}
