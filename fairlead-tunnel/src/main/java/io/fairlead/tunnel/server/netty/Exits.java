package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Ways out through agents: the agent connects, under rules of its own. Any thread. */
public final class Exits {
  private final Hub hub;
  private final TunnelDialer dialer;

  Exits(Hub hub, TunnelDialer dialer) {
    this.hub = hub;
    this.dialer = dialer;
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
    String source = PortFace.text(new java.net.InetSocketAddress(client, 0));
    return dialer.connect(
        member.get(),
        loop,
        new TunnelDialer.Asker(source, to.toString(), 0, Optional.empty()),
        timeout);
  }
}
