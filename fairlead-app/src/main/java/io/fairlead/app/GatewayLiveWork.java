package io.fairlead.app;

import io.fairlead.app.reload.LiveWork;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.meter.Meters;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.Waves;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.micrometer.core.instrument.Counter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** Connections, streams and answers, counted for those who change the configuration. Any thread. */
final class GatewayLiveWork implements LiveWork<GatewayConfig> {
  private final ListenerSet listeners;
  private final ConnectionRegistry connections;
  private final LongSupplier flows;
  private final ListenerPlan plan;
  private final Meters meters;

  GatewayLiveWork(
      ListenerSet listeners,
      ConnectionRegistry connections,
      LongSupplier flows,
      ListenerPlan plan,
      Meters meters) {
    this.listeners = listeners;
    this.connections = connections;
    this.flows = flows;
    this.plan = plan;
    this.meters = meters;
  }

  @Override
  public ReloadReport.Kept kept() {
    Waves.Count draining = listeners.draining();
    return new ReloadReport.Kept(
        listeners.bound().size(),
        Math.max(0, connections.size() - draining.connections() - draining.streams()),
        Math.max(0, flows.getAsLong() - draining.streams()));
  }

  @Override
  public ReloadReport.Draining draining() {
    Waves.Count draining = listeners.draining();
    return new ReloadReport.Draining(
        draining.connections(), draining.streams(), draining.deadline());
  }

  /** Of the listeners that a change touches, whatever happens to them there. */
  @Override
  public Map<String, Long> affected(List<ConfigDiff.Change> changes) {
    Set<String> touched = new HashSet<>();
    for (ConfigDiff.Change change : changes) {
      String[] path = change.path().split("/", -1);
      if (path.length > 2 && path[1].equals("listeners")) touched.add(path[2]);
    }
    long open = 0;
    long streams = 0;
    for (LiveConnection connection : (Iterable<LiveConnection>) connections.stream()::iterator) {
      if (!touched.contains(connection.listener())) continue;
      open++;
      if (connection.carriesStream()) streams++;
    }
    Map<String, Long> affected = new LinkedHashMap<>();
    affected.put("connections", open);
    affected.put("streams", streams);
    return affected;
  }

  @Override
  public List<String> rebinds(GatewayConfig next) {
    return plan.rebinds(next).stream().map(id -> "/listeners/" + id + "/bind").toList();
  }

  @Override
  public Answers answers() {
    double total = 0;
    double failed = 0;
    for (Counter counter : meters.registry().find("fairlead.http.requests").counters()) {
      total += counter.count();
      if ("5xx".equals(counter.getId().getTag("code"))) failed += counter.count();
    }
    return new Answers((long) total, (long) failed);
  }
}
