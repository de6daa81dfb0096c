package io.fairlead.net.auth;

import io.fairlead.core.meter.Meters;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts and signed tokens, asked in order. A password that has not the shape of a token is a
 * matter of the accounts alone; one that has goes to the accounts first only where they know the
 * name. Thread-safe. Tokens are checked on threads of their own, at most {@link #AT_ONCE}; beyond
 * that attempts are throttled.
 */
public final class ChainAuthenticator implements Authenticator {
  static final int AT_ONCE = 256;
  private static final Duration BUSY = Duration.ofSeconds(1);
  private static final AuthResult NOBODY = new AuthResult.Rejected("bad_credentials");
  private static final Logger log = LoggerFactory.getLogger(ChainAuthenticator.class);

  /** One authenticator of the chain. */
  public sealed interface Step {
    record Users(UsersAuthenticator users) implements Step {}

    record Tokens(TokenVerifier verifier) implements Step {}
  }

  private final List<Step> steps;
  private final AuthThrottle throttle;
  private final Meters meters;
  private final Semaphore places = new Semaphore(AT_ONCE);

  public ChainAuthenticator(List<Step> steps, AuthThrottle throttle, Meters meters) {
    this.steps = List.copyOf(steps);
    this.throttle = throttle;
    this.meters = meters;
  }

  @Override
  public CompletionStage<AuthResult> authenticate(Credentials credentials, InetAddress peer) {
    boolean token = TokenVerifier.looksLikeToken(credentials.password().reveal());
    boolean tokens = false;
    Optional<UsersAuthenticator> last = Optional.empty();
    for (Step step : steps) {
      switch (step) {
        case Step.Users(var users) -> {
          last = Optional.of(users);
          boolean theirs = users.knows(credentials.user()) && !(token && tokens);
          if (theirs) return users.authenticate(credentials, peer);
        }
        case Step.Tokens _ -> tokens = true;
      }
    }
    if (token && tokens) return verify(credentials, peer);
    // A name that nobody knows takes as long as one that somebody does.
    return last.isPresent()
        ? last.get().authenticate(credentials, peer)
        : CompletableFuture.completedStage(NOBODY);
  }

  private CompletionStage<AuthResult> verify(Credentials credentials, InetAddress peer) {
    Optional<Duration> wait = throttle.begin(peer, credentials.user());
    if (wait.isPresent()) {
      return CompletableFuture.completedStage(new AuthResult.Throttled(wait.get()));
    }
    if (!places.tryAcquire()) {
      throttle.succeeded(peer, credentials.user()); // nothing was tried
      return CompletableFuture.completedStage(new AuthResult.Throttled(BUSY));
    }
    CompletableFuture<AuthResult> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("token")
        .start(
            () -> {
              try {
                find(credentials, peer, result);
              } finally {
                places.release();
                result.complete(NOBODY); // fail closed, and answer whoever waits
              }
            });
    return result;
  }

  private void find(
      Credentials credentials, InetAddress peer, CompletableFuture<AuthResult> result) {
    for (Step step : steps) {
      if (!(step instanceof Step.Tokens(var verifier))) continue;
      switch (verifier.verify(credentials)) {
        case TokenVerifier.Finding.Good(var who) -> {
          throttle.succeeded(peer, credentials.user());
          count("accepted");
          result.complete(who);
          return;
        }
        case TokenVerifier.Finding.Bad(var reason) -> {
          refuse(reason, result);
          return;
        }
        case TokenVerifier.Finding.NotMine _ -> {}
      }
    }
    refuse("unknown_key", result);
  }

  private void refuse(String reason, CompletableFuture<AuthResult> result) {
    count(reason);
    log.atDebug().addKeyValue("reason", reason).log("token refused");
    result.complete(NOBODY);
  }

  private void count(String reason) {
    meters
        .counter("auth.tokens", "Logins by a signed token, by what was found.", "result", reason)
        .increment();
  }
}
