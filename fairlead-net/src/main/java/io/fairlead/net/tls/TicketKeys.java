package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.NetCodes;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys of session tickets (RFC 5077, RFC 8446 §4.6.1), shared by all listeners of the process:
 * three at most, the newest encrypts, the older ones still decrypt. What a listener is given is
 * derived from its policy, so a ticket of one listener is worth nothing at another that asks for
 * more, such as a client certificate. Thread-safe.
 *
 * <p>With the JDK's engine tickets have keys of that engine's own.
 */
public final class TicketKeys {
  /** Keys kept. */
  public static final int COUNT = 3;

  private static final int KEY_BYTES = 48;
  private static final long FILE_BYTES_MAX = 4096;

  private final Randomness randomness;
  private volatile List<byte[]> masters; // newest first

  /** Begins with one random key. */
  public TicketKeys(Randomness randomness) {
    this.randomness = randomness;
    this.masters = List.of(randomness.secureBytes(KEY_BYTES));
  }

  /** A new random key encrypts from now on; the oldest goes. */
  public synchronized void rotate() {
    List<byte[]> next = new ArrayList<>();
    next.add(randomness.secureBytes(KEY_BYTES));
    next.addAll(masters.subList(0, Math.min(masters.size(), COUNT - 1)));
    masters = List.copyOf(next);
  }

  /**
   * Takes the keys of a file that several gateways share.
   *
   * @return whether they differ from those in use
   */
  public synchronized boolean use(List<byte[]> keys) {
    if (keys.isEmpty() || keys.size() > COUNT) {
      throw new IllegalArgumentException("keys: " + keys.size() + " (expected: 1-" + COUNT + ")");
    }
    boolean same = keys.size() == masters.size();
    for (int i = 0; same && i < keys.size(); i++) same = Arrays.equals(keys.get(i), masters.get(i));
    if (!same) masters = keys.stream().map(byte[]::clone).toList();
    return !same;
  }

  /**
   * Reads a file of one to three lines, 96 hexadecimal digits each, the newest key first.
   *
   * @param path key path in the configuration
   * @throws ConfigException it cannot be read or holds something else
   */
  public static List<byte[]> read(Path file, String path) throws ConfigException {
    String text;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) throw bad(file, path);
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw PemFiles.problem(
          NetCodes.PEM_UNREADABLE, path, file + ": cannot be read", "check its permissions");
    }
    List<byte[]> keys = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty()) continue;
      if (line.length() != 2 * KEY_BYTES || keys.size() == COUNT) throw bad(file, path);
      try {
        keys.add(HexFormat.of().parseHex(line));
      } catch (IllegalArgumentException noDigit) {
        throw bad(file, path);
      }
    }
    if (keys.isEmpty()) throw bad(file, path);
    return keys;
  }

  private static ConfigException bad(Path file, String path) {
    return PemFiles.problem(
        NetCodes.BAD_TICKET_KEYS,
        path,
        file + ": no ticket keys",
        "one to three lines of 96 hexadecimal digits, the newest first: openssl rand -hex 48");
  }

  /** The keys for listeners of one policy. */
  OpenSslSessionTicketKey[] derived(String policy) {
    List<byte[]> now = masters;
    OpenSslSessionTicketKey[] keys = new OpenSslSessionTicketKey[now.size()];
    for (int i = 0; i < keys.length; i++) {
      byte[] first = mac(now.get(i), "ticket 1 " + policy);
      byte[] second = mac(now.get(i), "ticket 2 " + policy);
      keys[i] =
          new OpenSslSessionTicketKey(
              Arrays.copyOf(first, OpenSslSessionTicketKey.NAME_SIZE),
              Arrays.copyOfRange(first, 16, 16 + OpenSslSessionTicketKey.HMAC_KEY_SIZE),
              Arrays.copyOf(second, OpenSslSessionTicketKey.AES_KEY_SIZE));
    }
    return keys;
  }

  private static byte[] mac(byte[] key, String message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(message.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
    }
  }
}
