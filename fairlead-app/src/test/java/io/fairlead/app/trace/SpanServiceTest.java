package io.fairlead.app.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.TracePlace;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpanServiceTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final List<Span> taken = new CopyOnWriteArrayList<>();
  private final AtomicInteger closed = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);
  private volatile boolean takes = true;
  private volatile boolean faulty;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EventBus events = new EventBus();
  private final SpanService service =
      new SpanService(
          _ -> new Collector(), events, new Meters(registry), Clock.system(), Randomness.system());

  @AfterEach
  void stop() {
    gate.countDown();
    service.close();
    events.close();
  }

  @Test
  void isOffUntilItIsAskedForAndRunsNoThread() {
    assertThat(service.on()).isFalse();
    service.ended("registry.cycle", Duration.ofMillis(3), Map.of(), Optional.empty());
    gate.countDown();
    wants(1);
    assertThat(service.on()).isTrue();
    service.ended("registry.cycle", Duration.ofMillis(4), Map.of(), Optional.of("lost"));
    await().until(() -> taken.size() == 1);
    assertThat(taken.getFirst().took()).isEqualTo(Duration.ofMillis(4));
    assertThat(taken.getFirst().error()).contains("lost");
    service
        .prepare(new TelemetryConfig.Tracing(false, URI.create("http://x"), Map.of(), 1))
        .commit();
    assertThat(service.on()).isFalse();
    await().until(() -> closed.get() == 1);
  }

  @Test
  void whatThereIsNoRoomForIsDroppedAndCounted() {
    wants(1);
    int told = SpanService.QUEUE + SpanService.BATCH + 100;
    for (int i = 0; i < told; i++) {
      service.ended("pubsub.request", Duration.ZERO, Map.of(), Optional.empty());
    }
    double dropped = registry.get("fairlead.spans.dropped").counter().count();
    assertThat(dropped).isBetween(100.0, 100.0 + SpanService.BATCH);
    gate.countDown();
    await().until(() -> taken.size() == told - (int) dropped);
  }

  @Test
  void whatTheCollectorDoesNotTakeIsCounted() {
    takes = false;
    gate.countDown();
    wants(1);
    service.ended("pubsub.request", Duration.ZERO, Map.of(), Optional.empty());
    await().until(() -> registry.get("fairlead.spans.failed").counter().count() == 1);
    assertThat(taken).isEmpty();
  }

  @Test
  void aBatchThatCannotBeSentIsLostAlone() {
    faulty = true;
    gate.countDown();
    wants(1);
    service.ended("pubsub.request", Duration.ZERO, Map.of(), Optional.empty());
    await().until(() -> registry.get("fairlead.spans.failed").counter().count() == 1);
    faulty = false;
    service.ended("pubsub.request", Duration.ZERO, Map.of(), Optional.empty());
    await().until(() -> taken.size() == 1);
  }

  @Test
  void whatWasTakenIsSentBeforeTheEnd() {
    gate.countDown();
    wants(1);
    for (int i = 0; i < 1000; i++) {
      service.ended("pubsub.request", Duration.ZERO, Map.of(), Optional.empty());
    }
    service.close();
    assertThat(taken).hasSize(1000);
    assertThat(closed).hasValue(1);
  }

  @Test
  void aChangeOfTheConfigurationIsOne() {
    gate.countDown();
    wants(1);
    events.publish(new GatewayEvent.ConfigApplied(Instant.EPOCH, 7, "file", Duration.ofMillis(12)));
    await().until(() -> taken.size() == 1);
    assertThat(taken.getFirst().name()).isEqualTo("config.reload");
    assertThat(taken.getFirst().facts()).containsEntry("fairlead.generation", 7L);
  }

  @Test
  void theShareIsOfTracesThatBeginHere() {
    gate.countDown();
    wants(0.25);
    Random random = new Random(11);
    long kept = IntStream.range(0, 20_000).filter(_ -> service.records(random.nextLong())).count();
    assertThat(kept).isBetween(4_700L, 5_300L);
  }

  @Test
  void aRequestAndWhatItAskedAreTwoSpansOfTheCallersTrace() {
    TracePlace place = new TracePlace(TRACE, "00f067aa0ba902b7", "b7ad6b7169203331", true);
    List<Span> spans = EntrySpans.of(entry(place, 502, 502), new Random(1), _ -> false);
    assertThat(spans).extracting(Span::name).containsExactly("http.server", "http.client");
    Span server = spans.getFirst();
    Span client = spans.getLast();
    assertThat(List.of(server.trace(), client.trace())).containsOnly(TRACE);
    assertThat(server.caller()).isEqualTo("00f067aa0ba902b7");
    assertThat(client.caller()).isEqualTo(server.id());
    assertThat(client.id()).as("what the upstream was told").isEqualTo("b7ad6b7169203331");
    assertThat(server.error()).contains("502");
    assertThat(client.facts()).containsEntry("http.request.resend_count", 1);
    assertThat(server.facts().toString()).doesNotContain("192.0.2.7").doesNotContain("secret");
  }

  @Test
  void theCallersDecisionIsKept() {
    TracePlace not = new TracePlace(TRACE, "00f067aa0ba902b7", "b7ad6b7169203331", false);
    assertThat(EntrySpans.of(entry(not, 200, 200), new Random(1), _ -> true)).isEmpty();
    assertThat(EntrySpans.of(entry(TracePlace.NONE, 200, 200), new Random(1), _ -> true))
        .hasSize(2)
        .allSatisfy(span -> assertThat(span.trace()).hasSize(32).isNotEqualTo(TRACE));
  }

  private void wants(double share) {
    service
        .prepare(new TelemetryConfig.Tracing(true, URI.create("http://x"), Map.of(), share))
        .commit();
  }

  private static AccessEntry entry(TracePlace place, int status, int upstream) {
    return new AccessEntry(
        AccessEntry.Kind.REQUEST,
        Instant.EPOCH,
        "r-1",
        "web",
        "site",
        "0",
        new AccessEntry.Client("192.0.2.7", "", "", "curl", ""),
        new AccessEntry.Asked("HTTP/1.1", "GET", "http", "app.test", "/a", "key=secret"),
        new AccessEntry.Outcome(status, 0, 10, 5_000_000, Optional.empty()),
        new AccessEntry.Upstream("10.0.0.1:80", upstream, 2, 1000, 2000),
        place);
  }

  private final class Collector implements SpanExport {
    @Override
    public String send(List<Span> batch) throws InterruptedException {
      gate.await();
      if (faulty) throw new IllegalArgumentException("restricted header name: host");
      if (takes) taken.addAll(batch);
      return takes ? "" : "not today";
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
