package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2 in PHC form: {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}, base64 without padding.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9106">RFC 9106</a>
 */
final class Argon2Hash implements PasswordHash {
  static final int KIBIBYTES_MAX = 256 * 1024;
  private static final int PASSES_MAX = 64;
  private static final int LANES_MAX = 16;
  private static final int SALT_MIN = 8;
  private static final int HASH_MIN = 4;
  private static final int BYTES_MAX = 128;
  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2(id|i|d)\\$v=19\\$m=([0-9]{1,8}),t=([0-9]{1,4}),p=([0-9]{1,3})"
              + "\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

  /** What new hashes cost: memory in KiB, passes, lanes (the first choice of OWASP). */
  private static final int NEW_KIBIBYTES = 19 * 1024;

  private static final int NEW_PASSES = 2;
  private static final int NEW_BYTES = 32;

  private final int variant;
  private final int kibibytes;
  private final int passes;
  private final int lanes;
  private final byte[] salt;
  private final byte[] hash;

  private Argon2Hash(int variant, int kibibytes, int passes, int lanes, byte[] salt, byte[] hash) {
    this.variant = variant;
    this.kibibytes = kibibytes;
    this.passes = passes;
    this.lanes = lanes;
    this.salt = salt;
    this.hash = hash;
  }

  static PasswordHash parse(String text) throws UnreadableHashException {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) throw unreadable();
    int kibibytes = Integer.parseInt(form.group(2));
    int passes = Integer.parseInt(form.group(3));
    int lanes = Integer.parseInt(form.group(4));
    boolean dear = kibibytes > KIBIBYTES_MAX || passes > PASSES_MAX || lanes > LANES_MAX;
    if (dear || passes < 1 || lanes < 1) {
      throw new UnreadableHashException(
          "argon2 hash beyond m=262144, t=64, p=16: one login would cost too much", WRITE_ONE);
    }
    int variant =
        switch (form.group(1)) {
          case "id" -> Argon2Parameters.ARGON2_id;
          case "i" -> Argon2Parameters.ARGON2_i;
          default -> Argon2Parameters.ARGON2_d;
        };
    Optional<byte[]> salt = base64(form.group(5));
    Optional<byte[]> hash = base64(form.group(6));
    // RFC 9106 §3.1: at least eight times as many KiB as lanes.
    boolean sound = salt.isPresent() && hash.isPresent() && kibibytes >= 8 * lanes;
    if (!sound || salt.get().length < SALT_MIN || hash.get().length < HASH_MIN) throw unreadable();
    return new Argon2Hash(variant, kibibytes, passes, lanes, salt.get(), hash.get());
  }

  /** A new hash, as the users file has it. */
  static String write(Secret password, byte[] salt) {
    byte[] hash =
        compute(
            Argon2Parameters.ARGON2_id, NEW_KIBIBYTES, NEW_PASSES, 1, salt, NEW_BYTES, password);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m="
        + NEW_KIBIBYTES
        + ",t="
        + NEW_PASSES
        + ",p=1$"
        + base64.encodeToString(salt)
        + "$"
        + base64.encodeToString(hash);
  }

  @Override
  public boolean verify(Secret password) {
    if (PasswordHash.isEmpty(password)) return false;
    byte[] computed = compute(variant, kibibytes, passes, lanes, salt, hash.length, password);
    return MessageDigest.isEqual(hash, computed);
  }

  private static byte[] compute(
      int variant, int kibibytes, int passes, int lanes, byte[] salt, int length, Secret password) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(variant)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(kibibytes)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] out = new byte[length];
    byte[] text = PasswordHash.utf8(password);
    generator.generateBytes(text, out);
    Arrays.fill(text, (byte) 0);
    return out;
  }

  private static Optional<byte[]> base64(String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      return bytes.length <= BYTES_MAX ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static UnreadableHashException unreadable() {
    return new UnreadableHashException("unreadable argon2 hash", WRITE_ONE);
  }

  @Override
  public String toString() {
    return "argon2";
  }
}
