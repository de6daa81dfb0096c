package io.fairlead.relay.finder;

import io.fairlead.core.file.StagedFile;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where it is kept how peers did as relays. Lines of text: the first names the format and its
 * version, each other is one peer with its fields between tabs, times in milliseconds since 1970,
 * {@code -} for what is not known.
 *
 * <pre>
 * relay-history 1
 * PEER  ROUND_TRIP_NANOS  MEASURED_AT  ATTEMPTS  GRANTS  FADED_AT  REFUSED_AT,…  DURATION/BYTES
 * </pre>
 *
 * <p>Written at most every 30 s, as a whole, and when it is closed. A file that cannot be read, is
 * damaged or of another version counts as none, with a warning; one that cannot be written is told
 * once. Thread-safe; waits for the disk.
 */
public final class HistoryFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryFile.class);
  private static final String HEAD = "relay-history 1";
  private static final String NONE = "-";
  private static final int FIELDS = 8;
  private static final int BYTES_MAX = 1 << 20;

  /** Until the year 2200: no difference of two such times is beyond a long of nanoseconds. */
  private static final long MILLIS_MAX = 7_258_118_400_000L;

  private static final long PACE_NANOS = Duration.ofSeconds(30).toNanos();

  private final @Nullable Path file;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private @Nullable List<Remembered> waiting;

  private boolean written;
  private long writtenAtNanos;
  private boolean told;

  private HistoryFile(@Nullable Path file) {
    this.file = file;
  }

  /** Forgotten with the process. */
  public static HistoryFile forgotten() {
    return new HistoryFile(null);
  }

  /**
   * Kept in a file.
   *
   * @param file is made when there is something to keep; its folder must be there
   */
  public static HistoryFile in(Path file) {
    return new HistoryFile(file);
  }

  /** What was kept, the least recently touched first. */
  List<Remembered> read() {
    Path from = file;
    if (from == null) return List.of();
    try {
      if (Files.size(from) > BYTES_MAX) throw new MalformedException("too long");
      return parsed(Files.readString(from));
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException | MalformedException unreadable) {
      log.atWarn()
          .addKeyValue("file", from)
          .addKeyValue("cause", unreadable.toString())
          .log("relay history not read");
      return List.of();
    }
  }

  /** It changed: written now, or with a later change where it was written a moment ago. */
  void changed(List<Remembered> now, long nowNanos) {
    synchronized (lock) {
      waiting = now;
      if (written && nowNanos - writtenAtNanos < PACE_NANOS) return;
      write(nowNanos);
    }
  }

  /** Nothing changed, but something may wait. */
  void look(long nowNanos) {
    synchronized (lock) {
      if (waiting != null && nowNanos - writtenAtNanos >= PACE_NANOS) write(nowNanos);
    }
  }

  /** Writes what waits. */
  @Override
  public void close() {
    synchronized (lock) {
      if (waiting != null) write(writtenAtNanos);
    }
  }

  /** Under the lock. */
  private void write(long nowNanos) {
    List<Remembered> next = waiting;
    Path to = file;
    written = true;
    writtenAtNanos = nowNanos;
    if (to == null || next == null) return;
    try {
      StagedFile.write(to, text(next).getBytes(StandardCharsets.UTF_8)).publish();
      waiting = null;
    } catch (ClosedByInterruptException ending) {
      return; // its owner is being closed, and then closes this
    } catch (IOException failure) {
      if (!told) {
        log.atWarn()
            .addKeyValue("file", to)
            .addKeyValue("cause", failure.toString())
            .log("relay history not kept");
      }
      told = true;
    }
  }

  // ---- the text -----------------------------------------------------------------------------

  private static String text(List<Remembered> all) {
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    for (Remembered each : all) {
      List<String> refused =
          each.refusedAt().stream().map(at -> Long.toString(at.toEpochMilli())).toList();
      text.append(
          String.join(
              "\t",
              each.peer().toString(),
              each.trip().map(trip -> Long.toString(trip.time().toNanos())).orElse(NONE),
              each.trip().map(trip -> Long.toString(trip.at().toEpochMilli())).orElse(NONE),
              Double.toString(each.attempts()),
              Double.toString(each.grants()),
              Long.toString(each.fadedAt().toEpochMilli()),
              refused.isEmpty() ? NONE : String.join(",", refused),
              each.limit().map(HistoryFile::text).orElse(NONE)));
      text.append('\n');
    }
    return text.toString();
  }

  private static String text(CircuitLimit limit) {
    return limit.duration().map(time -> Long.toString(time.toMillis())).orElse(NONE)
        + "/"
        + limit.bytes().map(bytes -> Long.toString(bytes)).orElse(NONE);
  }

  private static List<Remembered> parsed(String text) throws MalformedException {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
      throw new MalformedException("does not begin with " + HEAD);
    }
    List<Remembered> all = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) all.add(line(line));
    return all;
  }

  private static Remembered line(String line) throws MalformedException {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) throw new MalformedException("not " + FIELDS + " fields: " + line);
    try {
      List<Instant> refused = new ArrayList<>();
      if (!fields[6].equals(NONE)) for (String at : fields[6].split(",", -1)) refused.add(at(at));
      return new Remembered(
          PeerId.parse(fields[0]),
          number(fields[1])
              .map(nanos -> new Remembered.Trip(Duration.ofNanos(nanos), at(fields[2]))),
          Double.parseDouble(fields[3]),
          Double.parseDouble(fields[4]),
          at(fields[5]),
          refused,
          limit(fields[7]));
    } catch (IllegalArgumentException | DateTimeException wrong) {
      throw new MalformedException(wrong.getMessage() + ": " + line);
    }
  }

  private static Instant at(String millis) {
    long at = Long.parseLong(millis);
    if (at < 0 || at > MILLIS_MAX) throw new IllegalArgumentException("time: " + at);
    return Instant.ofEpochMilli(at);
  }

  private static Optional<Long> number(String text) {
    return text.equals(NONE) ? Optional.empty() : Optional.of(Long.parseLong(text));
  }

  private static Optional<CircuitLimit> limit(String text) throws MalformedException {
    if (text.equals(NONE)) return Optional.empty();
    String[] bounds = text.split("/", -1);
    if (bounds.length != 2) throw new MalformedException("bounds: " + text);
    return Optional.of(
        new CircuitLimit(number(bounds[0]).map(Duration::ofMillis), number(bounds[1])));
  }
}
