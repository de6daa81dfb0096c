package io.fairlead.net.http2;

import io.fairlead.net.http.Fields;
import io.netty.util.AsciiString;
import java.util.Arrays;

/** Checked fields of one head without its pseudo-fields. Confined to one event loop. */
final class StreamFields implements Fields {
  private AsciiString[] pairs;
  private int size;

  StreamFields(int expected) {
    pairs = new AsciiString[2 * Math.max(4, expected)];
  }

  void add(AsciiString name, AsciiString value) {
    if (2 * size == pairs.length) pairs = Arrays.copyOf(pairs, 4 * size);
    pairs[2 * size] = name;
    pairs[2 * size + 1] = value;
    size++;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String name(int index) {
    return pairs[2 * check(index)].toString();
  }

  @Override
  public String value(int index) {
    return pairs[2 * check(index) + 1].toString();
  }

  @Override
  public boolean nameIs(int index, String lowerCaseName) {
    return pairs[2 * check(index)].contentEquals(lowerCaseName);
  }

  private int check(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("field " + index + " (expected: 0-" + (size - 1) + ")");
    }
    return index;
  }
}
