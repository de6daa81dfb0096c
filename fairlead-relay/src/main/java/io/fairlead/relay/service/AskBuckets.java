package io.fairlead.relay.service;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts how often each of many asks. At most {@link #KEYS_MAX} are remembered; the one that asked
 * longest ago is forgotten first. Guarded by its owner.
 */
final class AskBuckets<K> {
  static final int KEYS_MAX = 16_384;

  private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Bucket {
    double tokens;
    long atNanos;
  }

  /** Whether it may ask once more now; takes a token where it may. */
  boolean admits(K key, Optional<AskRate> rate, long nowNanos) {
    if (rate.isEmpty()) return true;
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.tokens = rate.get().burst();
      bucket.atNanos = nowNanos;
      if (buckets.size() >= KEYS_MAX) forgetOldest();
      buckets.put(key, bucket);
    }
    double gained = (double) (nowNanos - bucket.atNanos) / rate.get().refill().toNanos();
    bucket.tokens = Math.min(rate.get().burst(), bucket.tokens + gained);
    bucket.atNanos = nowNanos;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  private void forgetOldest() {
    Iterator<K> oldest = buckets.keySet().iterator();
    oldest.next();
    oldest.remove();
  }
}
