package io.fairlead.app;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.http.upstream.Dials;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DestinationPolicy;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.PolicyGuard;
import io.fairlead.net.dial.ServiceLookup;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.UpstreamPool;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/** The way out to upstreams, which the operator wrote down himself. */
final class UpstreamDials implements Dials {
  private static final Duration WARMING_MAX = Duration.ofSeconds(5);

  private final EventLoops loops;
  private final DirectDialer dialer;
  private final DestinationGuard guard;
  private final DestinationGuard publicOnly;
  private final UpstreamPool pool;
  private final ServiceLookup lookup;
  private final Predicate<Destination> strangers;

  /**
   * @param strangers whether a destination comes from a list that may only name public places
   */
  UpstreamDials(
      EventLoops loops,
      DirectDialer dialer,
      OwnAddresses own,
      UpstreamPool pool,
      ServiceLookup lookup,
      Predicate<Destination> strangers) {
    this.loops = loops;
    this.dialer = dialer;
    this.guard = DestinationGuard.operatorChosen(own);
    this.publicOnly = new PolicyGuard(DestinationPolicy.DEFAULTS.withAllPorts(), own);
    this.pool = pool;
    this.lookup = lookup;
    this.strangers = strangers;
  }

  @Override
  public EventLoop loop() {
    return loops.loops().getFirst();
  }

  @Override
  public Dialer<Channel> plain(EventLoop loop) {
    return (destination, timeout) ->
        dialer
            .on(loop, strangers.test(destination) ? publicOnly : guard)
            .dial(destination, timeout);
  }

  @Override
  public Secured secured(UpstreamConfig.TlsConfig settings) throws ConfigException {
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
      public Dialer<Channel> on(EventLoop loop, String serverName) {
        return dialer.secured(loop, guard, tls, serverName);
      }

      @Override
      public Dialer<Channel> on(EventLoop loop, String serverName, ForwardPlan.Protocol protocol) {
        return switch (protocol) {
          case AUTO -> dialer.secured(loop, guard, any, serverName);
          case H2 -> dialer.secured(loop, guard, h2, serverName);
          case H1, H2C -> on(loop, serverName);
        };
      }
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
