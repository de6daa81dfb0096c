package io.fairlead.net.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fields of a head in the order received, names in their original case. Views of the
 * connection's head bytes: valid until the exchange ends, read on its event loop only. Strings are
 * made when asked for.
 */
public interface Fields {
  int size();

  String name(int index);

  String value(int index);

  /**
   * Whether field {@code index} is called {@code lowerCaseName}, ignoring case, without making a
   * string.
   */
  boolean nameIs(int index, String lowerCaseName);

  /** Whether the value of field {@code index} begins with that, without making a string. */
  default boolean valueBegins(int index, String prefix) {
    return value(index).startsWith(prefix);
  }

  /** Whether a field goes on to the other end: it is not hop-by-hop and not framing. */
  default boolean endToEnd(int index) {
    return !HopFields.contains(name(index));
  }

  /** First value of that name. */
  default Optional<String> first(String lowerCaseName) {
    for (int i = 0; i < size(); i++) {
      if (nameIs(i, lowerCaseName)) return Optional.of(value(i));
    }
    return Optional.empty();
  }

  /** All values of that name, in order. */
  default List<String> all(String lowerCaseName) {
    List<String> values = new ArrayList<>(2);
    for (int i = 0; i < size(); i++) {
      if (nameIs(i, lowerCaseName)) values.add(value(i));
    }
    return values;
  }
}
