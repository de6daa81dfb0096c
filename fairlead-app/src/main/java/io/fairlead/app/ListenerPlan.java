package io.fairlead.app;

import io.fairlead.app.config.CertConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.RuntimeConfig;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
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
    RuntimeConfig.Drain times = next.runtime().drain();
    DrainTimes drain = new DrainTimes(times.http(), times.stream(), times.spread());
    List<ListenerSpec> specs = new ArrayList<>(next.listeners().size());
    for (ListenerConfig listener : next.listeners().values()) {
      specs.add(
          new ListenerSpec(
              listener.id(),
              listener.bind(),
              faces.of(listener),
              tls(listener, next.certs()),
              new ListenerLimits(listener.connections(), Limit.OFF, drain),
              faces.datagrams(listener)));
    }
    return listeners.prepare(specs);
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
            List.of("http/1.1"),
            clock.wall(),
            "/certs/" + tls.cert().id() + "/files"));
  }
}
