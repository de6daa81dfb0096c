package io.fairlead.core.trace;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Takes what work took how long. Thread-safe; nothing here blocks. */
public interface Spans {
  /** Takes nothing. */
  Spans OFF =
      new Spans() {
        @Override
        public boolean on() {
          return false;
        }

        @Override
        public void ended(
            String name, Duration took, Map<String, Object> facts, Optional<String> error) {}
      };

  /** Whether anybody collects them now. While nobody does, facts need not be gathered. */
  boolean on();

  /**
   * Work that began by itself ended now: a trace of its own, kept or not as chance and the share
   * that is wanted say.
   *
   * @param name dotted lower-case kind of the work, such as {@code registry.cycle}
   * @param facts what it was about, by dotted name; text, numbers and booleans
   * @param error stable word, if it failed
   */
  void ended(String name, Duration took, Map<String, Object> facts, Optional<String> error);
}
