package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerTls;
import io.fairlead.app.config.RuntimeConfig;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.listen.DrainTimes;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerShares;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.listen.TlsTerms;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns the sections {@code listeners} and {@code certs} into what the {@link ListenerSet} binds.
 * Prepares after the features, whose faces it asks for.
 */
final class ListenerPlan implements Reloadable<GatewayConfig> {
  /** Where the faces come from. */
  interface Faces {
    Face of(ListenerConfig listener);

    /** For UDP at the same address; empty: none is bound. */
    Optional<DatagramFace> datagrams(ListenerConfig listener);

    /** Listeners of features that have sections of their own. */
    List<ListenerSpec> others();
  }

  private static final String OWNER = "listeners";

  private final ListenerSet listeners;
  private final ListenerShares shares;
  private final Faces faces;
  private final ListenerSecurity security;

  ListenerPlan(
      ListenerSet listeners, ListenerShares shares, Faces faces, ListenerSecurity security) {
    this.listeners = listeners;
    this.shares = shares;
    this.faces = faces;
    this.security = security;
  }

  @Override
  public Prepared prepare(GatewayConfig next) throws ConfigException {
    ListenerSecurity.Draft secured = security.draft(next, false);
    Prepared bound = shares.prepare(OWNER, specs(next, secured));
    return new Prepared() {
      @Override
      public void commit() {
        listeners.retiredChangesMax(next.runtime().reload().generationsMax());
        bound.commit();
        secured.commit();
      }

      @Override
      public void discard() {
        bound.discard();
      }
    };
  }

  @Override
  public Prepared rehearse(GatewayConfig next) throws ConfigException {
    return shares.rehearse(OWNER, specs(next, security.draft(next, true)));
  }

  /** Ids of listeners that cannot be bound before another one is closed. */
  List<String> rebinds(GatewayConfig next) {
    List<ListenerSpec> specs = new ArrayList<>(faces.others());
    next.listeners().values().forEach(each -> specs.add(spec(each)));
    return shares.rebinds(OWNER, specs);
  }

  /** Only its addresses. */
  private ListenerSpec spec(ListenerConfig listener) {
    return new ListenerSpec(
            listener.id(),
            listener.bind(),
            (_, _) -> {},
            Optional.empty(),
            ListenerLimits.DEFAULTS,
            faces.datagrams(listener))
        .connecting(listener.proto() != ListenerConfig.Proto.UDP);
  }

  private List<ListenerSpec> specs(GatewayConfig next, ListenerSecurity.Draft secured)
      throws ConfigException {
    RuntimeConfig.Drain times = next.runtime().drain();
    DrainTimes drain = new DrainTimes(times.http(), times.stream(), times.spread());
    List<ListenerSpec> specs = new ArrayList<>(next.listeners().size());
    for (ListenerConfig listener : next.listeners().values()) {
      specs.add(
          new ListenerSpec(
                  listener.id(),
                  listener.bind(),
                  listener.h2c()
                      ? new CleartextFace(faces.of(listener))
                      : secured.facing(listener, faces.of(listener)),
                  secured.of(listener),
                  new ListenerLimits(
                      listener.limits().connections(), listener.limits().connectionsPerIp(), drain),
                  faces.datagrams(listener))
              .connecting(listener.proto() != ListenerConfig.Proto.UDP)
              .behind(listener.proxyProtocol())
              .withPolicy(listener.tls().map(ListenerPlan::policy)));
    }
    specs.addAll(faces.others());
    return specs;
  }

  /** What a listener demands of its clients; which certificate it shows is no part of it. */
  private static TlsTerms policy(ListenerTls tls) {
    return new TlsTerms(tls.minVersion(), "http2=" + tls.http2() + " clients=" + tls.clients());
  }
}
