package io.fairlead.control.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long somebody is known, and how long somebody has to wait. */
class SessionsTest {
  private final ManualClock clock = new ManualClock();
  private final Sessions sessions = new Sessions(clock, Randomness.seeded(7));

  @Test
  void aSessionEndsTwelveHoursAfterItsLastUse() {
    Sessions.Opened ann = sessions.open("ann");
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofHours(12).minusSeconds(1));
      assertThat(sessions.find(ann.key())).isPresent();
    }
    clock.advance(Duration.ofHours(12));
    assertThat(sessions.find(ann.key())).isEmpty();
    assertThat(sessions.size()).isZero();
  }

  @Test
  void aSessionEndsSevenDaysAfterItsLoginHoweverMuchItIsUsed() {
    Sessions.Opened ann = sessions.open("ann");
    for (int hour = 1; hour < 7 * 24; hour++) {
      clock.advance(Duration.ofHours(1));
      assertThat(sessions.find(ann.key())).as("hour %d", hour).isPresent();
    }
    clock.advance(Duration.ofHours(1));
    assertThat(sessions.find(ann.key())).isEmpty();
  }

  @Test
  void theTableIsBoundedAndTheLeastRecentlyUsedLeaves() {
    List<Sessions.Opened> opened = new ArrayList<>();
    for (int i = 0; i < Sessions.PER_USER_MAX; i++) opened.add(sessions.open("ann"));
    assertThat(sessions.find(opened.getFirst().key())).isPresent();
    sessions.open("ann");
    assertThat(sessions.size()).isEqualTo(Sessions.PER_USER_MAX);
    assertThat(sessions.find(opened.getFirst().key())).as("just used").isPresent();
    assertThat(sessions.find(opened.get(1).key())).as("unused for longest").isEmpty();

    for (int i = 0; i < 2 * Sessions.SESSIONS_MAX; i++) sessions.open("user" + i);
    assertThat(sessions.size()).isEqualTo(Sessions.SESSIONS_MAX);
  }

  @Test
  void closingOneLeavesTheOthers() {
    Sessions.Opened one = sessions.open("ann");
    Sessions.Opened two = sessions.open("ann");
    Sessions.Opened ben = sessions.open("ben");
    sessions.close(one.key());
    assertThat(sessions.find(one.key())).isEmpty();
    assertThat(sessions.find(two.key())).isPresent();
    sessions.closeAll("ann");
    assertThat(sessions.find(two.key())).isEmpty();
    assertThat(sessions.find(ben.key())).isPresent();
    assertThat(ben.toString()).doesNotContain(ben.key());
  }

  @Test
  void afterFiveFailuresAMinuteTheWaitDoublesFromOneSecondToFiveMinutes() throws Exception {
    AttemptThrottle throttle = new AttemptThrottle(clock, 5, 1000);
    InetAddress peer = InetAddress.getByName("192.0.2.1");
    for (int i = 0; i < 5; i++) assertThat(throttle.begin(peer)).isEmpty();
    for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
      Optional<Duration> wait = throttle.begin(peer);
      assertThat(wait).contains(Duration.ofSeconds(seconds));
      clock.advance(wait.get());
      assertThat(throttle.begin(peer)).as("a try after %d s", seconds).isEmpty();
    }
    assertThat(throttle.begin(InetAddress.getByName("192.0.2.2"))).isEmpty();
    clock.advance(Duration.ofMinutes(15));
    for (int i = 0; i < 5; i++) assertThat(throttle.begin(peer)).isEmpty();
    assertThat(throttle.begin(peer)).isPresent();
  }

  @Test
  void fourFailuresAMinuteWaitForNothingAndASuccessForgives() throws Exception {
    AttemptThrottle throttle = new AttemptThrottle(clock, 5, 1000);
    InetAddress peer = InetAddress.getByName("192.0.2.1");
    for (int i = 0; i < 50; i++) {
      assertThat(throttle.begin(peer)).isEmpty();
      clock.advance(Duration.ofSeconds(15));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(throttle.begin(peer)).isEmpty();
      throttle.succeeded(peer);
    }
  }

  @Test
  void twentyFailuresAMinuteOfAllMakeEverybodyWait() throws Exception {
    AttemptThrottle throttle = new AttemptThrottle(clock, 5, 20);
    for (int i = 0; i < 20; i++) {
      assertThat(throttle.begin(InetAddress.getByName("192.0.2." + i))).isEmpty();
    }
    assertThat(throttle.begin(InetAddress.getByName("192.0.2.200")))
        .contains(Duration.ofSeconds(1));
  }
}
