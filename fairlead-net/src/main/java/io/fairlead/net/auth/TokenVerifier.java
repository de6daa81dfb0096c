package io.fairlead.net.auth;

/**
 * Checks signed tokens that stand in the place of a password. Any thread but an event loop: it
 * computes signatures, and may wait a few seconds for keys.
 */
public interface TokenVerifier {
  /** Tokens longer than this are none of ours. */
  int CHARACTERS_MAX = 8 * 1024;

  /** What it found. */
  sealed interface Finding {
    /** The token is good. */
    record Good(AuthResult.Accepted who) implements Finding {}

    /**
     * It is a token that this verifier is responsible for, and bad.
     *
     * @param reason a stable word for logs and meters
     */
    record Bad(String reason) implements Finding {}

    /** Not a token, or nobody's we know: somebody else may. */
    record NotMine() implements Finding {}
  }

  /** Looks at the password; the user name, if any, must fit. */
  Finding verify(Credentials credentials);

  /** Whether a text has the shape of a signed token (RFC 7515 §3.1), whatever is in it. */
  static boolean looksLikeToken(String text) {
    int dots = 0;
    if (text.length() < 16 || text.length() > CHARACTERS_MAX || text.charAt(0) != 'e') {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        dots++;
        continue;
      }
      boolean base64url =
          c >= 'A' && c <= 'Z'
              || c >= 'a' && c <= 'z'
              || c >= '0' && c <= '9'
              || c == '-'
              || c == '_';
      if (!base64url) return false;
    }
    return dots == 2 && !text.endsWith(".");
  }
}
