package io.fairlead.http.rate;

import io.fairlead.core.meter.Meters;
import io.fairlead.http.route.Template;
import io.micrometer.core.instrument.Counter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of many keys. Any thread; keys are spread over parts with a lock each, so that event
 * loops seldom meet. Each part holds its share of the keys and forgets by itself.
 */
public final class Zone {
  private static final int PARTS = 16;

  /** Longer keys are kept as their SHA-256: clients that send long ones take no more memory. */
  private static final int KEY_MAX = 128;

  /** What became of a request. */
  public sealed interface Outcome {
    /** It may pass. */
    record Pass() implements Outcome {}

    /** It may pass after this time. */
    record Wait(long nanos) implements Outcome {}

    /**
     * It is refused.
     *
     * @param afterNanos when one would be let through
     * @param limit requests that may come at once
     * @param windowNanos in which the whole limit comes back
     */
    record Refuse(long afterNanos, long limit, long windowNanos) implements Outcome {}
  }

  private static final Outcome PASS = new Outcome.Pass();

  /** What it counts, once it is in use. */
  static final class Shown {
    final Counter passed;
    final Counter delayed;
    final Counter refused;
    final Counter forgotten;

    Shown(String id, Meters meters) {
      String name = "http.zone.requests";
      String help = "Requests that a zone judged.";
      passed = meters.counter(name, help, "zone", id, "outcome", "passed");
      delayed = meters.counter(name, help, "zone", id, "outcome", "delayed");
      refused = meters.counter(name, help, "zone", id, "outcome", "refused");
      forgotten = meters.counter("http.zone.forgotten", "Keys forgotten to make room.", "zone", id);
    }
  }

  private final Part[] parts = new Part[PARTS];
  private volatile ZoneConfig config;
  private volatile Gcra gcra;
  private volatile @Nullable Shown shown;

  Zone(ZoneConfig config) {
    this.config = config;
    this.gcra = config.gcra();
    for (int i = 0; i < PARTS; i++) parts[i] = new Part();
  }

  void shown(Shown meters) {
    shown = meters;
  }

  public Template key() {
    return config.key();
  }

  /** Judges a request that comes at {@code now} (monotonic nanoseconds), and books it. */
  public Outcome take(String asked, long now) {
    String key = kept(asked);
    Gcra rate = gcra;
    boolean delays = config.excess() == ZoneConfig.Excess.DELAY;
    Part part = parts[spread(key.hashCode())];
    long early;
    long wait;
    synchronized (part) {
      long state = part.state(key);
      early = rate.earlyNanos(state, now);
      wait = rate.waitNanos(state, now);
      if (wait == 0) part.put(key, rate.after(state, now));
    }
    Shown counts = shown;
    if (wait > 0) {
      if (counts != null) counts.refused.increment();
      long limit = rate.burst() + 1;
      return new Outcome.Refuse(wait, limit, limit * rate.intervalNanos());
    }
    if (delays && early > 0) {
      if (counts != null) counts.delayed.increment();
      return new Outcome.Wait(early);
    }
    if (counts != null) counts.passed.increment();
    return PASS;
  }

  /** Other numbers for the same keys. */
  void change(ZoneConfig next, long now) {
    Gcra before = gcra;
    Gcra after = next.gcra();
    boolean sameKeys = next.key().equals(config.key());
    for (Part part : parts) {
      synchronized (part) {
        if (!sameKeys) part.states.clear();
        else part.states.replaceAll((_, state) -> before.rescaled(state, now, after));
        config = next;
        gcra = after;
        part.trim(share(next.maxKeys()));
      }
    }
  }

  /** Characters of the longest key it holds. */
  int longestKey() {
    int longest = 0;
    for (Part part : parts) {
      synchronized (part) {
        for (String key : part.states.keySet()) longest = Math.max(longest, key.length());
      }
    }
    return longest;
  }

  long keys() {
    long sum = 0;
    for (Part part : parts) {
      synchronized (part) {
        sum += part.states.size();
      }
    }
    return sum;
  }

  private static int share(int maxKeys) {
    return Math.max(1, maxKeys / PARTS);
  }

  /** What stands for a key in the table: bounded in length, and still its own. */
  private static String kept(String key) {
    if (key.length() <= KEY_MAX) return key;
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("SHA-256 is in every JDK", absent);
    }
  }

  private static int spread(int hash) {
    return (hash ^ hash >>> 16) * 0x9e3779b9 >>> 28;
  }

  /** Guarded by itself. */
  private final class Part {
    final LinkedHashMap<String, Long> states = new LinkedHashMap<>(16, 0.75f, true);

    long state(String key) {
      return states.getOrDefault(key, Gcra.UNSEEN);
    }

    void put(String key, long state) {
      if (states.put(key, state) == null) trim(share(config.maxKeys()));
    }

    void trim(int most) {
      Iterator<Map.Entry<String, Long>> oldest = states.entrySet().iterator();
      while (states.size() > most) {
        oldest.next();
        oldest.remove();
        Shown counts = shown;
        if (counts != null) counts.forgotten.increment();
      }
    }
  }
}
