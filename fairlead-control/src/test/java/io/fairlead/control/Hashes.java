package io.fairlead.control;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Password hashes as users files hold them, cheap ones. */
final class Hashes {
  private Hashes() {}

  /** PBKDF2-HMAC-SHA512 in the form {@code $7$iterations$salt$hash}. */
  static String of(String password) throws GeneralSecurityException {
    byte[] salt = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    byte[] hash =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
            .generateSecret(new PBEKeySpec(password.toCharArray(), salt, 101, 512))
            .getEncoded();
    Base64.Encoder base64 = Base64.getEncoder();
    return "$7$101$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
  }
}
