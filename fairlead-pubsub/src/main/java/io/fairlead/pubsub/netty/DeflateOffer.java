package io.fairlead.pubsub.netty;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Compression of what a server sends (RFC 7692 §7): what is offered, and whether an answer fits it.
 * What we send is never compressed, which the offer says.
 */
final class DeflateOffer {
  static final String FIELD = "permessage-deflate; client_no_context_takeover";
  private static final String NAME = "permessage-deflate";

  private DeflateOffer() {}

  /** Whether a server may answer so to the offer. */
  static boolean fits(String answer) {
    if (answer.indexOf(',') >= 0) return false; // a second extension, which was not offered
    String[] parts = answer.split(";", -1);
    if (!parts[0].trim().equalsIgnoreCase(NAME)) return false;
    Set<String> seen = new HashSet<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].trim().split("=", 2);
      String name = pair[0].trim().toLowerCase(Locale.ROOT);
      boolean bare = pair.length == 1;
      boolean known =
          switch (name) {
            case "server_no_context_takeover", "client_no_context_takeover" -> bare;
            case "server_max_window_bits" -> !bare && bits(pair[1].trim());
            default -> false;
          };
      if (!known || !seen.add(name)) return false;
    }
    return true;
  }

  private static boolean bits(String value) {
    String plain =
        value.length() > 2 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
    return plain.matches("[89]|1[0-5]");
  }
}
