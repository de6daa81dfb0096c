package io.fairlead.libp2p.identify;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.time.Clock;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How often peers may push: by the network they come from, and all together. Loopback is free. At
 * most 4,096 networks are remembered; the one heard of longest ago leaves first. Any thread.
 */
public final class PushThrottle {
  private record Pace(double perSecond, double burst) {}

  private static final Pace V4_24 = new Pace(0.2, 10);
  private static final Pace V6_56 = new Pace(0.2, 10);
  private static final Pace V6_48 = new Pace(0.5, 20);
  private static final Pace ALL = new Pace(2000, 3000);
  private static final int NETWORKS_MAX = 4096;

  private final Clock clock;
  private final Object lock = new Object();

  /** Guarded by {@code lock}. */
  private final Map<Cidr, Bucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Cidr, Bucket> eldest) {
          return size() > NETWORKS_MAX;
        }
      };

  private final Bucket all;

  private static final class Bucket {
    final Pace pace;
    double tokens;
    long filledAtNanos;

    Bucket(Pace pace, long nowNanos) {
      this.pace = pace;
      this.tokens = pace.burst();
      this.filledAtNanos = nowNanos;
    }

    boolean has(long nowNanos) {
      double seconds = (nowNanos - filledAtNanos) / 1e9;
      tokens = Math.min(pace.burst(), tokens + seconds * pace.perSecond());
      filledAtNanos = nowNanos;
      return tokens >= 1;
    }
  }

  public PushThrottle(Clock clock) {
    this.clock = clock;
    this.all = new Bucket(ALL, clock.nanos());
  }

  /** Whether one more from there is taken; it then counts. */
  public boolean admit(InetAddress from) {
    if (from.isLoopbackAddress()) return true;
    synchronized (lock) {
      long now = clock.nanos();
      List<Bucket> asked = new ArrayList<>(3);
      asked.add(all);
      if (from.getAddress().length == 4) {
        asked.add(bucket(Cidr.around(from, 24), V4_24, now));
      } else {
        asked.add(bucket(Cidr.around(from, 56), V6_56, now));
        asked.add(bucket(Cidr.around(from, 48), V6_48, now));
      }
      boolean admitted = true;
      for (Bucket bucket : asked) admitted &= bucket.has(now);
      if (admitted) asked.forEach(bucket -> bucket.tokens--);
      return admitted;
    }
  }

  private Bucket bucket(Cidr network, Pace pace, long now) {
    return buckets.computeIfAbsent(network, _ -> new Bucket(pace, now));
  }
}
