package io.fairlead.proxy.netty;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Tells protocols apart by their first bytes. */
enum FirstBytes {
  /** Not enough bytes to tell. */
  MORE,
  SOCKS5,
  SOCKS4,
  HTTP,
  /** Nothing we speak: closed without a word. */
  UNKNOWN;

  private static final byte[] PROXY_HEADER = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~"; // RFC 9110 §5.6.2, besides alphanum

  /**
   * Looks, consumes nothing.
   *
   * @param in borrows
   */
  static FirstBytes of(ByteBuf in) {
    if (!in.isReadable()) return MORE;
    int first = in.getUnsignedByte(in.readerIndex());
    return switch (first) {
      case 5 -> SOCKS5;
      case 4 -> SOCKS4;
      case 'P' -> proxyHeaderOrHttp(in);
      default -> isTokenCharacter(first) ? HTTP : UNKNOWN;
    };
  }

  /**
   * A PROXY protocol header in text starts as POST does; nobody here is trusted to send one, and it
   * must never be taken for a request.
   */
  private static FirstBytes proxyHeaderOrHttp(ByteBuf in) {
    int known = Math.min(in.readableBytes(), PROXY_HEADER.length);
    for (int i = 0; i < known; i++) {
      if (in.getByte(in.readerIndex() + i) != PROXY_HEADER[i]) return HTTP;
    }
    return known < PROXY_HEADER.length ? MORE : UNKNOWN;
  }

  private static boolean isTokenCharacter(int c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || TOKEN_MARKS.indexOf(c) >= 0;
  }
}
