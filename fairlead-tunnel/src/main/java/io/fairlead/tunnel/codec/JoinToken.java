package io.fairlead.tunnel.codec;

import java.nio.charset.StandardCharsets;

/**
 * A text to paste that lets one agent in: its name, a secret it shares with the server, and the
 * server's key, so that the agent needs no authority to know the server.
 *
 * @param secret 32 bytes
 * @param pin SHA-256 of a SubjectPublicKeyInfo in the server's chain
 */
public record JoinToken(String name, Binary secret, Binary pin) {
  private static final String PREFIX = "fl1.";

  public JoinToken {
    if (!Offer.isName(name)) throw new IllegalArgumentException("name: " + name);
    if (secret.length() != 32 || pin.length() != 32) {
      throw new IllegalArgumentException("secret and pin: 32 bytes each are expected");
    }
  }

  /** Reads the text form; blanks around it do not count. */
  public static JoinToken parse(String text) throws BadControlException {
    String[] parts = text.strip().split("\\.", -1);
    if (parts.length != 4 || !text.strip().startsWith(PREFIX)) {
      throw new BadControlException("token: fl1.NAME.SECRET.PIN is expected");
    }
    try {
      return new JoinToken(
          new String(Binary.parse(parts[1]).bytes(), StandardCharsets.UTF_8),
          Binary.parse(parts[2]),
          Binary.parse(parts[3]));
    } catch (IllegalArgumentException unfit) {
      throw new BadControlException("token: malformed");
    }
  }

  /** The text form; a secret. */
  public String text() {
    return PREFIX
        + Binary.of(name.getBytes(StandardCharsets.UTF_8)).text()
        + "."
        + secret.text()
        + "."
        + pin.text();
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "token of " + name;
  }
}
