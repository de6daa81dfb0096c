package io.fairlead.app;

import io.fairlead.app.systemd.Pulse;
import io.fairlead.core.time.Clock;
import java.time.Duration;

/** How the gateway is, for the service manager. Thread-safe. */
final class GatewayPulse implements Pulse {
  private final Gateway gateway;
  private final ControlDesk desk;
  private final StopWish stop;
  private final Clock clock;

  GatewayPulse(Gateway gateway, ControlDesk desk, StopWish stop, Clock clock) {
    this.gateway = gateway;
    this.desk = desk;
    this.stop = stop;
    this.clock = clock;
  }

  @Override
  public boolean loopsAnswered(Duration within) {
    long nowNanos = clock.nanos();
    return gateway.loops().loops().stream()
        .allMatch(
            loop -> nowNanos - gateway.loops().delay(loop).answeredAtNanos() <= within.toNanos());
  }

  @Override
  public String status() {
    return desk.sentence();
  }

  @Override
  public Duration stopBound() {
    return stop.bound(gateway.config().runtime().drain());
  }
}
