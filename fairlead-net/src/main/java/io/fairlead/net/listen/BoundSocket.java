package io.fairlead.net.listen;

import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.util.Set;

/** One bound address of a listener. Any thread, unless a method says otherwise. */
sealed interface BoundSocket permits ListeningSocket, DatagramPort {
  ListenerKey key();

  ListenerSpec spec();

  Channel channel();

  /** Whether another process bound it. */
  boolean inherited();

  /** Shows this face to whoever comes from now on. */
  void show(ListenerSpec next);

  /** Goes on with another socket of the same address; the one before is closed. */
  void reopen(Binder.Bound next);

  /** Starts or resumes letting in. */
  void accept();

  /** Lets nobody in until {@link #accept}; who comes meanwhile waits in the kernel. */
  void hold();

  /** Goes on after the whole process was full. */
  void resume();

  /**
   * Says that nobody wants it any more.
   *
   * @param onQuiet called on the event loop when it may be closed
   */
  void retire(Runnable onQuiet, long tickMillis);

  Set<Channel> openChannels();

  int openConnections();

  long acceptedTotal();

  /** Where it is bound, port resolved. */
  default SocketAddress address() {
    SocketAddress local = channel().localAddress();
    // A channel made of a descriptor does not know its path.
    return local == null && key() instanceof ListenerKey.Unix(String path)
        ? java.net.UnixDomainSocketAddress.of(path)
        : local;
  }
}
