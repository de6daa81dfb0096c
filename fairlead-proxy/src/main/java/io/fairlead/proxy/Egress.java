package io.fairlead.proxy;

import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.DestinationGuard;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/** The way out of the proxy. Thread-safe. */
@FunctionalInterface
public interface Egress {
  /**
   * A dialer for one flow.
   *
   * @param loop the flow's event loop: opened channels are registered there and the dial completes
   *     there; they are connected, do not read by themselves and have an empty pipeline
   * @param guard asked about the name before it is resolved, and about every address before it is
   *     dialled
   */
  Dialer<Channel> dialer(EventLoop loop, DestinationGuard guard);
}
