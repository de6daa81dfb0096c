package io.fairlead.net.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a client says of itself in its ClientHello (RFC 8446 §4.1.2): enough to choose a
 * certificate. Lengths are checked; what is malformed reads as absent and is left to the engine,
 * which refuses it with the right alert.
 *
 * @param serverName lower case; empty when the client names none
 * @param applicationProtocols ALPN names, best first; empty when it offers none
 * @param elliptic whether it takes ECDSA signatures
 */
record Greeting(Optional<String> serverName, List<String> applicationProtocols, boolean elliptic) {
  static final Greeting NONE = new Greeting(Optional.empty(), List.of(), true);

  private static final int VERSION_AND_RANDOM = 34;
  private static final int SERVER_NAME = 0;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int APPLICATION_PROTOCOLS = 16;
  private static final int HOST_NAME_BYTES_MAX = 255;
  private static final int ECDSA = 3; // low byte of ecdsa_secp256r1_sha256 and its kin

  /**
   * @param hello borrows; the body of the handshake message, from its version on; read by index
   */
  static Greeting read(ByteBuf hello) {
    try {
      return extensions(hello);
    } catch (IndexOutOfBoundsException truncated) {
      return NONE;
    }
  }

  private static Greeting extensions(ByteBuf hello) {
    int at = hello.readerIndex() + VERSION_AND_RANDOM;
    int end = hello.writerIndex();
    at += 1 + hello.getUnsignedByte(at); // session id
    at += 2 + hello.getUnsignedShort(at); // cipher suites
    at += 1 + hello.getUnsignedByte(at); // compression methods
    if (at + 2 > end) return NONE;
    end = Math.min(end, at + 2 + hello.getUnsignedShort(at));
    at += 2;
    Optional<String> name = Optional.empty();
    List<String> protocols = List.of();
    boolean elliptic = true; // a client without the extension takes any (RFC 5246 §7.4.1.4.1)
    while (at + 4 <= end) {
      int kind = hello.getUnsignedShort(at);
      int length = hello.getUnsignedShort(at + 2);
      at += 4;
      if (at + length > end) return NONE;
      switch (kind) {
        case SERVER_NAME -> name = hostName(hello, at, at + length);
        case SIGNATURE_ALGORITHMS -> elliptic = signsElliptic(hello, at, at + length);
        case APPLICATION_PROTOCOLS -> protocols = protocols(hello, at, at + length);
        default -> {} // none of our business
      }
      at += length;
    }
    return new Greeting(name, protocols, elliptic);
  }

  /** RFC 6066 §3. */
  private static Optional<String> hostName(ByteBuf in, int from, int to) {
    int at = from + 2;
    while (at + 3 <= to) {
      int type = in.getUnsignedByte(at);
      int length = in.getUnsignedShort(at + 1);
      at += 3;
      if (at + length > to || length == 0 || length > HOST_NAME_BYTES_MAX) return Optional.empty();
      if (type == 0) {
        String name = in.toString(at, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        return Optional.of(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
      }
      at += length;
    }
    return Optional.empty();
  }

  private static boolean signsElliptic(ByteBuf in, int from, int to) {
    for (int at = from + 2; at + 2 <= to; at += 2) {
      int hash = in.getUnsignedByte(at);
      if (in.getUnsignedByte(at + 1) == ECDSA && hash >= 4 && hash <= 6) return true;
    }
    return false;
  }

  /** RFC 7301 §3.1. */
  private static List<String> protocols(ByteBuf in, int from, int to) {
    List<String> names = new ArrayList<>(2);
    int at = from + 2;
    while (at < to) {
      int length = in.getUnsignedByte(at);
      if (length == 0 || at + 1 + length > to) return List.of();
      names.add(in.toString(at + 1, length, StandardCharsets.ISO_8859_1));
      at += 1 + length;
    }
    return names;
  }
}
