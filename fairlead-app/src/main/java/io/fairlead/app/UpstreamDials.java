package io.fairlead.app;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.meter.Meters;
import io.fairlead.http.upstream.Dials;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DestinationPolicy;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.PolicyGuard;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.dial.ServiceLookup;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.UpstreamPool;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ClientTls;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The way out to upstreams. What the operator wrote down may be anywhere but at the control port;
 * what a list from elsewhere named may only be at public addresses.
 */
final class UpstreamDials implements Dials {
  private static final Duration WARMING_MAX = Duration.ofSeconds(5);

  /**
   * The ways to servers.
   *
   * @param dialer to addresses
   * @param tunnels to services of tunnel agents
   */
  record Ways(DirectDialer dialer, TunnelWay tunnels) {}

  /** The way to a service of a tunnel agent; completes on the loop. */
  @FunctionalInterface
  interface TunnelWay {
    CompletionStage<Channel> dial(EventLoop loop, Destination.Tunnel to, Duration timeout);
  }

  private final EventLoops loops;
  private final DirectDialer dialer;
  private final TunnelWay tunnels;
  private final DestinationGuard guard;
  private final DestinationGuard publicOnly;
  private final UpstreamPool pool;
  private final ServiceLookup lookup;
  private final BiPredicate<String, Destination> strangers;
  private final Counter refused;

  /**
   * @param strangers whether a destination of an upstream comes from a list that may only name
   *     public places
   */
  UpstreamDials(
      EventLoops loops,
      Ways ways,
      OwnAddresses own,
      UpstreamPool pool,
      ServiceLookup lookup,
      BiPredicate<String, Destination> strangers,
      Meters meters) {
    this.loops = loops;
    this.dialer = ways.dialer();
    this.tunnels = ways.tunnels();
    this.guard = DestinationGuard.operatorChosen(own);
    this.publicOnly = new PolicyGuard(DestinationPolicy.DEFAULTS.withAllPorts(), own);
    this.pool = pool;
    this.lookup = lookup;
    this.strangers = strangers;
    this.refused =
        meters.counter(
            "registry.dials.refused",
            "Dials of places that a list from elsewhere named and that are not public.");
  }

  @Override
  public EventLoop loop() {
    return loops.loops().getFirst();
  }

  @Override
  public Dialer<Channel> plain(EventLoop loop, String upstream, Optional<Preface> preface) {
    Dialer<Channel> addresses =
        guarded(upstream, chosen -> dialer.on(loop, chosen, DialOptions.NONE, preface));
    return (destination, timeout) ->
        destination instanceof Destination.Tunnel to
            ? tunnels.dial(loop, to, timeout).thenApply(channel -> opened(channel, preface))
            : addresses.dial(destination, timeout);
  }

  private static Channel opened(Channel channel, Optional<Preface> preface) {
    preface.ifPresent(first -> channel.writeAndFlush(first.bytes(channel.alloc())));
    return channel;
  }

  @Override
  public Secured secured(String upstream, UpstreamConfig.TlsConfig settings)
      throws ConfigException {
    ClientTls tls =
        ClientTls.of(
            !settings.insecureSkipVerify(),
            settings.ca(),
            settings.identity().map(files -> new ClientTls.Identity(files.cert(), files.key())),
            "/tls",
            settings.pins());
    return new Secured() {
      private final ClientTls any = tls.offering(List.of("h2", "http/1.1"));
      private final ClientTls h2 = tls.offering(List.of("h2"));

      @Override
      public Dialer<Channel> on(
          EventLoop loop,
          String serverName,
          ForwardPlan.Protocol protocol,
          Optional<Preface> preface) {
        ClientTls offer =
            switch (protocol) {
              case AUTO -> any;
              case H2 -> h2;
              case H1, H2C -> tls;
            };
        return guarded(
            upstream,
            chosen -> dialer.secured(loop, chosen, DialOptions.NONE, offer, serverName, preface));
      }
    };
  }

  /** Who named the destination decides at the dial: a list may have changed meanwhile. */
  private Dialer<Channel> guarded(
      String upstream, Function<DestinationGuard, Dialer<Channel>> dialing) {
    return (destination, timeout) -> {
      if (!strangers.test(upstream, destination)) {
        return dialing.apply(guard).dial(destination, timeout);
      }
      return dialing
          .apply(publicOnly)
          .dial(destination, timeout)
          .whenComplete(
              (_, failure) -> {
                if (failure instanceof DialException.Forbidden) refused.increment();
              });
    };
  }

  @Override
  public CompletionStage<Found> lookUp(DiscoveryConfig discovery) {
    CompletionStage<ServiceLookup.Answer> asked =
        switch (discovery.type()) {
          case ADDRESS -> lookup.addresses(discovery.name(), discovery.port());
          case SRV -> lookup.services(discovery.name());
        };
    return asked.thenApply(
        answer ->
            new Found(
                answer.hosts().stream()
                    .map(
                        host ->
                            new Host(
                                host.address().getHostAddress(),
                                host.port(),
                                host.weight(),
                                host.priority()))
                    .toList(),
                answer.ttl()));
  }

  @Override
  public void tune(String partition, PoolSettings settings) {
    pool.tune(partition, settings);
  }

  @Override
  public void warm(ForwardPlan.Key key, int count, Connector connector) {
    for (EventLoop loop : loops.loops()) {
      pool.warm(loop, key, count, connector.on(loop), WARMING_MAX);
    }
  }

  @Override
  public void retire(Predicate<ForwardPlan.Key> gone) {
    pool.retire(gone);
  }

  @Override
  public void cut(Predicate<ForwardPlan.Key> gone) {
    pool.cut(gone);
  }
}
