package io.fairlead.registry.action;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.time.Pause;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What actions need, in tests. */
final class Fixture {
  static final Occasion OCCASION =
      new Occasion(
          "legacy",
          "p-1",
          Path.of("/etc/proxy.yaml"),
          List.of("10.0.0.1:8500"),
          List.of("10.0.0.2:8500", "10.0.0.3:8500"),
          "block:7:0xabc",
          Optional.of("0xfeed"));

  private Fixture() {}

  static ActionResult run(ReloadAction action) throws InterruptedException {
    return action.run(OCCASION);
  }

  static Actions actions(Map<String, String> environment) {
    return new Actions(
        Clock.system(),
        Pause.system(),
        new Meters(new SimpleMeterRegistry()),
        ProcessTable.system(),
        environment);
  }

  /** Time that runs twenty times as fast. */
  static Clock fast() {
    Clock real = Clock.system();
    return new Clock() {
      @Override
      public long nanos() {
        return real.nanos() * 20;
      }

      @Override
      public Instant wall() {
        return real.wall();
      }
    };
  }

  /** A pause that moves the clock. */
  static Pause moving(ManualClock clock) {
    return clock::advance;
  }

  static final Duration TIMEOUT = Duration.ofSeconds(10);
}
