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
import java.net.InetAddress;
import java.util.Optional;

/**
 * The way out of the proxy. Thread-safe.
 *
 * @param loops where everything happens
 * @param direct opens connections
 * @param secured opens connections with TLS
 * @param addresses looks names up without dialling
 * @param datagrams opens UDP sockets
 * @param exits connections that agents of tunnels make
 */
public record Egress(
    EventLoops loops,
    Direct direct,
    Secured secured,
    AllowedAddresses addresses,
    DatagramSockets datagrams,
    Exits exits) {
  /** Connections that agents of tunnels make. */
  @FunctionalInterface
  public interface Exits {
    /**
     * A dialer for one flow; its channels are as those of {@link Direct}, but lead through an
     * agent, which decides about the destination as well.
     *
     * @param service the exit at that agent; empty: the one it has
     * @param client for whom
     */
    Dialer<Channel> by(EventLoop loop, String agent, Optional<String> service, InetAddress client);
  }

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

  /** Everything from one dialer, but the connections in the clear and those of agents. */
  public static Egress of(EventLoops loops, DirectDialer dialer, Direct direct, Exits exits) {
    return new Egress(
        loops, direct, dialer::secured, dialer.addresses(), new DatagramSockets(loops), exits);
  }
}
