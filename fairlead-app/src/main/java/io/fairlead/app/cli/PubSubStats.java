package io.fairlead.app.cli;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * {@code pubsub … --stats}: a line on standard error every ten seconds, and one at the end, of what
 * came and what it took. Any thread.
 */
final class PubSubStats {
  private static final Duration EVERY = Duration.ofSeconds(10);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Terminal terminal;
  private final Clock clock;
  private final LongSupplier printed;
  private final long startNanos;
  private Thread teller = Thread.ofVirtual().unstarted(() -> {});
  private boolean over;

  /**
   * @param printed items so far
   */
  PubSubStats(Terminal terminal, Clock clock, LongSupplier printed) {
    this.terminal = terminal;
    this.clock = clock;
    this.printed = printed;
    this.startNanos = clock.nanos();
  }

  /** Where the connection counts. */
  Meters meters() {
    return new Meters(registry);
  }

  void start() {
    teller = Thread.ofVirtual().name("pubsub-stats").start(this::tell);
  }

  private void tell() {
    try {
      while (true) {
        Pause.system().sleep(EVERY);
        terminal.say(line());
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** The last line. Idempotent. */
  synchronized void end() {
    if (over) return;
    over = true;
    teller.interrupt();
    terminal.say(line());
  }

  private String line() {
    double seconds = Math.max(1e-3, (clock.nanos() - startNanos) / 1e9);
    long items = printed.getAsLong();
    return String.format(
        Locale.ROOT,
        "stats: %.1f s, items %d (%.1f/s), bytes in %d, messages in %d out %d, reconnects %d, fills"
            + " %d, filled %d, removed %d, duplicates dropped %d, lost %d, undecodable %d, gaps %d",
        seconds,
        items,
        items / seconds,
        sum("bytes", "direction", "in"),
        sum("frames", "direction", "in"),
        sum("frames", "direction", "out"),
        sum("reconnects"),
        sum("fill.rounds"),
        sum("fill.logs"),
        sum("removed"),
        sum("duplicates.dropped"),
        sum("lagged"),
        sum("decode.failures"),
        sum("gaps"));
  }

  private long sum(String name, String... tags) {
    double sum = 0;
    for (Meter meter : registry.find("fairlead.pubsub." + name).tags(tags).meters()) {
      for (Measurement each : meter.measure()) sum += each.getValue();
    }
    return (long) sum;
  }
}
