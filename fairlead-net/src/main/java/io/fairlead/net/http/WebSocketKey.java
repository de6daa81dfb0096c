package io.fairlead.net.http;

import io.fairlead.core.random.Randomness;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The two halves of the HTTP/1 handshake of a web socket (RFC 6455 §4.2.2). */
public final class WebSocketKey {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int BYTES = 16;

  private WebSocketKey() {}

  /** A new {@code Sec-WebSocket-Key}. */
  public static String fresh(Randomness randomness) {
    byte[] nonce = new byte[BYTES];
    randomness.generator().nextBytes(nonce);
    return Base64.getEncoder().encodeToString(nonce);
  }

  /** The {@code Sec-WebSocket-Accept} that belongs to a key. */
  public static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-1 is in every Java platform", impossible);
    }
  }
}
