package io.fairlead.net.auth;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Checks passwords against a set of accounts. Thread-safe. Hashing runs on threads of its own, as
 * many as there are cores, with at most {@link #WAITING_MAX} attempts waiting; beyond that attempts
 * are throttled.
 */
public final class UsersAuthenticator implements Authenticator, AutoCloseable {
  static final int WAITING_MAX = 256;
  private static final Duration BUSY = Duration.ofSeconds(1);
  private static final AuthResult WRONG = new AuthResult.Rejected("bad_credentials");

  private final Clock clock;
  private final AuthThrottle throttle;
  private final AcceptedCache cache = new AcceptedCache(Randomness.system());
  private final Counter accepted;
  private final Counter rejected;
  private final Counter throttled;
  private final ThreadPoolExecutor hashing;
  private volatile UsersFile users;

  public UsersAuthenticator(UsersFile users, Clock clock, Meters meters, AuthThrottle throttle) {
    this.users = users;
    this.clock = clock;
    this.throttle = throttle;
    this.accepted = attempts(meters, "accepted");
    this.rejected = attempts(meters, "rejected");
    this.throttled = attempts(meters, "throttled");
    int threads = Runtime.getRuntime().availableProcessors();
    this.hashing =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("password-", 1).factory());
    hashing.allowCoreThreadTimeOut(true);
  }

  /** Takes over a new set of accounts; those that left or changed are no longer accepted. */
  public void swap(UsersFile next) {
    users = next;
    cache.clear();
  }

  /** Whether there is an account of that name. */
  boolean knows(String user) {
    return users.find(user).isPresent();
  }

  @Override
  public CompletionStage<AuthResult> authenticate(Credentials credentials, InetAddress peer) {
    Optional<UsersFile.Account> account = users.find(credentials.user());
    if (account.isPresent() && cache.knows(credentials, account.get(), clock.nanos())) {
      return CompletableFuture.completedFuture(accept(account.get()));
    }
    Optional<Duration> wait = throttle.begin(peer, credentials.user());
    if (wait.isPresent()) return CompletableFuture.completedFuture(refuseFor(wait.get()));
    CompletableFuture<AuthResult> result = new CompletableFuture<>();
    try {
      hashing.execute(() -> check(credentials, peer, result));
    } catch (RejectedExecutionException _) {
      throttle.succeeded(peer, credentials.user()); // nothing was tried
      result.complete(refuseFor(BUSY));
    }
    return result;
  }

  /** Ends the threads; attempts that wait are rejected. */
  @Override
  public void close() {
    for (Runnable waiting : hashing.shutdownNow()) waiting.run();
  }

  private void check(
      Credentials credentials, InetAddress peer, CompletableFuture<AuthResult> result) {
    try {
      UsersFile now = users;
      Optional<UsersFile.Account> account = now.find(credentials.user());
      // An unknown name takes as long as a known one: some other hash is computed, for nothing.
      Optional<UsersFile.Account> compared = account.or(now::any);
      boolean right =
          !hashing.isShutdown()
              && compared.isPresent()
              && compared.get().hash().verify(credentials.password());
      if (right && account.isPresent()) {
        throttle.succeeded(peer, credentials.user());
        cache.remember(credentials, account.get(), clock.nanos());
        result.complete(accept(account.get()));
      } else {
        rejected.increment();
        result.complete(WRONG);
      }
    } catch (RuntimeException failure) {
      result.complete(WRONG); // fail closed, and answer whoever waits
      throw failure;
    }
  }

  private AuthResult accept(UsersFile.Account account) {
    accepted.increment();
    return new AuthResult.Accepted(account.name(), account.groups());
  }

  private AuthResult refuseFor(Duration wait) {
    throttled.increment();
    return new AuthResult.Throttled(wait);
  }

  private static Counter attempts(Meters meters, String result) {
    return meters.counter("auth.attempts", "Logins by name and password.", "result", result);
  }
}
