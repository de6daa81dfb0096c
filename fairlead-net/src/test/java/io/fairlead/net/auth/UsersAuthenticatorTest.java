package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Secret;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UsersAuthenticatorTest {
  private static final InetAddress PEER = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");

  private final ManualClock clock = new ManualClock();
  private final Meters meters = new Meters(new SimpleMeterRegistry());
  private final AuthThrottle throttle = new AuthThrottle(clock, meters);
  private final UsersAuthenticator authenticator =
      new UsersAuthenticator(
          UsersFile.inline(Map.of("ann", Secret.of("sesame"))), clock, meters, throttle);

  @AfterEach
  void close() {
    authenticator.close();
  }

  @Test
  void acceptsTheRightPasswordAndRejectsTheRestAlike() {
    assertThat(ask("ann", "sesame", PEER)).isInstanceOf(AuthResult.Accepted.class);
    AuthResult wrong = ask("ann", "no", PEER);
    assertThat(wrong).isInstanceOf(AuthResult.Rejected.class);
    assertThat(ask("nobody", "sesame", PEER)).isEqualTo(wrong);
    assertThat(ask("ann", "", PEER)).isEqualTo(wrong);
  }

  @Test
  void throttlesASourceAfterTenFailuresAndLetsItTryAgainEverySixSeconds() {
    for (int i = 0; i < 10; i++) {
      assertThat(ask("ann", "no" + i, PEER)).isInstanceOf(AuthResult.Rejected.class);
    }
    assertThat(ask("ann", "sesame", PEER)).isInstanceOf(AuthResult.Throttled.class);
    assertThat(ask("ann", "sesame", OTHER)).isInstanceOf(AuthResult.Accepted.class);
    clock.advance(Duration.ofSeconds(6));
    assertThat(ask("bob", "no", PEER)).isInstanceOf(AuthResult.Rejected.class);
    assertThat(ask("bob", "no", PEER)).isInstanceOf(AuthResult.Throttled.class);
  }

  @Test
  void attemptsMadeTogetherDoNotPassTogether() {
    List<CompletableFuture<AuthResult>> asked = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      asked.add(
          authenticator
              .authenticate(new Credentials("ann", Secret.of("no" + i)), PEER)
              .toCompletableFuture());
    }
    assertThat(asked.stream().map(CompletableFuture::join))
        .filteredOn(AuthResult.Rejected.class::isInstance)
        .hasSize(10);
  }

  @Test
  void forgetsAcceptedCredentialsWhenTheAccountsChange() {
    assertThat(ask("ann", "sesame", PEER)).isInstanceOf(AuthResult.Accepted.class);
    authenticator.swap(UsersFile.inline(Map.of("ann", Secret.of("other"))));
    assertThat(ask("ann", "sesame", PEER)).isInstanceOf(AuthResult.Rejected.class);
    authenticator.swap(UsersFile.empty());
    assertThat(ask("ann", "other", PEER)).isInstanceOf(AuthResult.Rejected.class);
  }

  @Test
  void attemptsWithoutANameAreCountedForTheirSourceOnly() {
    for (int i = 0; i < 300; i++) {
      InetAddress peer = InetAddress.ofLiteral("10.1." + i / 250 + "." + i % 250);
      assertThat(throttle.begin(peer, "")).isEmpty();
    }
    for (int i = 0; i < 9; i++) throttle.begin(PEER, "");
    assertThat(throttle.begin(PEER, "")).isEmpty();
    assertThat(throttle.begin(PEER, "")).isPresent();
  }

  @Test
  void throttleRemembersABoundedNumberOfSources() {
    for (int i = 0; i < AuthThrottle.ENTRIES_MAX + 500; i++) {
      InetAddress peer =
          InetAddress.ofLiteral("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
      throttle.begin(peer, "ann" + i);
    }
    assertThat(throttle.size()).isEqualTo(2 * AuthThrottle.ENTRIES_MAX);
  }

  private AuthResult ask(String user, String password, InetAddress peer) {
    return authenticator
        .authenticate(new Credentials(user, Secret.of(password)), peer)
        .toCompletableFuture()
        .join();
  }
}
