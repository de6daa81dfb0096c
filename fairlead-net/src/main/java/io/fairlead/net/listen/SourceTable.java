package io.fairlead.net.listen;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.live.SourcePrefix;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Open connections and new-connection tokens per source. Sources with open connections are always
 * kept, as many as the connection limit allows; of the others at most {@link #IDLE_SOURCES_MAX},
 * least recently seen leaves first. Thread-safe.
 */
public final class SourceTable {
  static final int IDLE_SOURCES_MAX = 65_536;

  /** Why a connection was not let in; the label of its meter. */
  enum Refusal {
    CONNECTIONS_PER_IP,
    NEW_CONNECTIONS_PER_IP
  }

  private static final class Source {
    int open;
    double tokens;
    long seenAtNanos;
  }

  private final Map<SourcePrefix, Source> sources = new LinkedHashMap<>(64, 0.75f, true); // guarded
  private int idle; // guarded by this

  /** Counts one more of a source, if there may be; {@link #leave} ends it. */
  public boolean enter(SourcePrefix key, Limit open) {
    return enter(key, open, Limit.OFF, 1, 0).isEmpty();
  }

  /**
   * Counts a new connection, if the limits allow it.
   *
   * @return empty when it is in
   */
  synchronized Optional<Refusal> enter(
      SourcePrefix key, Limit open, Limit perSecond, int burst, long nowNanos) {
    Source source = sources.get(key);
    if (source == null) {
      source = new Source();
      source.tokens = burst;
      source.seenAtNanos = nowNanos;
      sources.put(key, source);
      idle++;
    }
    if (perSecond instanceof Limit.AtMost(long rate)) {
      double gained = (nowNanos - source.seenAtNanos) * 1e-9 * rate;
      source.tokens = Math.min(burst, source.tokens + gained);
      source.seenAtNanos = nowNanos;
      if (source.tokens < 1) {
        evictIdle();
        return Optional.of(Refusal.NEW_CONNECTIONS_PER_IP);
      }
      source.tokens--;
    }
    if (!open.admits(source.open + 1L)) {
      return Optional.of(Refusal.CONNECTIONS_PER_IP);
    }
    if (source.open++ == 0) idle--;
    evictIdle();
    return Optional.empty();
  }

  /** Ends what {@link #enter} counted. */
  public synchronized void leave(SourcePrefix key) {
    Source source = sources.get(key);
    if (source == null) throw new IllegalStateException("source: left more often than entered");
    if (--source.open == 0) idle++;
    evictIdle();
  }

  synchronized int size() {
    return sources.size();
  }

  private void evictIdle() {
    if (idle <= IDLE_SOURCES_MAX) return;
    Iterator<Source> eldestFirst = sources.values().iterator();
    while (idle > IDLE_SOURCES_MAX && eldestFirst.hasNext()) {
      if (eldestFirst.next().open > 0) continue;
      eldestFirst.remove();
      idle--;
    }
  }
}
