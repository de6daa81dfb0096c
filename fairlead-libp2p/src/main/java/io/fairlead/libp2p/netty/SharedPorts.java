package io.fairlead.libp2p.netty;

import io.fairlead.net.loop.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.StandardSocketOptions;

/**
 * Lets sockets of one user share a port ({@code SO_REUSEPORT}). Netty's native transports know the
 * option by name for listening sockets only, so theirs is set by number.
 */
final class SharedPorts {
  private static final ChannelOption<Boolean> NIO =
      NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
  private static final ChannelOption<Integer> LINUX =
      new IntegerUnixChannelOption("SO_REUSEPORT", 1, 15);
  private static final ChannelOption<Integer> BSD =
      new IntegerUnixChannelOption("SO_REUSEPORT", 0xFFFF, 0x200);

  private SharedPorts() {}

  static void on(EventLoops loops, Bootstrap bootstrap) {
    switch (loops.transport()) {
      case NIO -> bootstrap.option(NIO, true);
      case KQUEUE -> bootstrap.option(BSD, 1);
      case AUTO, EPOLL, IO_URING -> bootstrap.option(LINUX, 1);
    }
  }

  /** The socket may be bound already. */
  static void on(EventLoops loops, Channel channel) {
    switch (loops.transport()) {
      case NIO -> channel.config().setOption(NIO, true);
      case KQUEUE -> channel.config().setOption(BSD, 1);
      case AUTO, EPOLL, IO_URING -> channel.config().setOption(LINUX, 1);
    }
  }
}
