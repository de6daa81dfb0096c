package io.fairlead.control.netty;

import java.util.List;
import java.util.Optional;

/** Reads {@code Cookie} fields (RFC 6265 §5.4). */
final class Cookies {
  private Cookies() {}

  /** The one value under that name; empty when there is none, or several that contradict. */
  static Optional<String> single(List<String> fields, String name) {
    Optional<String> found = Optional.empty();
    for (String field : fields) {
      for (String pair : field.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals < 0 || !pair.substring(0, equals).strip().equals(name)) continue;
        String value = pair.substring(equals + 1).strip();
        if (found.isPresent() && !found.get().equals(value)) return Optional.empty();
        if (!value.isEmpty()) found = Optional.of(value);
      }
    }
    return found;
  }
}
