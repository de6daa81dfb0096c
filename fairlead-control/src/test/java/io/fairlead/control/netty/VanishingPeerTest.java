package io.fairlead.control.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.control.FakeGateway;
import io.fairlead.control.access.AccessPolicy;
import io.fairlead.control.access.AccessRules;
import io.fairlead.control.access.ControlToken;
import io.fairlead.control.access.Gatekeeper;
import io.fairlead.control.access.PeerProof;
import io.fairlead.control.access.Sessions;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.control.http.Endpoints;
import io.fairlead.control.http.MetricsPage;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Callers of a short path that are gone, or going, when their request is read. The door accepts
 * only when told, so that what the caller did lies in the backlog by then and nothing is a race.
 */
@EnabledOnOs(OS.LINUX)
class VanishingPeerTest {
  private static final String STOP = "GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n";

  @TempDir Path state;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Clock clock = Clock.system();
  private final EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "test-control");
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final ConnectionRegistry connections =
      new ConnectionRegistry(clock, new Meters(registry));
  private final FakeGateway gateway = new FakeGateway(connections);
  private BoundDoor door;
  private InetSocketAddress address;

  @BeforeEach
  void bindWithoutAccepting() throws Exception {
    AccessPolicy policy =
        new AccessPolicy(
            PeerProof.ownUid(),
            ControlToken.loadOrCreate(state, Randomness.system()),
            AccessRules.DEFAULTS,
            new Sessions(clock, Randomness.system()));
    ControlHandler handler =
        new ControlHandler(
            new Endpoints(gateway, new MetricsPage(registry), clock, List.of()).router(),
            new Gatekeeper(Watch.of(policy), PeerProof.ofThisMachine(), clock),
            gateway,
            AuditTrail.none(),
            workers,
            Watch.of(ControlLimits.DEFAULTS),
            new Meters(registry));
    ControlDoors doors =
        new ControlDoors(
            loops,
            connections,
            new Http1Edge(clock, new Meters(registry)),
            handler,
            Watch.of(ControlLimits.DEFAULTS),
            new Meters(registry));
    door = doors.bind(new InetSocketAddress("127.0.0.1", 0));
    address = (InetSocketAddress) door.address();
  }

  @AfterEach
  void close() {
    door.close();
    loops.close();
    workers.shutdownNow();
  }

  @Test
  void whoClosedItsSocketIsNobodyAndNothingStops() throws Exception {
    RawClient gone = RawClient.connect(address);
    gone.send(STOP).close();
    RawClient torn = RawClient.connect(address);
    torn.send(STOP).reset();
    try (RawClient halfClosed = RawClient.connect(address)) {
      halfClosed.send(STOP).halfClose();
      door.open();
      halfClosed.drainToEnd();
    }
    // The torn one may end before its request is read; the other two are refused by name.
    await().untilAsserted(() -> assertThat(refused()).isGreaterThanOrEqualTo(2));
    await().untilAsserted(() -> assertThat(connections.size()).isZero());
    assertThat(gateway.stops).isEmpty();

    try (RawClient honest = RawClient.connect(address)) {
      assertThat(honest.send(STOP).readResponse().status()).isEqualTo(202);
      assertThat(gateway.stops.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(gateway.stops).isEmpty();
  }

  private double refused() {
    return registry
        .find("fairlead.control.refused")
        .tag("reason", "short_path_refused")
        .counters()
        .stream()
        .mapToDouble(Counter::count)
        .sum();
  }
}
