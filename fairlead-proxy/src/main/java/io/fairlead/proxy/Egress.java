package io.fairlead.proxy;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.AllowedAddresses;
import io.fairlead.net.dial.DatagramSockets;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The way out of the proxy. Thread-safe.
 *
 * @param loops where everything happens
 * @param direct opens connections
 * @param secured opens connections with TLS
 * @param addresses looks names up without dialling
 * @param datagrams opens UDP sockets
 * @param exits what agents of tunnels send for us
 */
public record Egress(
    EventLoops loops,
    Direct direct,
    Secured secured,
    AllowedAddresses addresses,
    DatagramSockets datagrams,
    Exits exits) {
  /** What agents of tunnels send for us. They decide about destinations, as well. */
  public interface Exits {
    /**
     * Through which agent.
     *
     * @param service the exit at that agent; empty: the first it has
     * @param client for whom
     */
    record Through(String agent, Optional<String> service, InetAddress client) {}

    /** A dialer for one flow; its channels are as those of {@link Direct}. */
    Dialer<Channel> by(EventLoop loop, Through agent);

    /**
     * Datagrams to one destination, begun at once.
     *
     * @param loop where it is used, and where answers come
     * @param answers takes each answer, and owns it
     */
    Datagrams datagrams(
        EventLoop loop, Through agent, Destination.HostPort to, Consumer<ByteBuf> answers);
  }

  /** Datagrams to one destination. Confined to its event loop. */
  public interface Datagrams {
    /** Sends one, as soon as there is a way; drops the oldest that wait if there are too many. */
    void send(ByteBuf payload);

    /** Whether it is of any use. */
    boolean open();

    void close();
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
