package io.fairlead.relay.network;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Ranges that may lie in each other, cut into pieces side by side, so that a binary search finds
 * the narrowest. A piece begins at its point and ends where the next begins. Immutable: 24 bytes
 * for each piece.
 */
final class Segments {
  private final long[] highs;
  private final long[] lows;
  private final long[] values;

  private Segments(Cutting cut) {
    this.highs = Arrays.copyOf(cut.highs, cut.size);
    this.lows = Arrays.copyOf(cut.lows, cut.size);
    this.values = Arrays.copyOf(cut.values, cut.size);
  }

  /** An unsigned number of 128 bits. */
  record Point(long high, long low) implements Comparable<Point> {
    @Override
    public int compareTo(Point other) {
      int highs = Long.compareUnsigned(high, other.high);
      return highs != 0 ? highs : Long.compareUnsigned(low, other.low);
    }

    private Point next() {
      return low == -1 ? new Point(high + 1, 0) : new Point(high, low + 1);
    }

    private boolean last() {
      return high == -1 && low == -1;
    }
  }

  /**
   * Some points and what they have.
   *
   * @param last belongs to it
   */
  record Range(Point first, Point last, long value) {
    Range {
      if (first.compareTo(last) > 0) {
        throw new IllegalArgumentException(first + " - " + last + " (expected: first <= last)");
      }
    }

    /**
     * All that begin with the same bits.
     *
     * @param bits of 128 that are the same
     */
    static Range prefix(Point any, int bits, long value) {
      long high = bits >= 64 ? 0 : -1L >>> bits;
      long low = bits <= 64 ? -1 : bits == 128 ? 0 : -1L >>> (bits - 64);
      return new Range(
          new Point(any.high() & ~high, any.low() & ~low),
          new Point(any.high() | high, any.low() | low),
          value);
    }
  }

  /** Where ranges cross, the one that begins later wins. */
  static Segments of(List<Range> ranges) {
    List<Range> sorted =
        ranges.stream()
            .sorted(
                Comparator.comparing(Range::first)
                    .thenComparing(Range::last, Comparator.reverseOrder()))
            .toList();
    Cutting cut = new Cutting(2 * sorted.size() + 1);
    for (Range range : sorted) cut.open(range);
    cut.closeAll();
    return new Segments(cut);
  }

  /** What the point has, 0 where nothing covers it. */
  long at(Point point) {
    int low = 0;
    int high = values.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (new Point(highs[middle], lows[middle]).compareTo(point) <= 0) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? 0 : values[high];
  }

  /** Passes over ranges from left to right; those that are open lie in each other. */
  private static final class Cutting {
    private final ArrayDeque<Range> open = new ArrayDeque<>();
    private final long[] highs;
    private final long[] lows;
    private final long[] values;
    private int size;

    Cutting(int piecesMax) {
      highs = new long[piecesMax];
      lows = new long[piecesMax];
      values = new long[piecesMax];
    }

    void open(Range range) {
      while (!open.isEmpty() && open.getFirst().last().compareTo(range.first()) < 0) close();
      open.addFirst(range);
      begin(range.first(), range.value());
    }

    void closeAll() {
      while (!open.isEmpty()) close();
    }

    private void close() {
      Point last = open.removeFirst().last();
      while (!open.isEmpty() && open.getFirst().last().compareTo(last) <= 0) open.removeFirst();
      if (last.last()) return;
      begin(last.next(), open.isEmpty() ? 0 : open.getFirst().value());
    }

    private void begin(Point at, long value) {
      boolean again = size > 0 && highs[size - 1] == at.high() && lows[size - 1] == at.low();
      if (again) size--;
      if (size > 0 && values[size - 1] == value) return;
      highs[size] = at.high();
      lows[size] = at.low();
      values[size] = value;
      size++;
    }
  }
}
