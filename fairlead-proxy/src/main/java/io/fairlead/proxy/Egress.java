package io.fairlead.proxy;

import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.AllowedAddresses;
import io.fairlead.net.dial.DatagramSockets;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * The way out of the proxy. Thread-safe.
 *
 * @param loops where everything happens
 * @param direct opens connections
 * @param secured opens connections with TLS
 * @param addresses looks names up without dialling
 * @param datagrams opens UDP sockets
 */
public record Egress(
    EventLoops loops,
    Direct direct,
    Secured secured,
    AllowedAddresses addresses,
    DatagramSockets datagrams) {
  /** Connections in the clear. */
  @FunctionalInterface
  public interface Direct {
    /**
     * A dialer for one flow.
     *
     * @param loop the flow's event loop: opened channels are registered there and the dial
     *     completes there; they are connected, do not read by themselves and have an empty pipeline
     * @param guard asked about the name before it is resolved, and about every address before it is
     *     dialled
     */
    Dialer<Channel> on(EventLoop loop, DestinationGuard guard, DialOptions options);
  }

  /** Connections with TLS; its handler is the pipeline's only one. */
  @FunctionalInterface
  public interface Secured {
    Dialer<Channel> on(
        EventLoop loop,
        DestinationGuard guard,
        DialOptions options,
        ClientTls tls,
        String serverName);
  }

  /** Everything from one dialer, but the connections in the clear. */
  public static Egress of(EventLoops loops, DirectDialer dialer, Direct direct) {
    return new Egress(
        loops, direct, dialer::secured, dialer.addresses(), new DatagramSockets(loops));
  }
}
