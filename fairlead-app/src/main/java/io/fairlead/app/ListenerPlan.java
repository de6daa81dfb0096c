package io.fairlead.app;

import io.fairlead.app.config.CertConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.RuntimeConfig;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.listen.DrainTimes;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.tls.ServerTls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  }

  private final ListenerSet listeners;
  private final Faces faces;
  private final Clock clock;

  ListenerPlan(ListenerSet listeners, Faces faces, Clock clock) {
    this.listeners = listeners;
    this.faces = faces;
    this.clock = clock;
  }

  @Override
  public Prepared prepare(GatewayConfig next) throws ConfigException {
    Prepared bound = listeners.prepare(specs(next));
    return new Prepared() {
      @Override
      public void commit() {
        listeners.retiredChangesMax(next.runtime().reload().generationsMax());
        bound.commit();
      }

      @Override
      public void discard() {
        bound.discard();
      }
    };
  }

  @Override
  public Prepared rehearse(GatewayConfig next) throws ConfigException {
    return listeners.rehearse(specs(next));
  }

  /** Ids of listeners that cannot be bound before another one is closed. */
  List<String> rebinds(GatewayConfig next) {
    return listeners.rebinds(next.listeners().values().stream().map(this::spec).toList());
  }

  /** Only its addresses. */
  private ListenerSpec spec(ListenerConfig listener) {
    return new ListenerSpec(
        listener.id(),
        listener.bind(),
        (_, _) -> {},
        Optional.empty(),
        ListenerLimits.DEFAULTS,
        faces.datagrams(listener));
  }

  private List<ListenerSpec> specs(GatewayConfig next) throws ConfigException {
    RuntimeConfig.Drain times = next.runtime().drain();
    DrainTimes drain = new DrainTimes(times.http(), times.stream(), times.spread());
    List<ListenerSpec> specs = new ArrayList<>(next.listeners().size());
    for (ListenerConfig listener : next.listeners().values()) {
      specs.add(
          new ListenerSpec(
              listener.id(),
              listener.bind(),
              listener.h2c() ? new CleartextFace(faces.of(listener)) : faces.of(listener),
              tls(listener, next.certs()),
              new ListenerLimits(
                  listener.limits().connections(), listener.limits().connectionsPerIp(), drain),
              faces.datagrams(listener)));
    }
    return specs;
  }

  private Optional<ServerTls> tls(ListenerConfig listener, Map<String, CertConfig> certs)
      throws ConfigException {
    if (listener.tls().isEmpty()) return Optional.empty();
    ListenerConfig.Tls tls = listener.tls().get();
    CertConfig cert = certs.get(tls.cert().id());
    if (cert == null) throw new IllegalStateException("certs: " + tls.cert() + " was not resolved");
    return Optional.of(
        ServerTls.fromFiles(
            cert.cert(),
            cert.key(),
            tls.minVersion(),
            applicationProtocols(listener, tls),
            clock.wall(),
            "/certs/" + tls.cert().id() + "/files"));
  }

  private static List<String> applicationProtocols(
      ListenerConfig listener, ListenerConfig.Tls tls) {
    if (listener.proto() == ListenerConfig.Proto.MQTT) return List.of("mqtt", "http/1.1");
    return tls.http2() ? List.of("h2", "http/1.1") : List.of("http/1.1");
  }
}
