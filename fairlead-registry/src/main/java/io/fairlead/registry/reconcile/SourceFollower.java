package io.fairlead.registry.reconcile;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceRules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one source again and again, on a thread of its own: at each interval, after a hint, and
 * after a failure with growing pauses. Whoever follows is told after each read. What is read last
 * stays when a read fails. All but {@link #run} may be called from any thread.
 */
public final class SourceFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SourceFollower.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(60);
  private static final double JITTER = 0.1;

  /**
   * When to look.
   *
   * @param quiet hints closer together than this are one
   * @param debounceMax how long a stream of hints may put off a read
   */
  public record Pace(Duration interval, Duration quiet, Duration debounceMax) {
    public static final Pace DEFAULTS =
        new Pace(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofSeconds(1));
  }

  /**
   * How a source stands.
   *
   * @param lastGood the last list
   * @param failure why the last read failed; empty when it did not
   * @param failingSince since when
   */
  public record View(
      Optional<Snapshot> lastGood, Optional<String> failure, Optional<Instant> failingSince) {
    static final View NOTHING = new View(Optional.empty(), Optional.empty(), Optional.empty());

    /** Whether the last read succeeded. */
    public boolean healthy() {
      return lastGood.isPresent() && failure.isEmpty();
    }
  }

  private static final Duration JOIN = Duration.ofSeconds(2);

  private final RegistrySource source;
  private final SourceRules rules;
  private volatile Pace pace;
  private final StateFile state;
  private final RegistryMeters meters;
  private final Clock clock;
  private final Randomness randomness;
  private final Wakeup wakeup = new Wakeup();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<CompletableFuture<View>> waiting = new ArrayList<>(); // guarded by itself
  private final Thread thread;
  private volatile View view = View.NOTHING;
  private boolean inherited; // before start, then of the thread: the list came from a predecessor
  private int failures;

  // Seven nouns of one loop.
  public SourceFollower(
      RegistrySource source,
      SourceRules rules,
      Pace pace,
      StateFile state,
      RegistryMeters meters,
      Clock clock,
      Randomness randomness) {
    this.source = source;
    this.rules = rules;
    this.pace = pace;
    this.state = state;
    this.meters = meters;
    this.clock = clock;
    this.randomness = randomness;
    this.thread = Thread.ofVirtual().name("registry-source-" + source.name()).unstarted(this::run);
    meters.source(
        source.name(),
        () -> view.lastGood().map(Snapshot::invalid).orElse(0),
        () -> view.lastGood().map(list -> list.observedAt().getEpochSecond()).orElse(0L),
        this::count);
  }

  private long count(Status status) {
    return view.lastGood().stream()
        .flatMap(list -> list.entries().stream())
        .filter(entry -> entry.status() == status)
        .count();
  }

  public String name() {
    return source.name();
  }

  public SourceRules rules() {
    return rules;
  }

  public View view() {
    return view;
  }

  /** How the source stands beyond its last read. */
  public Map<String, Object> details() {
    return source.details();
  }

  /** Accepts what the source holds, and reads again. */
  public boolean approve(String id) {
    boolean held = source.approve(id);
    if (held) wakeup.call();
    return held;
  }

  /** Told after each read, good or bad, on the follower's thread. */
  public void onRead(Runnable listener) {
    listeners.add(listener);
  }

  /** Follows at another pace from now on. */
  public void pace(Pace next) {
    if (pace.equals(next)) return;
    pace = next;
    wakeup.call();
  }

  /**
   * Shows what a former follower of this name read until the first read of its own; that read asks
   * for the whole list. Before {@link #start}.
   */
  public SourceFollower inherit(View former) {
    view = former;
    inherited = true;
    return this;
  }

  /** Starts reading. */
  public void start() {
    thread.start();
  }

  /** Reads as soon as may be; completes after that read. */
  public CompletableFuture<View> readNow() {
    CompletableFuture<View> result = new CompletableFuture<>();
    synchronized (waiting) {
      waiting.add(result);
    }
    wakeup.call();
    return result;
  }

  private void run() {
    try (AutoCloseable _ = source.onHint(wakeup::call)) {
      long lastStart = clock.nanos();
      boolean first = true;
      while (true) {
        Duration since = Duration.ofNanos(clock.nanos() - lastStart);
        if (!first && since.compareTo(pace.quiet()) < 0 && !asked()) debounce();
        first = false;
        lastStart = clock.nanos();
        readOnce();
        if (wakeup.await(pause())) failures = 0; // hints reset the growing pause
      }
    } catch (InterruptedException closed) {
      log.atTrace().addKeyValue("source", name()).log("source follower ended");
    } catch (Exception failure) {
      log.atError().addKeyValue("source", name()).setCause(failure).log("source follower failed");
    }
  }

  private boolean asked() {
    synchronized (waiting) {
      return !waiting.isEmpty();
    }
  }

  /** Waits until hints pause, but not for ever. */
  private void debounce() throws InterruptedException {
    long end = clock.nanos() + pace.debounceMax().toNanos();
    while (clock.nanos() - end < 0 && wakeup.await(pace.quiet()) && !asked()) {
      log.atTrace().addKeyValue("source", name()).log("hint joined");
    }
  }

  private Duration pause() {
    Duration base = pace.interval();
    if (failures > 0) {
      Duration grown = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 6));
      base = grown.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : grown;
    }
    double factor = 1 + (randomness.generator().nextDouble() * 2 - 1) * JITTER;
    return Duration.ofNanos((long) (base.toNanos() * factor));
  }

  private void readOnce() throws InterruptedException {
    List<CompletableFuture<View>> served;
    synchronized (waiting) {
      served = new ArrayList<>(waiting);
      waiting.clear();
    }
    long start = clock.nanos();
    try {
      Optional<Snapshot> last = inherited ? Optional.empty() : view.lastGood();
      Optional<Position> before =
          inherited
              ? Optional.empty()
              : last.map(Snapshot::position).or(() -> state.source(name()));
      ReadRequest request = new ReadRequest(last, before, rules.timeout());
      Snapshot read =
          source
              .read(request)
              .toCompletableFuture()
              .get(rules.timeout().toMillis() + 1_000, TimeUnit.MILLISECONDS);
      good(read);
    } catch (ExecutionException failure) {
      bad(failure.getCause() == null ? failure : failure.getCause());
    } catch (TimeoutException | RuntimeException failure) {
      bad(failure);
    }
    Duration took = Duration.ofNanos(clock.nanos() - start);
    for (Runnable listener : listeners) listener.run();
    Duration whole = Duration.ofNanos(clock.nanos() - start);
    meters.cycled(name(), took, whole, view.failure().map(_ -> "read_failed"));
    served.forEach(each -> each.complete(view));
  }

  private void good(Snapshot read) {
    if (view.failure().isPresent() || view.lastGood().isEmpty()) {
      log.atInfo()
          .addKeyValue("source", name())
          .addKeyValue("entries", read.entries().size())
          .addKeyValue("position", read.position().text())
          .log("registry source read");
    }
    for (String warning : news(read)) {
      log.atWarn().addKeyValue("source", name()).addKeyValue("why", warning).log("entry dropped");
    }
    failures = 0;
    inherited = false;
    state.note(name(), read.position());
    view = new View(Optional.of(read), Optional.empty(), Optional.empty());
    meters.reads(name(), "ok").increment();
  }

  private List<String> news(Snapshot read) {
    boolean same =
        view.lastGood().map(Snapshot::warnings).map(read.warnings()::equals).orElse(false);
    return same ? List.of() : read.warnings();
  }

  private void bad(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof SourceException)) {
      cause = cause.getCause();
    }
    String word = "failed";
    String why = String.valueOf(cause.getMessage());
    if (cause instanceof SourceException typed) {
      word = typed.reason().word();
      why = word + ": " + typed.getMessage();
    } else if (failure instanceof TimeoutException) {
      word = SourceException.Reason.TIMEOUT.word();
      why = word + ": no answer in time";
    }
    boolean news = !view.failure().equals(Optional.of(why));
    Instant since = view.failingSince().orElse(clock.wall());
    failures++;
    view = new View(view.lastGood(), Optional.of(why), Optional.of(since));
    meters.reads(name(), word).increment();
    if (news) {
      log.atWarn()
          .addKeyValue("source", name())
          .addKeyValue("why", why)
          .log("registry source unreadable; the last good list stays");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    source.close();
    try {
      thread.join(JOIN); // it may be writing the state
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    synchronized (waiting) {
      waiting.forEach(each -> each.cancel(false));
      waiting.clear();
    }
  }
}
