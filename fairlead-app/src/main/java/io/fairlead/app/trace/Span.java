package io.fairlead.app.trace;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Work that ended, as a collector sees it.
 *
 * @param trace 32 digits
 * @param id 16 digits
 * @param caller 16 digits of the span it is part of; empty for the first of a trace
 * @param ended wall time
 * @param facts text, numbers and booleans by dotted name
 * @param error stable word, if it failed
 */
record Span(
    String name,
    Role role,
    String trace,
    String id,
    String caller,
    Instant ended,
    Duration took,
    Map<String, Object> facts,
    Optional<String> error) {
  /** On which side of a question it was. */
  enum Role {
    SERVER,
    CLIENT,
    INTERNAL
  }
}
