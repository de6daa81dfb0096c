package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Ways through agents for other parts of the gateway: to a service, or out to wherever the agent
 * connects under rules of its own. Any thread.
 */
public final class Exits {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final Hub hub;
  private final TunnelDialer dialer;
  private final ServerMeters meters;

  Exits(Hub hub, TunnelDialer dialer, ServerMeters meters) {
    this.hub = hub;
    this.dialer = dialer;
    this.meters = meters;
  }

  /**
   * A connection that an agent makes; completes on {@code loop}, exceptionally with a {@link
   * DialException}.
   *
   * @param service the exit at that agent; empty: the first by name
   * @param client for whom
   */
  public CompletionStage<Channel> open(
      String agent,
      Optional<String> service,
      Destination.HostPort to,
      InetAddress client,
      EventLoop loop,
      Duration timeout) {
    Optional<Member> member = hub.directory().exit(agent, service);
    if (member.isEmpty()) {
      return CompletableFuture.failedFuture(
          new DialException.Unreachable(
              to, false, to + ": the tunnel agent " + agent + " is no way out now"));
    }
    return dialer.connect(member.get(), loop, asker(client, to), timeout);
  }

  private static TunnelDialer.Asker asker(InetAddress client, Destination.HostPort to) {
    String source = PortFace.text(new InetSocketAddress(client, 0));
    return new TunnelDialer.Asker(source, to.toString(), 0, Optional.empty());
  }

  /**
   * Datagrams to one destination, begun at once; on {@code loop}.
   *
   * @param answers takes each answer, and owns it
   */
  public ExitDatagrams datagrams(
      String agent,
      Optional<String> service,
      Destination.HostPort to,
      InetAddress client,
      EventLoop loop,
      Consumer<ByteBuf> answers) {
    ExitDatagrams begun = new ExitDatagrams(loop, answers, meters);
    Optional<Member> member = hub.directory().exit(agent, service);
    if (member.isEmpty()) begun.close();
    else begun.over(dialer.datagrams(member.get(), loop, asker(client, to), CONNECT));
    return begun;
  }

  /** A byte stream to a service that the operator named; the same. */
  public CompletionStage<Channel> member(Destination.Tunnel to, EventLoop loop, Duration timeout) {
    Optional<Member> member = hub.directory().named(to.agent(), to.service());
    if (member.isEmpty()) {
      return CompletableFuture.failedFuture(
          new DialException.Unreachable(to, false, to + ": the service is not connected"));
    }
    return switch (member.get().offer().kind()) {
      case TCP, HTTP, HTTPS ->
          dialer.connect(
              member.get(),
              loop,
              new TunnelDialer.Asker("unknown", to.toString(), 0, Optional.empty()),
              timeout);
      case UDP, SOCKS ->
          CompletableFuture.failedFuture(
              new DialException.Refused(to, to + ": the service takes no byte streams"));
    };
  }
}
