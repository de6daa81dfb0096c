package io.fairlead.control.access;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who has logged in. A session ends 12 hours after its last use, 7 days after its login, when its
 * user logs out, leaves the configuration or gets another password, and with the process. At most
 * {@link #SESSIONS_MAX} are kept, and {@link #PER_USER_MAX} of one user; the one unused for longest
 * leaves for a new one. Keys are kept as SHA-256. Thread-safe.
 */
public final class Sessions {
  static final int SESSIONS_MAX = 1024;
  static final int PER_USER_MAX = 32;

  /** How long one may stay unused. */
  public static final Duration IDLE = Duration.ofHours(12);

  /** How long one lives at most. */
  public static final Duration LIFE = Duration.ofDays(7);

  private static final int RANDOM_BYTES = 32;

  private final Clock clock;
  private final Randomness randomness;
  private final Map<ByteBuffer, Session> open = new LinkedHashMap<>(16, 0.75f, true); // by use

  /**
   * A session that was just opened.
   *
   * @param key for the cookie; nobody can be asked for it again
   * @param csrf what a request that changes something has to repeat
   */
  public record Opened(String key, String csrf) {
    @Override
    public String toString() {
      return "Opened[***]";
    }
  }

  /**
   * What a request's cookie stands for.
   *
   * @param user name of a user, or what {@link AccessPolicy#holderOf} calls a token
   */
  public record Visitor(String user, String csrf) {
    /** Whether the request repeated it; constant time. */
    boolean showed(Optional<String> shown) {
      return shown.isPresent()
          && MessageDigest.isEqual(NamedToken.sha256(csrf), NamedToken.sha256(shown.get()));
    }

    @Override
    public String toString() {
      return "Visitor[" + user + "]";
    }
  }

  private static final class Session {
    final Visitor visitor;
    final long openedAtNanos;
    long usedAtNanos;

    Session(Visitor visitor, long nowNanos) {
      this.visitor = visitor;
      this.openedAtNanos = nowNanos;
      this.usedAtNanos = nowNanos;
    }

    boolean endedAt(long nowNanos) {
      return nowNanos - usedAtNanos >= IDLE.toNanos() || nowNanos - openedAtNanos >= LIFE.toNanos();
    }
  }

  public Sessions(Clock clock, Randomness randomness) {
    this.clock = clock;
    this.randomness = randomness;
  }

  /** Opens one for somebody whose password or token was right. */
  public synchronized Opened open(String user) {
    long now = clock.nanos();
    open.values().removeIf(session -> session.endedAt(now));
    long held = open.values().stream().filter(session -> session.visitor.user.equals(user)).count();
    if (held >= PER_USER_MAX) removeEldest(user);
    if (open.size() >= SESSIONS_MAX) removeEldest(null);
    Opened opened = new Opened(secret(), secret());
    open.put(digest(opened.key), new Session(new Visitor(user, opened.csrf), now));
    return opened;
  }

  /** Whose key this is; counts as a use. */
  public synchronized Optional<Visitor> find(String key) {
    ByteBuffer digest = digest(key);
    Session session = open.get(digest);
    if (session == null) return Optional.empty();
    long now = clock.nanos();
    if (session.endedAt(now)) {
      open.remove(digest);
      return Optional.empty();
    }
    session.usedAtNanos = now;
    return Optional.of(session.visitor);
  }

  /** Ends one. */
  public synchronized void close(String key) {
    open.remove(digest(key));
  }

  /** Ends all of one user. */
  public synchronized void closeAll(String user) {
    open.values().removeIf(session -> session.visitor.user.equals(user));
  }

  public synchronized int size() {
    return open.size();
  }

  private void removeEldest(@Nullable String user) {
    Iterator<Session> eldestFirst = open.values().iterator();
    while (eldestFirst.hasNext()) {
      Session session = eldestFirst.next();
      if (user != null && !session.visitor.user.equals(user)) continue;
      eldestFirst.remove();
      return;
    }
  }

  private String secret() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(randomness.secureBytes(RANDOM_BYTES));
  }

  // A lookup by digest: how long it takes says nothing about the key.
  private static ByteBuffer digest(String key) {
    return ByteBuffer.wrap(NamedToken.sha256(key));
  }
}
