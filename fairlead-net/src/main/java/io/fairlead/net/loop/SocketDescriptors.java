package io.fairlead.net.loop;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.ServerDomainSocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bound sockets as descriptors: to make a channel of one that another process bound, and to part
 * with one that another process goes on with. Epoll only; ask {@link
 * EventLoops#passesDescriptors()} first. Stateless.
 */
public final class SocketDescriptors {
  private static final Logger log = LoggerFactory.getLogger(SocketDescriptors.class);

  private SocketDescriptors() {}

  /** A listening TCP socket; the channel is not registered yet and owns the descriptor. */
  public static ServerChannel tcpServer(int descriptor) {
    return new EpollServerSocketChannel(descriptor);
  }

  /** A listening unix socket. The channel does not know its path and never removes its file. */
  public static ServerChannel unixServer(int descriptor) {
    return new EpollServerDomainSocketChannel(descriptor);
  }

  /** A bound UDP socket. */
  public static Channel datagrams(int descriptor) {
    return new EpollDatagramChannel(descriptor);
  }

  /** The number of the descriptor behind a channel of these loops. */
  public static int of(Channel channel) {
    return ((UnixChannel) channel).fd().intValue();
  }

  /**
   * Closes this process's copy. What others hold of the same socket is untouched, and the file of a
   * unix socket stays.
   */
  public static Future<?> letGo(Channel channel) {
    if (!(channel instanceof ServerDomainSocketChannel)) return channel.close();
    // Its close would remove the file, which belongs to whoever goes on with the socket. Taken off
    // the loop first: epoll would go on telling of a socket that others keep open.
    return channel.deregister().addListener(_ -> close(((UnixChannel) channel).fd()));
  }

  /** Closes a descriptor that became no channel. */
  public static void close(int descriptor) {
    close(new FileDescriptor(descriptor));
  }

  private static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException failure) {
      log.atDebug().addKeyValue("descriptor", descriptor.intValue()).log("close failed");
    }
  }
}
