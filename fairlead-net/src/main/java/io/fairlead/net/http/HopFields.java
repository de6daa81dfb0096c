package io.fairlead.net.http;

import java.util.Locale;

/**
 * Names of fields that say something about one hop or about framing (RFC 9110 §7.6.1), and of those
 * that whoever sends a head sets itself.
 */
public final class HopFields {
  private HopFields() {}

  /** Ignores case. */
  public static boolean contains(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade" ->
          true;
      default -> false;
    };
  }
}
