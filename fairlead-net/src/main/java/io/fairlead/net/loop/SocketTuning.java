package io.fairlead.net.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Socket options that only some transports know (socket(7), tcp(7) of Linux). */
public final class SocketTuning {
  private static final int SOL_SOCKET = 1;
  private static final int DEVICE_NAME_SIZE = 16;
  private static final IntegerUnixChannelOption SO_MARK =
      new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, 36);
  private static final IntegerUnixChannelOption SO_REUSEPORT =
      new IntegerUnixChannelOption("SO_REUSEPORT", SOL_SOCKET, 15);
  private static final RawUnixChannelOption SO_BINDTODEVICE =
      new RawUnixChannelOption("SO_BINDTODEVICE", SOL_SOCKET, 25, DEVICE_NAME_SIZE);

  private static final int KEEPALIVE_IDLE_SECONDS = 60;
  private static final int KEEPALIVE_EVERY_SECONDS = 10;
  private static final int KEEPALIVE_PROBES = 6;

  private SocketTuning() {}

  /**
   * Notices within two minutes that a peer is gone for good, where the transport lets us say so;
   * elsewhere the system's times hold.
   */
  public static void probeSilentPeer(Channel channel) {
    var config = channel.config();
    config.setOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    config.setOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_EVERY_SECONDS);
    config.setOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES);
  }

  /**
   * Sends through one network interface only. Before the socket is bound.
   *
   * @return false when the transport or the system does not let us
   */
  public static boolean device(Channel channel, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length >= DEVICE_NAME_SIZE) return false;
    ByteBuffer value = ByteBuffer.allocateDirect(DEVICE_NAME_SIZE).put(bytes);
    return set(channel, SO_BINDTODEVICE, value.clear());
  }

  /**
   * Marks what is sent, for the system's routing and packet filter.
   *
   * @return false when the transport or the system does not let us
   */
  public static boolean mark(Channel channel, int mark) {
    return set(channel, SO_MARK, mark);
  }

  /**
   * Lets sockets of this user that ask for the same have the same port: one that listens and others
   * that dial from it. Also on a socket that is bound already.
   *
   * @return false when the transport or the system does not let us
   */
  public static boolean sharePort(Channel channel) {
    return set(channel, SO_REUSEPORT, 1);
  }

  private static <T> boolean set(
      Channel channel, io.netty.channel.ChannelOption<T> option, T value) {
    try {
      return channel.config().setOption(option, value);
    } catch (ChannelException refused) {
      return false; // no such interface, or no right to
    }
  }
}
