package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.control.access.Door;
import io.fairlead.control.access.Role;
import io.fairlead.control.api.Who;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private final EventBus bus = new EventBus();
  private final ManualClock clock = new ManualClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EventStream stream = new EventStream(bus, new Meters(registry), clock);

  @Test
  void thirtyTwoMayWatchAndTheNextOnceOneLeaves() throws Exception {
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < EventStream.WATCHERS_MAX; i++) readers.add(watch(""));
    assertThat(ask("", Optional.empty()).status()).isEqualTo(503);
    assertThat(
            registry
                .get("fairlead.limit.rejections")
                .tag("limit", "event_watchers")
                .counter()
                .count())
        .isOne();
    readers.getFirst().leave();
    assertThat(ask("", Optional.empty()).status()).isEqualTo(200);
  }

  @Test
  void whoFallsBehindLosesEventsAndIsToldHowMany() throws Exception {
    Reader quick = watch("");
    Reader slow = watch("");
    slow.writable = false;
    int sent = EventStream.BUFFERED_MAX + 500;
    publish(1, sent, quick);
    slow.writable = true;
    slow.wake();
    await().until(() -> slow.text().contains("event: dropped"));
    assertThat(slow.count("config.rejected")).isEqualTo(EventStream.BUFFERED_MAX);
    assertThat(slow.text()).contains("\"dropped\":500");
    assertThat(quick.text()).doesNotContain("dropped");
  }

  @Test
  void whoComesBackAfterTheRingWentOnIsToldOfTheGap() throws Exception {
    Reader first = watch("");
    publish(1, 1, first);
    String id = first.lastId();
    publish(2, EventStream.RING + 50, first);
    Reader back = watch("", id);
    assertThat(back.text()).contains("event: gap").contains("\"missed\":50");
    assertThat(back.count("config.rejected")).isEqualTo(EventStream.RING);
    Reader up = watch("", back.lastId());
    assertThat(up.text()).doesNotContain("gap").doesNotContain("config.rejected");
  }

  @Test
  void aPatternChoosesKindsAndSinceReplaysTheLastTime() throws Exception {
    Reader all = watch("");
    publish(1, 3, all);
    clock.advance(Duration.ofMinutes(20));
    publish(4, 2, all);
    assertThat(watch("since=10m").count("config.rejected")).isEqualTo(2);
    assertThat(watch("since=1h&type=config.*").count("config.rejected")).isEqualTo(5);
    assertThat(watch("since=1h&type=flow.*,member.*").count("config.rejected")).isZero();
  }

  @Test
  void theRegistrysPartHoldsOnlyWhatIsTheRegistrys() throws Exception {
    Reader all = watch("");
    bus.publish(
        new GatewayEvent.MemberRemoved(
            clock.wall(),
            new EntryId("members", "m1"),
            new Cause(Cause.Reason.REMOVED, "members", "p", Optional.empty()),
            0));
    publish(1, 1, all);
    Reader part = new Reader();
    ask(1, "since=1h", Optional.empty()).feed().orElseThrow().open(part);
    assertThat(part.count("member.removed")).isEqualTo(1);
    assertThat(part.count("config.rejected")).isZero();
  }

  @Test
  void whatNobodyWatchesIsNotWrittenOutAndForSeveralOnce() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    List<String> names =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            looks.incrementAndGet();
            return "box.test";
          }

          @Override
          public int size() {
            return 1;
          }
        };
    Reader other = watch("type=config.*");
    bus.publish(
        new GatewayEvent.CertificateTakenOver(
            clock.wall(), "box", "files", names, "authority", clock.wall()));
    publish(1, 1, other);
    assertThat(looks).hasValue(0);
    assertThat(watch("since=1h").text()).contains("cert.taken_over").contains("box.test");
    int once = looks.get();
    assertThat(once).isPositive();
    assertThat(watch("since=1h").text()).contains("box.test");
    assertThat(looks).hasValue(once);
  }

  private void publish(int from, int count, Reader witness) {
    for (int i = from; i < from + count; i++) {
      int before = i;
      bus.publish(new GatewayEvent.ConfigRejected(clock.wall(), i, "test", 1));
      // The bus has a bound of its own; this is about the stream's.
      if (i % 1000 == 0)
        await().until(() -> witness.text().contains("\"generation\":" + before + ","));
    }
    int last = from + count - 1;
    await().until(() -> witness.text().contains("\"generation\":" + last + ","));
  }

  private Reader watch(String query, String... lastId) throws Exception {
    Optional<String> id = lastId.length == 0 ? Optional.empty() : Optional.of(lastId[0]);
    Reader reader = new Reader();
    ask(query, id).feed().orElseThrow().open(reader);
    return reader;
  }

  private Reply ask(String query, Optional<String> lastId) throws Exception {
    return ask(0, query, lastId);
  }

  private Reply ask(int route, String query, Optional<String> lastId) throws Exception {
    ControlRequest request =
        new ControlRequest(
            "GET",
            "/v1/events",
            Query.parse(query),
            "",
            "",
            Optional.empty(),
            List.of(),
            List.of(),
            lastId,
            Role.VIEWER,
            new Who("api", "test"),
            new Door.Unix(OptionalInt.empty()),
            true,
            new Caller(Role.VIEWER, "test", Optional.empty(), Optional.empty(), false),
            ControlLimits.DEFAULTS,
            new byte[0]);
    return stream
        .routes()
        .get(route)
        .handler()
        .handle(request, Map.of())
        .toCompletableFuture()
        .join();
  }

  /** A connection of which the test says whether it takes more. */
  private static final class Reader implements Feed.Outlet {
    private final StringBuilder text = new StringBuilder();
    private volatile boolean writable = true;
    private Runnable onWritable = () -> {};
    private Runnable onEnd = () -> {};

    @Override
    public synchronized void execute(Runnable task) {
      task.run();
    }

    @Override
    public void after(Duration delay, Runnable task) {}

    @Override
    public synchronized void write(byte[] piece) {
      text.append(new String(piece, UTF_8));
    }

    @Override
    public void flush() {}

    @Override
    public boolean writable() {
      return writable;
    }

    @Override
    public void onWritable(Runnable listener) {
      onWritable = listener;
    }

    @Override
    public void onEnd(Runnable listener) {
      onEnd = listener;
    }

    synchronized void wake() {
      onWritable.run();
    }

    void leave() {
      onEnd.run();
    }

    synchronized String text() {
      return text.toString();
    }

    int count(String kind) {
      return text().split("event: " + kind, -1).length - 1;
    }

    String lastId() {
      String all = text();
      String tail = all.substring(all.lastIndexOf("id: ") + 4);
      return tail.substring(0, tail.indexOf('\n'));
    }
  }
}
