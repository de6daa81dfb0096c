package io.fairlead.core.address;

import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Brings a host as clients write it into the form a {@link
 * io.fairlead.core.dial.Destination.HostPort} has: lower-case A-labels, dotted quad, or IPv6
 * without brackets. Only the syntax is judged here; whether the host may be dialled is the
 * destination guard's business.
 */
public final class HostName {
  private static final int NAME_MAX = 253; // RFC 1035 §2.3.4, in text form

  private HostName() {}

  /** A host that came as bytes: ASCII, or UTF-8 which is then turned to A-labels (RFC 5891). */
  public static Optional<String> canonical(byte[] bytes) {
    try {
      return canonical(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /**
   * A host that came as text, IPv6 without brackets.
   *
   * @return empty when it is no host
   */
  public static Optional<String> canonical(String text) {
    if (text.indexOf(':') >= 0) {
      boolean literal = text.indexOf('%') < 0 && IpLiteral.parse(text).isPresent();
      return literal ? Optional.of(text.toLowerCase(Locale.ROOT)) : Optional.empty();
    }
    String ascii = text;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7e) {
        Optional<String> labels = aLabels(text);
        if (labels.isEmpty()) return labels;
        ascii = labels.get();
        break;
      }
    }
    if (ascii.isEmpty() || ascii.length() > NAME_MAX + 1) return Optional.empty();
    for (int i = 0; i < ascii.length(); i++) {
      if (!isHostCharacter(ascii.charAt(i))) return Optional.empty();
    }
    return Optional.of(ascii.toLowerCase(Locale.ROOT));
  }

  private static Optional<String> aLabels(String text) {
    try {
      return Optional.of(IDN.toASCII(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** Letters, digits, hyphen, dot; and underscore, which service names use. */
  private static boolean isHostCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
