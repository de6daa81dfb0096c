package io.fairlead.net.auth;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** How a new password is written into a users file. Slow on purpose; belongs on no event loop. */
public enum PasswordForm {
  /** Argon2id (RFC 9106): 19 MiB, two passes. */
  ARGON2ID {
    @Override
    public String write(Secret password, Randomness randomness) {
      return Argon2Hash.write(password, randomness.secureBytes(SALT_BYTES));
    }
  },
  /** bcrypt with cost 12; only the first 72 bytes of a password count. */
  BCRYPT {
    @Override
    public String write(Secret password, Randomness randomness) {
      return BcryptHash.write(password, randomness.secureBytes(SALT_BYTES));
    }
  },
  /** PBKDF2-HMAC-SHA512, which Mosquitto reads too. */
  MOSQUITTO {
    @Override
    public String write(Secret password, Randomness randomness) {
      byte[] salt = randomness.secureBytes(MOSQUITTO_SALT_BYTES);
      PBEKeySpec spec =
          new PBEKeySpec(password.reveal().toCharArray(), salt, MOSQUITTO_ITERATIONS, 512);
      try {
        byte[] hash =
            SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(spec).getEncoded();
        Base64.Encoder base64 = Base64.getEncoder();
        return "$7$"
            + MOSQUITTO_ITERATIONS
            + "$"
            + base64.encodeToString(salt)
            + "$"
            + base64.encodeToString(hash);
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException("PBKDF2 is part of every JDK", impossible);
      } finally {
        spec.clearPassword();
      }
    }
  },
  /** A SCRAM-SHA-256 secret (RFC 5802): the client proves the password instead of sending it. */
  SCRAM {
    @Override
    public String write(Secret password, Randomness randomness) {
      return ScramCredential.derive(
              password.reveal(), randomness.secureBytes(SALT_BYTES), ScramCredential.NEW_ITERATIONS)
          .toAccount();
    }
  };

  private static final int SALT_BYTES = 16;

  /** Mosquitto 2.0 reads salts of exactly this length. */
  private static final int MOSQUITTO_SALT_BYTES = 12;

  /** What OWASP asks for PBKDF2-HMAC-SHA512. */
  private static final int MOSQUITTO_ITERATIONS = 210_000;

  /** The text behind the account's name. */
  public abstract String write(Secret password, Randomness randomness);
}
