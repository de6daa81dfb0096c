package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.ChainAuthenticator.Step;
import io.fairlead.net.auth.TokenVerifier.Finding;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChainAuthenticatorTest {
  private static final InetAddress PEER = InetAddress.ofLiteral("192.0.2.1");
  private static final String TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
  private static final AuthResult.Accepted BY_TOKEN = new AuthResult.Accepted("by-token", Set.of());

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Meters meters = new Meters(registry);
  private final AuthThrottle throttle = new AuthThrottle(new ManualClock(), meters);
  private final UsersAuthenticator users =
      new UsersAuthenticator(
          UsersFile.inline(Map.of("ann", Secret.of("sesame"), "odd", Secret.of(TOKEN))),
          new ManualClock(),
          meters,
          throttle);

  @AfterEach
  void close() {
    users.close();
  }

  @Test
  void aPasswordIsAMatterOfTheAccounts() {
    ChainAuthenticator chain = chain(new Step.Users(users), tokens(new Finding.Good(BY_TOKEN)));
    assertThat(user(ask(chain, "ann", "sesame"))).isEqualTo("ann");
    assertThat(ask(chain, "ann", "wrong")).isInstanceOf(AuthResult.Rejected.class);
    assertThat(ask(chain, "eve", "sesame")).isInstanceOf(AuthResult.Rejected.class);
    assertThat(ask(chain(tokens(new Finding.Good(BY_TOKEN))), "ann", "sesame"))
        .isInstanceOf(AuthResult.Rejected.class);
  }

  @Test
  void aTokenGoesFirstToTheAccountsThatStandBeforeAndKnowTheName() {
    Step good = tokens(new Finding.Good(BY_TOKEN));
    assertThat(user(ask(chain(new Step.Users(users), good), "odd", TOKEN))).isEqualTo("odd");
    assertThat(user(ask(chain(good, new Step.Users(users)), "odd", TOKEN))).isEqualTo("by-token");
    assertThat(user(ask(chain(new Step.Users(users), good), "", TOKEN))).isEqualTo("by-token");
  }

  @Test
  void theFirstWhoKnowsATokenDecides() {
    Step other = tokens(new Finding.NotMine());
    Step bad = tokens(new Finding.Bad("signature"));
    Step good = tokens(new Finding.Good(BY_TOKEN));
    assertThat(user(ask(chain(other, good), "x", TOKEN))).isEqualTo("by-token");
    assertThat(ask(chain(other, bad, good), "x", TOKEN)).isInstanceOf(AuthResult.Rejected.class);
    assertThat(ask(chain(other), "x", TOKEN)).isInstanceOf(AuthResult.Rejected.class);
    assertThat(registry.counter("fairlead.auth.tokens", "result", "signature").count()).isOne();
    assertThat(registry.counter("fairlead.auth.tokens", "result", "unknown_key").count()).isOne();
  }

  @Test
  void aVerifierThatFailsLetsNobodyIn() {
    Step broken =
        new Step.Tokens(
            _ -> {
              throw new IllegalStateException("on purpose");
            });
    assertThat(ask(chain(broken), "x", TOKEN)).isInstanceOf(AuthResult.Rejected.class);
  }

  @Test
  void guessingTokensIsThrottledAndGoodOnesCostNothing() {
    ChainAuthenticator guessing = chain(tokens(new Finding.Bad("signature")));
    ChainAuthenticator knowing = chain(tokens(new Finding.Good(BY_TOKEN)));
    for (int i = 0; i < 50; i++) assertThat(user(ask(knowing, "", TOKEN))).isEqualTo("by-token");
    for (int i = 0; i < 10; i++) {
      assertThat(ask(guessing, "", TOKEN)).isInstanceOf(AuthResult.Rejected.class);
    }
    assertThat(ask(guessing, "", TOKEN)).isInstanceOf(AuthResult.Throttled.class);
  }

  private ChainAuthenticator chain(Step... steps) {
    return new ChainAuthenticator(List.of(steps), throttle, meters);
  }

  private static Step tokens(Finding finding) {
    return new Step.Tokens(_ -> finding);
  }

  private static String user(AuthResult result) {
    return result instanceof AuthResult.Accepted who ? who.user() : result.toString();
  }

  private static AuthResult ask(ChainAuthenticator chain, String user, String password) {
    return chain
        .authenticate(new Credentials(user, Secret.of(password)), PEER)
        .toCompletableFuture()
        .join();
  }
}
