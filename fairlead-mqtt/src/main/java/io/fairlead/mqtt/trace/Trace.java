package io.fairlead.mqtt.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One trace and the last lines it caught. Thread-safe: connections of every event loop add to it,
 * and whoever asked for it reads.
 */
public final class Trace {
  /** Older lines give way to newer ones. */
  static final int LINES_MAX = 5_000;

  /**
   * What there is behind some number.
   *
   * @param missed lines that were caught and gave way before they were read
   */
  public record Page(List<TraceLine> lines, long missed, boolean over) {
    public Page {
      lines = List.copyOf(lines);
    }
  }

  private final long id;
  private final TraceWish wish;
  private final long endsAtNanos;
  private final Deque<TraceLine> lines = new ArrayDeque<>(); // guarded by this
  private long caught; // guarded by this

  Trace(long id, TraceWish wish, long endsAtNanos) {
    this.id = id;
    this.wish = wish;
    this.endsAtNanos = endsAtNanos;
  }

  public long id() {
    return id;
  }

  public TraceWish wish() {
    return wish;
  }

  boolean overAt(long nowNanos) {
    return nowNanos - endsAtNanos >= 0;
  }

  boolean wants(Traced packet) {
    if (wish.clientId().isPresent() && !wish.clientId().get().equals(packet.clientId())) {
      return false;
    }
    if (wish.address().isPresent() && !wish.address().get().equals(packet.address())) return false;
    return wish.topic().isEmpty() || packet.isAbout(wish.topic().get());
  }

  synchronized void add(Traced packet) {
    if (lines.size() == LINES_MAX) lines.removeFirst();
    lines.add(packet.line(++caught));
  }

  /** Lines with greater numbers, in order, {@code most} at most. */
  synchronized Page after(long number, int most, boolean over) {
    List<TraceLine> page = new ArrayList<>();
    for (TraceLine line : lines) {
      if (line.number() > number && page.size() < most) page.add(line);
    }
    long oldest = lines.isEmpty() ? caught + 1 : lines.getFirst().number();
    return new Page(page, Math.max(0, oldest - 1 - number), over);
  }
}
