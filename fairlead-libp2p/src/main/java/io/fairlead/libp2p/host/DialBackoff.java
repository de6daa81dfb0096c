package io.fairlead.libp2p.host;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which addresses failed lately: 5 s and a second more for each failure squared, up to 5 minutes.
 * At most 8,192 addresses; the one that failed longest ago is forgotten first. Any thread.
 */
final class DialBackoff {
  private static final Duration BASE = Duration.ofSeconds(5);
  private static final Duration MAX = Duration.ofMinutes(5);
  private static final int KEPT_MAX = 8192;

  private record Place(PeerId peer, Multiaddr address) {}

  private record Failures(int count, long untilNanos) {}

  private final Clock clock;
  private final Object lock = new Object();

  /** The one that failed last at the end; guarded by {@code lock}. */
  private final LinkedHashMap<Place, Failures> failed = new LinkedHashMap<>();

  DialBackoff(Clock clock) {
    this.clock = clock;
  }

  /** Whether the address is to be left alone for now. */
  boolean waits(PeerId peer, Multiaddr address) {
    synchronized (lock) {
      Failures failures = failed.get(new Place(peer, address));
      return failures != null && clock.nanos() - failures.untilNanos() < 0;
    }
  }

  void failed(PeerId peer, Multiaddr address) {
    synchronized (lock) {
      Place place = new Place(peer, address);
      Failures before = failed.remove(place);
      int count = before == null ? 0 : before.count();
      Duration wait = BASE.plusSeconds(Math.min((long) count * count, MAX.toSeconds()));
      if (wait.compareTo(MAX) > 0) wait = MAX;
      failed.put(place, new Failures(count + 1, clock.nanos() + wait.toNanos()));
      if (failed.size() > KEPT_MAX) {
        Map.Entry<Place, Failures> oldest = failed.firstEntry();
        failed.remove(oldest.getKey());
      }
    }
  }

  /** The address leads to the peer after all. */
  void succeeded(PeerId peer, Multiaddr address) {
    synchronized (lock) {
      failed.remove(new Place(peer, address));
    }
  }
}
