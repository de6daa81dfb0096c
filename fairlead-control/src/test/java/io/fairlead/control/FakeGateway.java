package io.fairlead.control;

import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.Change;
import io.fairlead.control.api.ConfigControl;
import io.fairlead.control.api.ConfigHistory;
import io.fairlead.control.api.EffectiveConfig;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.ListenerReport;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.StatusReport;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.Problem;
import io.fairlead.core.lifecycle.ServiceState;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

/** A gateway that remembers what it was asked and answers what the test sets. */
public final class FakeGateway implements GatewayControl, ConfigControl {
  public static final Problem WRONG_PORT =
      new Problem(
          Problem.Severity.ERROR,
          "F1201",
          "/upstreams/api/endpoints/0/address",
          new Problem.Place("fairlead.yaml", 88, 13, 5),
          "port out of range",
          "write 1 to 65535",
          List.of());

  public final BlockingQueue<StopRequest> stops = new LinkedBlockingQueue<>();
  public final BlockingQueue<ReloadRequest> reloads = new LinkedBlockingQueue<>();
  public final ConnectionRegistry connections;
  public volatile HealthReport health = new HealthReport(List.of());
  public volatile Optional<ReloadResult> reloadResult = Optional.empty();
  public volatile boolean adaptValid = true;
  public volatile Optional<Long> pending = Optional.empty();

  public FakeGateway(ConnectionRegistry connections) {
    this.connections = connections;
  }

  @Override
  public CompletionStage<ReloadResult> reload(ReloadRequest request) {
    reloads.add(request);
    ReloadReport report =
        new ReloadReport(
            42,
            41,
            "9c1f00112233445566",
            request.who(),
            false,
            false,
            request.dryRun(),
            Duration.ofMillis(38),
            List.of(new Change("/http/shop/routes/3", Change.Op.UPDATE, "new requests")),
            new ReloadReport.Kept(7, 18_213, 412),
            new ReloadReport.Draining(0, 2, Optional.of(Instant.parse("2030-01-01T00:00:00Z"))),
            Optional.empty(),
            List.of());
    return CompletableFuture.completedStage(reloadResult.orElse(new ReloadResult.Applied(report)));
  }

  @Override
  public CompletionStage<AdaptReport> adapt(Optional<String> text) {
    return CompletableFuture.completedStage(
        adaptValid
            ? new AdaptReport(true, 41, "9c1f", List.of(), List.of(), false, Map.of("streams", 2L))
            : new AdaptReport(false, 41, "", List.of(WRONG_PORT), List.of(), false, Map.of()));
  }

  @Override
  public Optional<CompletionStage<AdaptReport>> adaptForeign(String format, String text) {
    return format.equals("nginx") ? Optional.of(adapt(Optional.of(text))) : Optional.empty();
  }

  @Override
  public ConfigControl configuration() {
    return this;
  }

  @Override
  public CompletionStage<Optional<Long>> confirm(Who who) {
    return CompletableFuture.completedStage(pending);
  }

  @Override
  public CompletionStage<List<ConfigHistory.Entry>> history() {
    return CompletableFuture.completedStage(List.of(entry()));
  }

  @Override
  public CompletionStage<Optional<ConfigHistory.Detail>> generation(long generation) {
    return CompletableFuture.completedStage(
        generation == 41
            ? Optional.of(
                new ConfigHistory.Detail(
                    entry(),
                    List.of(new ConfigHistory.Text("fairlead.yaml", "version: 1\n")),
                    List.of(new ConfigHistory.Edit("api", "set", "/name", "ci", false)),
                    List.of()))
            : Optional.empty());
  }

  @Override
  public CompletionStage<Optional<ConfigHistory.Difference>> difference(long from, long to) {
    return CompletableFuture.completedStage(
        Optional.of(
            new ConfigHistory.Difference(
                from,
                to,
                List.of(
                    new ConfigHistory.Value(
                        "/name", Change.Op.UPDATE, Optional.of("a"), Optional.of("b"), false)))));
  }

  @Override
  public CompletionStage<Optional<String>> source() {
    return CompletableFuture.completedStage(Optional.of("version: 1\n"));
  }

  @Override
  public Origins origins() {
    return new Origins("file", Map.of("/name", "file", "/http/site/size", "default"));
  }

  private static ConfigHistory.Entry entry() {
    return new ConfigHistory.Entry(
        41,
        40,
        "9c1f",
        Instant.parse("2030-01-01T00:00:00Z"),
        new Who("api", "ci", "unix"),
        "",
        "applied",
        Duration.ofMillis(3),
        1);
  }

  @Override
  public void stop(StopRequest request) {
    stops.add(request);
  }

  @Override
  public StatusReport status() {
    return new StatusReport(
        "edge",
        "0.1.0",
        7,
        "serving",
        41,
        "0123456789abcdef",
        Instant.parse("2030-01-01T00:00:00Z"),
        Duration.ofMillis(1500),
        Map.of("control", ServiceState.RUNNING),
        connections.size(),
        List.of());
  }

  @Override
  public EffectiveConfig effectiveConfig() {
    return new EffectiveConfig(
        Map.of("name", "edge", "http", Map.of("site", Map.of("secret", "***", "size", 4096L))),
        "name: edge\n",
        41,
        "0123456789abcdef");
  }

  @Override
  public String schema() {
    return "{\"type\":\"object\"}";
  }

  @Override
  public List<ListenerReport> listeners() {
    return List.of(new ListenerReport("edge", "http/site", List.of("127.0.0.1:8080"), 3, 9));
  }

  @Override
  public Collection<LiveConnection> connections() {
    return connections.list();
  }

  @Override
  public boolean cut(long connectionId, String reason) {
    return connections.cut(connectionId, reason);
  }

  @Override
  public CompletionStage<HealthReport> live() {
    return CompletableFuture.completedStage(health);
  }

  @Override
  public CompletionStage<HealthReport> ready() {
    return CompletableFuture.completedStage(health);
  }
}
