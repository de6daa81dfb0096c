package io.fairlead.app.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.fairlead.core.unit.Limit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/**
 * Lets so many lines of one kind from one source pass each second, and counts the rest. A kind is a
 * logger and its constant message; the source is what the line names as such. At most {@value
 * #KINDS_MAX} are remembered, the least recent leaves first. Thread-safe; errors always pass.
 */
final class LineLimit {
  static final int KINDS_MAX = 1024;
  private static final long SECOND_MILLIS = 1_000;
  private static final Set<String> SOURCES =
      Set.of("client", "remote", "source", "peer", "user", "who", "listener", "upstream");

  /** What a line is counted under. */
  record Kind(String logger, String message, String source) {}

  /** What was kept back of one kind. */
  record Suppressed(Kind kind, long lines) {}

  private static final class Second {
    long startMillis;
    long passed;
    long suppressed;
  }

  private final Map<Kind, Second> kinds = new LinkedHashMap<>(64, 0.75f, true); // guarded by this
  private final long perSecond;
  private long oldestDueMillis = Long.MAX_VALUE; // guarded by this; when to look for what is over

  LineLimit(Limit perSecond) {
    this.perSecond = perSecond instanceof Limit.AtMost(long most) ? most : Long.MAX_VALUE;
  }

  /** Whether the line passes. */
  boolean admits(ILoggingEvent event) {
    if (perSecond == Long.MAX_VALUE || event.getLevel().levelInt >= 40_000) return true;
    return admits(
        new Kind(event.getLoggerName(), String.valueOf(event.getMessage()), source(event)),
        event.getTimeStamp());
  }

  synchronized boolean admits(Kind kind, long nowMillis) {
    Second second = kinds.get(kind);
    if (second == null) {
      second = new Second();
      second.startMillis = nowMillis;
      kinds.put(kind, second);
      forgetEldest();
    } else if (nowMillis - second.startMillis >= SECOND_MILLIS && second.suppressed == 0) {
      second.startMillis = nowMillis;
      second.passed = 0;
    }
    if (second.passed < perSecond) {
      second.passed++;
      return true;
    }
    if (second.suppressed++ == 0) {
      oldestDueMillis = Math.min(oldestDueMillis, second.startMillis + SECOND_MILLIS);
    }
    return false;
  }

  /** What was kept back in seconds that are over; each is told once. Cheap when there is none. */
  synchronized List<Suppressed> over(long nowMillis) {
    if (nowMillis < oldestDueMillis) return List.of();
    oldestDueMillis = Long.MAX_VALUE;
    List<Suppressed> over = new ArrayList<>();
    for (Map.Entry<Kind, Second> entry : kinds.entrySet()) {
      Second second = entry.getValue();
      if (second.suppressed == 0) continue;
      long dueMillis = second.startMillis + SECOND_MILLIS;
      if (nowMillis < dueMillis) {
        oldestDueMillis = Math.min(oldestDueMillis, dueMillis);
        continue;
      }
      over.add(new Suppressed(entry.getKey(), second.suppressed));
      second.startMillis = nowMillis;
      second.passed = 0;
      second.suppressed = 0;
    }
    return over;
  }

  /** When something will be over; {@link Long#MAX_VALUE} when nothing is kept back. */
  synchronized long dueMillis() {
    return oldestDueMillis;
  }

  private void forgetEldest() {
    if (kinds.size() <= KINDS_MAX) return;
    var eldest = kinds.entrySet().iterator();
    eldest.next();
    eldest.remove();
  }

  private static String source(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs == null) return "";
    for (KeyValuePair pair : pairs) {
      if (SOURCES.contains(pair.key)) return String.valueOf(pair.value);
    }
    return "";
  }
}
