package io.fairlead.net.http.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The text that was made of some octets the last time: requests of a loop ask for the same host,
 * and often for the same target, one after the other, and then need no string of their own. Holds
 * at most {@value #LENGTH_MAX} octets and their text; longer ones are made anew each time. Confined
 * to one event loop.
 */
final class LastText {
  static final int LENGTH_MAX = 128;

  private byte[] octets = {};
  private int length = -1;
  private String text = "";

  /** The text of {@code [from, to)}, one character for each octet. */
  String of(byte[] bytes, int from, int to) {
    String last = same(bytes, from, to);
    if (last != null) return last;
    String made = Octet.string(bytes, from, to);
    keep(bytes, from, to, made);
    return made;
  }

  /** What was kept for just these octets; null when that were others. */
  @Nullable String same(byte[] bytes, int from, int to) {
    return to - from == length && Arrays.equals(octets, 0, length, bytes, from, to) ? text : null;
  }

  /** Remembers what these octets say. */
  void keep(byte[] bytes, int from, int to, String says) {
    int count = to - from;
    if (count > LENGTH_MAX) return;
    if (octets.length < count) octets = new byte[Math.max(32, count)];
    System.arraycopy(bytes, from, octets, 0, count);
    length = count;
    text = says;
  }
}
