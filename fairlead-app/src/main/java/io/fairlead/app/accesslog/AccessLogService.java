package io.fairlead.app.accesslog;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.live.LiveConnection;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the access log: takes entries from any thread without blocking, writes them on one of its
 * own. At most {@value #RING} entries wait; what comes beyond is dropped and counted ({@code
 * fairlead_access_log_dropped_total}), and so is what the disk or server refuses.
 *
 * <p>{@link #prepare} opens what the next configuration wants; its commit hands it to the writing
 * thread, which writes what was taken before to what it was meant for.
 */
public final class AccessLogService implements Service, AccessLog, Reloadable<AccessLogConfig> {
  static final int RING = 8192;
  private static final Logger log = LoggerFactory.getLogger(AccessLogService.class);
  private static final int BATCH = 256;
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int STATUS_ALWAYS = 500;

  /** A configuration at work. */
  private record Course(AccessLogConfig config, LineFormat format, LineSink sink) {
    long interimNanos() {
      return config.interim().toNanos();
    }
  }

  /** What the writing thread finds in its queue: a line, or a change. */
  private sealed interface Work {
    record Write(Line line) implements Work {}

    record Turn(Optional<Course> next) implements Work {}
  }

  private final Supplier<Stream<LiveConnection>> connections;
  private final LongSupplier generation;
  private final Clock clock;
  private final ArrayBlockingQueue<Work> ring = new ArrayBlockingQueue<>(RING + 16);
  private final Counter written;
  private final Counter dropped;
  private final Counter failed;
  private volatile @Nullable AccessLogConfig wanted;
  private volatile boolean closing;
  private @Nullable Thread writer;

  // Of the writing thread.
  private @Nullable Course course;
  private boolean complained;
  private long lookedAtNanos;
  private long interimAtNanos;

  /**
   * @param connections those alive, for the lines of streams that go on
   * @param generation of the running configuration
   */
  public AccessLogService(
      Supplier<Stream<LiveConnection>> connections,
      LongSupplier generation,
      Meters meters,
      Clock clock) {
    this.connections = connections;
    this.generation = generation;
    this.clock = clock;
    written = meters.counter("access_log.lines", "Lines written to the access log.");
    dropped = meters.counter("access_log.dropped", "Lines dropped: too many waited.");
    failed = meters.counter("access_log.failed", "Lines that could not be written.");
    meters.gauge("access_log.waiting", "Lines that wait to be written.", ring::size);
  }

  @Override
  public String name() {
    return "access_log";
  }

  @Override
  public boolean on() {
    return wanted != null;
  }

  @Override
  public void write(AccessEntry entry) {
    AccessLogConfig config = wanted;
    if (config == null || !sampled(entry, config.sample())) return;
    boolean room = ring.size() < RING; // what is above is kept for changes
    if (!room || !ring.offer(new Work.Write(new Line(entry, generation.getAsLong())))) {
      dropped.increment();
    }
  }

  /** The same entries of a request in every gateway it passes, since its id decides. */
  private static boolean sampled(AccessEntry entry, double share) {
    if (share >= 1 || entry.outcome().status() >= STATUS_ALWAYS) return true;
    if (entry.kind() == AccessEntry.Kind.REQUEST && entry.outcome().error().isPresent()) {
      return true;
    }
    long mixed = (entry.id().hashCode() * 0x9E3779B97F4A7C15L) >>> 11;
    return mixed * 0x1.0p-53 < share;
  }

  @Override
  public void start() {
    writer = Thread.ofPlatform().name("access-log").daemon().start(this::run);
  }

  @Override
  public void drain(Deadline deadline) {}

  /** Writes what was taken, within two seconds. */
  @Override
  public void close() {
    wanted = null;
    closing = true;
    Thread running = writer;
    if (running == null) return;
    try {
      running.join(java.time.Duration.ofSeconds(2));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    if (running.isAlive()) running.interrupt();
  }

  @Override
  public Prepared prepare(AccessLogConfig next) throws ConfigException {
    AccessLogConfig before = wanted;
    boolean same = next.enabled() ? next.equals(before) : before == null;
    if (same) return new Switch(next, Optional.empty(), false);
    return new Switch(next, next.enabled() ? Optional.of(open(next)) : Optional.empty(), true);
  }

  private Course open(AccessLogConfig next) throws ConfigException {
    Privacy privacy = new Privacy(next.maskIp(), next.unmask());
    LineFormat format = LineFormat.of(next.format(), privacy, ZoneId.systemDefault());
    try {
      return new Course(
          next,
          format,
          switch (next.sink()) {
            case AccessLogConfig.Sink.Output _ -> new LineSink.Output();
            case AccessLogConfig.Sink.ToFile file -> new FileSink(file, clock);
            case AccessLogConfig.Sink.Syslog syslog -> new SyslogSink(syslog, hostName(), clock);
          });
    } catch (IOException failure) {
      throw new ConfigException(
          Problem.error(
              AccessLogCodes.UNWRITABLE.id(),
              "/logs/access/file",
              Problem.Place.NOWHERE,
              "the access log cannot be opened: " + failure,
              "create its folder, or correct the path and permissions"));
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "-";
    }
  }

  /** A prepared configuration. */
  private final class Switch implements Prepared {
    private final AccessLogConfig next;
    private final Optional<Course> opened;
    private final boolean change;

    Switch(AccessLogConfig next, Optional<Course> opened, boolean change) {
      this.next = next;
      this.opened = opened;
      this.change = change;
    }

    @Override
    public void commit() {
      if (!change) return;
      // Room for it is kept free; a commit that finds none has sixteen unwritten ones before it.
      if (!ring.offer(new Work.Turn(opened))) {
        opened.ifPresent(course -> course.sink().close());
        log.atError().log("access log keeps its former settings: its writer is stuck");
        return;
      }
      wanted = next.enabled() ? next : null;
    }

    @Override
    public void discard() {
      opened.ifPresent(course -> course.sink().close());
    }
  }

  // ---- the writing thread --------------------------------------------------------------------

  private void run() {
    List<Work> batch = new ArrayList<>(BATCH);
    interimAtNanos = clock.nanos();
    while (true) {
      try {
        Work first = ring.poll(closing ? 0 : 250, TimeUnit.MILLISECONDS);
        if (first == null && closing) break;
        if (first != null) {
          batch.add(first);
          ring.drainTo(batch, BATCH - 1);
          take(batch);
          batch.clear();
        }
        idle();
      } catch (InterruptedException closed) {
        break;
      } catch (RuntimeException failure) {
        batch.clear();
        log.atError().setCause(failure).log("access log line failed");
      }
    }
    turn(Optional.empty());
  }

  private void take(List<Work> batch) {
    StringBuilder lines = new StringBuilder(batch.size() * 256);
    int count = 0;
    for (Work work : batch) {
      switch (work) {
        case Work.Write(Line line) -> {
          Course now = course;
          if (now == null) continue;
          now.format().append(line, lines);
          lines.append('\n');
          count++;
        }
        case Work.Turn(Optional<Course> next) -> {
          put(lines, count);
          lines.setLength(0);
          count = 0;
          turn(next);
        }
      }
    }
    put(lines, count);
  }

  private void put(StringBuilder lines, int count) {
    Course now = course;
    if (count == 0 || now == null) return;
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    try {
      now.sink().write(bytes, bytes.length);
      written.increment(count);
      complained = false;
    } catch (IOException failure) {
      failed.increment(count);
      complain(failure);
    }
  }

  private void complain(IOException failure) {
    if (complained) return;
    complained = true;
    log.atError().addKeyValue("error", failure.toString()).log("access log lines lost");
  }

  private void turn(Optional<Course> next) {
    Course before = course;
    course = next.orElse(null);
    complained = false;
    if (before != null) before.sink().close();
  }

  /** Between two batches: looks at the file, and tells of streams that go on. */
  private void idle() {
    Course now = course;
    if (now == null) return;
    long nanos = clock.nanos();
    if (nanos - lookedAtNanos >= LOOK_NANOS) {
      lookedAtNanos = nanos;
      try {
        now.sink().look();
      } catch (IOException failure) {
        complain(failure);
      }
    }
    if (nanos - interimAtNanos >= now.interimNanos()) {
      interimAtNanos = nanos;
      StringBuilder lines = new StringBuilder();
      List<AccessEntry> entries =
          connections.get().filter(each -> goesOn(each, nanos, now)).map(this::interim).toList();
      for (AccessEntry entry : entries) {
        now.format().append(new Line(entry, generation.getAsLong()), lines);
        lines.append('\n');
      }
      put(lines, entries.size());
    }
  }

  private static boolean goesOn(LiveConnection connection, long nanos, Course now) {
    return !connection.destination().isEmpty()
        && nanos - connection.acceptedAtNanos() >= now.interimNanos();
  }

  private AccessEntry interim(LiveConnection connection) {
    return new AccessEntry(
        AccessEntry.Kind.INTERIM,
        clock.wall(),
        Long.toString(connection.id()),
        connection.listener(),
        "",
        "",
        new AccessEntry.Client(connection.remoteText(), connection.principal().id(), "", "", ""),
        AccessEntry.Asked.stream(connection.kind(), connection.destination()),
        new AccessEntry.Outcome(
            -1,
            connection.receivedBytes(),
            connection.sentBytes(),
            clock.nanos() - connection.acceptedAtNanos(),
            Optional.empty()),
        AccessEntry.Upstream.NONE);
  }
}
