package io.fairlead.core.unit;

/** A number of bytes. Printed in powers of 1024, as configuration writes them. */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  private static final String[] UNITS = {"", "KiB", "MiB", "GiB", "TiB"};

  public ByteSize {
    if (bytes < 0) throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
  }

  public static ByteSize ofKibi(long kibi) {
    return new ByteSize(Math.multiplyExact(kibi, 1024L));
  }

  public static ByteSize ofMebi(long mebi) {
    return new ByteSize(Math.multiplyExact(mebi, 1024L * 1024));
  }

  /** The size as an int, for buffers. */
  public int toInt() {
    return Math.toIntExact(bytes);
  }

  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /**
   * Exact: the largest unit that divides the size, so that reading it back gives the same value.
   */
  @Override
  public String toString() {
    long value = bytes;
    int unit = 0;
    while (unit < UNITS.length - 1 && value != 0 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return value + UNITS[unit];
  }
}
