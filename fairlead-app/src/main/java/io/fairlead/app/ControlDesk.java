package io.fairlead.app;

import io.fairlead.app.reload.Running;
import io.fairlead.control.api.ConfigControl;
import io.fairlead.control.api.EffectiveConfig;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.HealthReport.Check;
import io.fairlead.control.api.ListenerReport;
import io.fairlead.control.api.StatusReport;
import io.fairlead.control.api.StopRequest;
import io.fairlead.core.config.Effective;
import io.fairlead.core.config.JsonSchema;
import io.fairlead.core.lifecycle.ServiceState;
import io.fairlead.core.time.Clock;
import io.fairlead.net.live.LiveConnection;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What the control API asks of the gateway, answered. Thread-safe. */
final class ControlDesk implements GatewayControl {
  private static final Duration LOOP_ANSWERS_WITHIN = Duration.ofSeconds(5);

  private final Gateway gateway;
  private final Clock clock;
  private final Instant startedAt;
  private final ConfigControl configuration;

  ControlDesk(Gateway gateway, GatewayConfigLoader loader, Clock clock) {
    this.gateway = gateway;
    this.configuration = new ConfigDesk(gateway::configuration, loader);
    this.clock = clock;
    this.startedAt = clock.wall();
  }

  @Override
  public ConfigControl configuration() {
    return configuration;
  }

  @Override
  public void stop(StopRequest request) {
    gateway.requestStop(request);
  }

  @Override
  public StatusReport status() {
    Running<GatewayConfig> running = gateway.configuration().running().current();
    List<String> degraded = degraded();
    return new StatusReport(
        running.snapshot().config().name(),
        Version.current(),
        ProcessHandle.current().pid(),
        sentence(degraded),
        running.snapshot().version(),
        running.hash(),
        startedAt,
        Duration.between(startedAt, clock.wall()),
        gateway.states(),
        gateway.connections().size(),
        degraded);
  }

  @Override
  public EffectiveConfig effectiveConfig() {
    Running<GatewayConfig> running = gateway.configuration().running().current();
    Effective effective = running.reading().effective();
    return new EffectiveConfig(
        effective.redacted(), effective.toYaml(), running.snapshot().version(), running.hash());
  }

  @Override
  public String schema() {
    return JsonSchema.of(GatewayConfig.TYPE);
  }

  @Override
  public List<ListenerReport> listeners() {
    Map<String, io.fairlead.app.config.ListenerConfig> configured = gateway.config().listeners();
    return gateway.listeners().bound().stream()
        .map(
            bound ->
                new ListenerReport(
                    bound.id(),
                    configured.containsKey(bound.id()) ? configured.get(bound.id()).shows() : "",
                    bound.addresses().stream().map(Addresses::text).toList(),
                    bound.openConnections(),
                    bound.acceptedTotal()))
        .toList();
  }

  @Override
  public Collection<LiveConnection> connections() {
    return gateway.connections().list();
  }

  @Override
  public boolean cut(long connectionId, String reason) {
    return gateway.connections().cut(connectionId, reason);
  }

  @Override
  public CompletionStage<HealthReport> live() {
    // The loops' own probes tell: a question of ours would wait behind all their work.
    List<Check> checks = new ArrayList<>();
    int index = 0;
    long nowNanos = clock.nanos();
    for (EventLoop loop : gateway.loops().loops()) {
      long silentNanos = nowNanos - gateway.loops().delay(loop).answeredAtNanos();
      boolean answers = silentNanos <= LOOP_ANSWERS_WITHIN.toNanos();
      checks.add(
          new Check(
              "event_loop_" + index++,
              answers,
              answers ? "" : "no answer within " + LOOP_ANSWERS_WITHIN.toSeconds() + " s"));
    }
    return CompletableFuture.completedFuture(new HealthReport(checks));
  }

  @Override
  public CompletionStage<HealthReport> ready() {
    List<Check> checks = new ArrayList<>();
    gateway
        .states()
        .forEach(
            (name, state) ->
                checks.add(
                    new Check(
                        name,
                        state == ServiceState.RUNNING,
                        state.name().toLowerCase(java.util.Locale.ROOT))));
    checks.add(
        new Check(
            "registry_read",
            gateway.registry().unready().isEmpty(),
            gateway.registry().unready().orElse("")));
    Optional<String> store = gateway.features().mqtt().trouble();
    checks.add(new Check("mqtt_store", store.isEmpty(), store.orElse("")));
    checks.add(new Check("not_draining", !gateway.stopRequested(), "the process is stopping"));
    return CompletableFuture.completedFuture(
        new HealthReport(checks, gateway.configuration().degraded()));
  }

  private List<String> degraded() {
    List<String> degraded = new ArrayList<>();
    gateway
        .states()
        .forEach(
            (name, state) -> {
              if (state == ServiceState.FAILED) degraded.add(name + " failed");
            });
    if (gateway.membership().held()) {
      degraded.add("the members file on disk is not believed; the last members stay");
    }
    degraded.addAll(gateway.registry().degraded());
    gateway.features().mqtt().trouble().ifPresent(degraded::add);
    degraded.addAll(gateway.configuration().degraded());
    return degraded;
  }

  /** How the gateway is, as {@link #status} tells it. */
  String sentence() {
    return sentence(degraded());
  }

  private String sentence(List<String> degraded) {
    if (gateway.stopRequested()) return "stopping";
    if (!degraded.isEmpty()) return String.join("; ", degraded);
    String serving = "serving on " + gateway.listeners().bound().size() + " listeners";
    return gateway
        .configuration()
        .confirmBy()
        .map(at -> serving + "; the last change is undone at " + at + " unless confirmed")
        .orElse(serving);
  }
}
