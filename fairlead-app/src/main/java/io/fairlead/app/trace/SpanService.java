package io.fairlead.app.trace;

import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.net.journal.AccessEntry;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes ended work from any thread without blocking, and sends it in batches of at most {@value
 * #BATCH} on a thread that runs only while tracing is enabled. At most {@value #QUEUE} spans wait;
 * what comes beyond is dropped and counted ({@code fairlead_spans_dropped_total}), and so is what
 * the collector does not take.
 */
public final class SpanService implements Service, Spans, Reloadable<TelemetryConfig.Tracing> {
  static final int QUEUE = 4096;
  static final int BATCH = 512;
  private static final Logger log = LoggerFactory.getLogger(SpanService.class);
  private static final Duration PACE = Duration.ofSeconds(1);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final int EVENTS = 64;

  private final Function<TelemetryConfig.Tracing, SpanExport> exports;
  private final EventBus events;
  private final Randomness randomness;
  private final Clock clock;
  private final Counter sent;
  private final Counter dropped;
  private final Counter failed;
  private final ArrayBlockingQueue<Span> queue = new ArrayBlockingQueue<>(QUEUE);
  private volatile TelemetryConfig.@Nullable Tracing wanted;
  private @Nullable Sender sender; // guarded by this
  private EventBus.@Nullable Subscription changes; // guarded by this

  public SpanService(
      Function<TelemetryConfig.Tracing, SpanExport> exports,
      EventBus events,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this.exports = exports;
    this.events = events;
    this.clock = clock;
    this.randomness = randomness;
    sent = meters.counter("spans.sent", "Spans that the collector took.");
    dropped = meters.counter("spans.dropped", "Spans dropped: too many waited.");
    failed = meters.counter("spans.failed", "Spans that the collector did not take.");
    meters.gauge("spans.waiting", "Spans that wait to be sent.", queue::size);
  }

  /** One that sends by OTLP. */
  public static SpanService otlp(
      String gateway, EventBus events, Meters meters, Clock clock, Randomness randomness) {
    return new SpanService(
        tracing -> new OtlpExport(tracing, gateway), events, meters, clock, randomness);
  }

  @Override
  public String name() {
    return "spans";
  }

  @Override
  public boolean on() {
    return wanted != null;
  }

  /** Whether a trace that begins here is recorded; the share's complement is turned away evenly. */
  boolean records(long chance) {
    TelemetryConfig.Tracing now = wanted;
    return now != null && (chance >>> 11) * 0x1.0p-53 < now.share();
  }

  /** A request or stream ended. */
  void ended(AccessEntry entry) {
    for (Span span : EntrySpans.of(entry, randomness.generator(), this::records)) offer(span);
  }

  @Override
  public void ended(String name, Duration took, Map<String, Object> facts, Optional<String> error) {
    var random = randomness.generator();
    if (!records(random.nextLong())) return;
    String trace = SpanIds.trace(random);
    String id = SpanIds.span(random);
    offer(new Span(name, Span.Role.INTERNAL, trace, id, "", clock.wall(), took, facts, error));
  }

  private void offer(Span span) {
    if (!queue.offer(span)) dropped.increment();
  }

  private void heard(GatewayEvent event) {
    if (event instanceof GatewayEvent.ConfigApplied applied) {
      ended(
          "config.reload",
          applied.took(),
          Map.of("fairlead.generation", applied.generation(), "fairlead.origin", applied.origin()),
          Optional.empty());
    }
  }

  @Override
  public void start() {}

  @Override
  public void drain(Deadline deadline) {}

  /** Sends what was taken, within two seconds. */
  @Override
  public synchronized void close() {
    Sender last = sender;
    turn(null);
    if (last != null) last.join();
  }

  @Override
  public Prepared prepare(TelemetryConfig.Tracing next) {
    return new Prepared() {
      @Override
      public void commit() {
        turn(next.enabled() ? next : null);
      }

      @Override
      public void discard() {}
    };
  }

  private synchronized void turn(TelemetryConfig.@Nullable Tracing next) {
    if (next == null ? wanted == null : next.equals(wanted)) return;
    wanted = null;
    Sender before = sender;
    if (before != null) before.end();
    if (changes != null) changes.close();
    sender = null;
    changes = null;
    if (next == null) return;
    sender = new Sender(next);
    changes = events.subscribe("spans", EVENTS, this::heard);
    wanted = next;
  }

  /** The thread of one configuration. */
  private final class Sender implements Runnable {
    private final TelemetryConfig.Tracing tracing;
    private final Thread thread;
    private volatile boolean ending;
    private boolean complained;

    Sender(TelemetryConfig.Tracing tracing) {
      this.tracing = tracing;
      thread = Thread.ofPlatform().name("spans").daemon().start(this);
    }

    @Override
    public void run() {
      List<Span> batch = new ArrayList<>(BATCH);
      try (SpanExport export = exports.apply(tracing)) {
        while (gather(batch)) {
          send(export, batch);
          batch.clear();
        }
      } catch (InterruptedException ended) {
        failed.increment(batch.size());
      } catch (RuntimeException failure) {
        log.atError().setCause(failure).log("spans are not sent any more: a fault of ours");
      }
    }

    /**
     * Waits for a span, and a little longer for more; false when all is sent and no more is wanted.
     */
    private boolean gather(List<Span> batch) throws InterruptedException {
      long left = PACE.toNanos();
      long from = clock.nanos();
      while (batch.size() < BATCH) {
        Span next = queue.poll(ending ? 0 : left, TimeUnit.NANOSECONDS);
        if (next != null) {
          batch.add(next);
        } else if (!batch.isEmpty() || ending) {
          break;
        }
        long passed = clock.nanos() - from;
        left = batch.isEmpty() ? PACE.toNanos() : Math.max(0, PACE.toNanos() - passed);
      }
      return !batch.isEmpty();
    }

    /** A batch that cannot be sent, such as with a field that is not allowed, is lost alone. */
    private String taken(SpanExport export, List<Span> batch) throws InterruptedException {
      try {
        return export.send(batch);
      } catch (RuntimeException failure) {
        return failure.toString();
      }
    }

    private void send(SpanExport export, List<Span> batch) throws InterruptedException {
      String refusal = taken(export, batch);
      if (refusal.isEmpty()) {
        sent.increment(batch.size());
        complained = false;
        return;
      }
      failed.increment(batch.size());
      if (complained) return;
      complained = true;
      log.atWarn()
          .addKeyValue("collector", tracing.traces())
          .addKeyValue("why", refusal)
          .log("spans lost: not taken");
    }

    /** Lets it send what is left, on its own time. */
    void end() {
      ending = true;
    }

    void join() {
      try {
        thread.join(LAST_WORDS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
      if (thread.isAlive()) thread.interrupt();
    }
  }
}
