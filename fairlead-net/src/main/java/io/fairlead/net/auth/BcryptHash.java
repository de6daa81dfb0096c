package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/**
 * bcrypt, versions 2a, 2b and 2y, which are the same for what they read here: UTF-8, of which the
 * first 72 bytes count.
 */
final class BcryptHash implements PasswordHash {
  private static final Pattern FORM = Pattern.compile("\\$2[aby]\\$([0-9]{2})\\$[./A-Za-z0-9]{53}");
  private static final int COST_MIN = 4;
  private static final int COST_MAX = 16;
  private static final int NEW_COST = 12;

  private final String modular;

  private BcryptHash(String modular) {
    this.modular = modular;
  }

  static PasswordHash parse(String text) throws UnreadableHashException {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) throw new UnreadableHashException("unreadable bcrypt hash", WRITE_ONE);
    int cost = Integer.parseInt(form.group(1));
    if (cost < COST_MIN || cost > COST_MAX) {
      throw new UnreadableHashException("bcrypt cost " + cost + " (expected: 4-16)", WRITE_ONE);
    }
    return new BcryptHash(text);
  }

  /**
   * A new hash, as the users file has it.
   *
   * @param salt 16 bytes
   */
  static String write(Secret password, byte[] salt) {
    byte[] text = PasswordHash.utf8(password);
    String hash = OpenBSDBCrypt.generate("2b", text, salt, NEW_COST);
    Arrays.fill(text, (byte) 0);
    return hash;
  }

  @Override
  public boolean verify(Secret password) {
    if (PasswordHash.isEmpty(password)) return false;
    byte[] text = PasswordHash.utf8(password);
    boolean right = OpenBSDBCrypt.checkPassword(modular, text);
    Arrays.fill(text, (byte) 0);
    return right;
  }

  @Override
  public String toString() {
    return "bcrypt";
  }
}
