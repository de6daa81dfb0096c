package io.fairlead.registry.rewrite;

import java.util.ArrayList;
import java.util.List;

/** A JSON Pointer, unescaped. @see <a href="https://www.rfc-editor.org/rfc/rfc6901">RFC 6901</a> */
record Pointer(List<String> steps) {
  Pointer {
    steps = List.copyOf(steps);
  }

  /**
   * @throws IllegalArgumentException it does not start with a slash
   */
  static Pointer parse(String text) {
    if (text.isEmpty()) return new Pointer(List.of());
    if (text.charAt(0) != '/') {
      throw new IllegalArgumentException("path: " + text + " (expected: a JSON Pointer, /a/b)");
    }
    List<String> steps = new ArrayList<>();
    for (String step : text.substring(1).split("/", -1)) {
      steps.add(step.replace("~1", "/").replace("~0", "~"));
    }
    return new Pointer(steps);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (String step : steps) {
      text.append('/').append(step.replace("~", "~0").replace("/", "~1"));
    }
    return text.isEmpty() ? "the top level" : text.toString();
  }
}
