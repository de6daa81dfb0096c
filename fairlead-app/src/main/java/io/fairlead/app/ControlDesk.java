package io.fairlead.app;

import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.EffectiveConfig;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.HealthReport.Check;
import io.fairlead.control.api.ListenerReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What the control API asks of the gateway, answered. Thread-safe. */
final class ControlDesk implements GatewayControl {
  private static final Duration LOOP_ANSWERS_WITHIN = Duration.ofSeconds(5);

  private final Gateway gateway;
  private final Clock clock;
  private final Instant startedAt;

  ControlDesk(Gateway gateway, Clock clock) {
    this.gateway = gateway;
    this.clock = clock;
    this.startedAt = clock.wall();
  }

  @Override
  public CompletionStage<ReloadResult> reload(ReloadRequest request) {
    return onVirtualThread(() -> gateway.reload(request, WhenBusy.REFUSE));
  }

  @Override
  public CompletionStage<AdaptReport> adapt() {
    return onVirtualThread(() -> gateway.configuration().compare());
  }

  @Override
  public void stop(StopRequest request) {
    gateway.requestStop(request);
  }

  @Override
  public StatusReport status() {
    ConfigController.Running<GatewayConfig> running = gateway.configuration().running().current();
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
    ConfigController.Running<GatewayConfig> running = gateway.configuration().running().current();
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
    List<CompletableFuture<Check>> checks = new ArrayList<>();
    int index = 0;
    for (EventLoop loop : gateway.loops().loops()) {
      String name = "event_loop_" + index++;
      CompletableFuture<Check> answer = new CompletableFuture<>();
      loop.execute(() -> answer.complete(new Check(name, true, "")));
      checks.add(
          answer.completeOnTimeout(
              new Check(name, false, "no answer within " + LOOP_ANSWERS_WITHIN.toSeconds() + " s"),
              LOOP_ANSWERS_WITHIN.toMillis(),
              TimeUnit.MILLISECONDS));
    }
    return CompletableFuture.allOf(checks.toArray(CompletableFuture[]::new))
        .thenApply(_ -> new HealthReport(checks.stream().map(CompletableFuture::join).toList()));
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
    checks.add(new Check("not_draining", !gateway.stopRequested(), "the process is stopping"));
    return CompletableFuture.completedFuture(new HealthReport(checks));
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
    if (!gateway.configuration().lastSuccessful()) {
      degraded.add("the last change of the configuration was refused");
    }
    return degraded;
  }

  private String sentence(List<String> degraded) {
    if (gateway.stopRequested()) return "stopping";
    if (!degraded.isEmpty()) return String.join("; ", degraded);
    return "serving on " + gateway.listeners().bound().size() + " listeners";
  }

  private static <T> CompletionStage<T> onVirtualThread(java.util.function.Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("control-desk")
        .start(
            () -> {
              try {
                result.complete(work.get());
              } catch (RuntimeException failure) {
                result.completeExceptionally(failure);
              }
            });
    return result;
  }
}
