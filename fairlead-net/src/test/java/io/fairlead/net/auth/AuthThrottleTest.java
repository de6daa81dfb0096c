package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class AuthThrottleTest {
  private final AuthThrottle throttle =
      new AuthThrottle(new ManualClock(), new Meters(new SimpleMeterRegistry()));

  /** A name may be as long as a client's message; what is remembered of it is not. */
  @Test
  void ofALongNameItsBeginningIsRemembered() {
    String begins = "n".repeat(255);
    for (int i = 0; i < 100; i++) {
      assertThat(throttle.begin(source(i), begins + "x".repeat(60_000) + i)).isEmpty();
    }
    assertThat(throttle.begin(source(200), begins + "another")).isPresent();
    assertThat(throttle.begin(source(201), "n".repeat(254))).isEmpty();
    throttle.succeeded(source(5), begins + "y");
    assertThat(throttle.begin(source(202), begins + "z")).as("given back").isEmpty();
  }

  private static InetAddress source(int number) {
    return InetAddress.ofLiteral("192.0.2." + number);
  }
}
