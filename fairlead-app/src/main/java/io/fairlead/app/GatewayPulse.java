package io.fairlead.app;

import io.fairlead.app.systemd.Pulse;
import io.fairlead.core.time.Clock;
import java.time.Duration;

/** How the gateway is, for the service manager. Thread-safe. */
final class GatewayPulse implements Pulse {
  private final Gateway gateway;
  private final ControlDesk desk;
  private final Clock clock;

  GatewayPulse(Gateway gateway, ControlDesk desk, Clock clock) {
    this.gateway = gateway;
    this.desk = desk;
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
    return gateway.stopBound();
  }
}
