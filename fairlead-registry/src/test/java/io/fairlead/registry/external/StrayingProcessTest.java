package io.fairlead.registry.external;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.Chronicle;
import io.fairlead.registry.reconcile.Lists;
import io.fairlead.registry.reconcile.PlanJournal;
import io.fairlead.registry.reconcile.Reconciler;
import io.fairlead.registry.reconcile.RegistryMeters;
import io.fairlead.registry.reconcile.StateFile;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.rewrite.FileSwap;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file is right, and the gateway behind it says that it runs something else. */
class StrayingProcessTest {
  @TempDir Path folder;
  private final ManualClock clock = new ManualClock();
  private final AtomicInteger reloads = new AtomicInteger();
  private volatile String running = "";
  private volatile boolean obeys = true;
  private Path config;
  private HttpServer gateway;
  private Reconciler reconciler;

  @BeforeEach
  void start() throws Exception {
    config = Files.writeString(folder.resolve("gateway.yaml"), "subscribe:\n  - 10.0.0.11:8500\n");
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext(
        "/v1/status",
        exchange -> {
          byte[] body = ("{\"hash\":\"" + running + "\"}").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(running.isEmpty() ? 503 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    gateway.createContext(
        "/v1/reload",
        exchange -> {
          reloads.incrementAndGet();
          if (obeys) running = digest();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    gateway.start();
    URI url = URI.create("http://127.0.0.1:" + gateway.getAddress().getPort());
    ReloadConfig reload =
        new ReloadConfig.Http(
            url.resolve("/v1/reload"),
            "POST",
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(5));
    VerifyConfig verify =
        new VerifyConfig.Fairlead(url, Optional.empty(), VerifyConfig.Timing.TYPE.defaults());
    ExternalConfigTarget target =
        new ExternalConfigTarget(
            "edge",
            ExternalConfig.of(config, "/subscribe", reload, verify),
            OptionalInt.of(8500),
            folder.resolve("lines"),
            new FileSwap(5, Randomness.system(), clock::advance),
            new Actions(
                clock,
                clock::advance,
                new Meters(new SimpleMeterRegistry()),
                ProcessTable.system(),
                Map.of()));
    Lists lists =
        Lists.of(
            new Snapshot(
                "list",
                new Position.Fixed("x"),
                List.of(Entry.of(AddressParser.ofOperator().node("10.0.0.11:8500"))),
                0,
                List.of(),
                clock.wall()));
    reconciler =
        new Reconciler(
            TargetRules.of("edge", "list", Policy.PRUNE_ONLY),
            target,
            () -> lists,
            StateFile.open(folder.resolve("registry.json")),
            new PlanJournal(folder.resolve("edge.journal")),
            new Chronicle(
                AuditTrail.none(),
                new EventBus(),
                new RegistryMeters(new Meters(new SimpleMeterRegistry())),
                clock),
            clock,
            Randomness.seeded(1));
    reconciler.start();
  }

  @AfterEach
  void stop() {
    gateway.stop(0);
  }

  @Test
  void itIsToldAgainAndNothingIsWritten() throws Exception {
    Object before = Files.readAttributes(config, "unix:ino,ctime,size");
    running = "f".repeat(12);
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(reloads).hasValue(1);
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(reloads).as("it agrees now").hasValue(1);
    assertThat((Object) Files.readAttributes(config, "unix:ino,ctime,size")).isEqualTo(before);
  }

  @Test
  void whoDoesNotSayIsNotTold() throws Exception {
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    running = "short";
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(reloads).hasValue(0);
  }

  @Test
  void whoNeverObeysIsToldOnceAMinute() throws Exception {
    running = "f".repeat(12);
    obeys = false;
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.FAILED);
    int first = reloads.get();
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofSeconds(5));
      reconciler.cycle();
    }
    assertThat(reloads).hasValue(first);
    obeys = true;
    clock.advance(Duration.ofSeconds(11));
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(running).isEqualTo(digest());
  }

  private String digest() {
    try {
      return FileSwap.sha256(Files.readAllBytes(config)).substring(0, 12);
    } catch (java.io.IOException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
