package io.fairlead.net.auth;

import io.fairlead.core.random.Randomness;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Credentials that were right a moment ago, as digests under a random key, so that a client with
 * many connections costs one hash. At most {@link #ENTRIES_MAX}; the oldest leaves first.
 * Thread-safe.
 */
final class AcceptedCache {
  static final int ENTRIES_MAX = 4_096;
  static final Duration LIFE = Duration.ofSeconds(60);

  private record Entry(UsersFile.Account account, long expiresAtNanos) {}

  private final byte[] key;
  private final Map<ByteBuffer, Entry> entries = new LinkedHashMap<>(); // guarded by this

  AcceptedCache(Randomness randomness) {
    this.key = randomness.secureBytes(32);
  }

  /** Whether these credentials were right for exactly this account not long ago. */
  synchronized boolean knows(Credentials credentials, UsersFile.Account account, long nowNanos) {
    Entry entry = entries.get(digest(credentials));
    return entry != null && entry.account == account && entry.expiresAtNanos - nowNanos > 0;
  }

  synchronized void remember(Credentials credentials, UsersFile.Account account, long nowNanos) {
    ByteBuffer digest = digest(credentials);
    entries.remove(digest); // goes to the end
    entries.put(digest, new Entry(account, nowNanos + LIFE.toNanos()));
    if (entries.size() > ENTRIES_MAX) {
      var eldest = entries.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  synchronized void clear() {
    entries.clear();
  }

  private ByteBuffer digest(Credentials credentials) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(key);
      byte[] user = credentials.user().getBytes(StandardCharsets.UTF_8);
      sha.update(ByteBuffer.allocate(4).putInt(user.length).array());
      sha.update(user);
      byte[] password = PasswordHash.utf8(credentials.password());
      ByteBuffer digest = ByteBuffer.wrap(sha.digest(password));
      Arrays.fill(password, (byte) 0);
      return digest;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256 is part of every JDK", impossible);
    }
  }
}
