package io.fairlead.net.http.codec;

/** The few fields the codec itself must know, found by length and one comparison. */
final class FieldKind {
  static final byte OTHER = 0;
  static final byte HOST = 1;
  static final byte CONTENT_LENGTH = 2;
  static final byte TRANSFER_ENCODING = 3;
  static final byte CONNECTION = 4;
  static final byte UPGRADE = 5;
  static final byte EXPECT = 6;
  static final byte TE = 7;

  /** Hop-by-hop and of no other interest (RFC 9110 §7.6.1). */
  static final byte HOP = 8;

  /** Named by {@code Connection}. */
  static final byte NOMINATED = 9;

  private static final byte[] NAME_TE = Octet.bytes("te");
  private static final byte[] NAME_HOST = Octet.bytes("host");
  private static final byte[] NAME_EXPECT = Octet.bytes("expect");
  private static final byte[] NAME_UPGRADE = Octet.bytes("upgrade");
  private static final byte[] NAME_TRAILER = Octet.bytes("trailer");
  private static final byte[] NAME_CONNECTION = Octet.bytes("connection");
  private static final byte[] NAME_KEEP_ALIVE = Octet.bytes("keep-alive");
  private static final byte[] NAME_CONTENT_LENGTH = Octet.bytes("content-length");
  private static final byte[] NAME_PROXY_CONNECTION = Octet.bytes("proxy-connection");
  private static final byte[] NAME_TRANSFER_ENCODING = Octet.bytes("transfer-encoding");
  private static final byte[] NAME_PROXY_AUTHENTICATE = Octet.bytes("proxy-authenticate");
  private static final byte[] NAME_PROXY_AUTHORIZATION = Octet.bytes("proxy-authorization");

  /** What {@code Connection} must not name: fields that decide what a message means. */
  private static final byte[][] ESSENTIAL = {
    NAME_HOST,
    NAME_CONTENT_LENGTH,
    NAME_TRANSFER_ENCODING,
    Octet.bytes("content-type"),
    Octet.bytes("content-encoding"),
    Octet.bytes("content-range"),
    Octet.bytes("authorization"),
    Octet.bytes("cookie"),
    Octet.bytes("set-cookie"),
    Octet.bytes("location"),
    Octet.bytes("cache-control"),
    Octet.bytes("via"),
    Octet.bytes("forwarded"),
    Octet.bytes("x-forwarded-for"),
    Octet.bytes("x-forwarded-host"),
    Octet.bytes("x-forwarded-proto"),
  };

  private FieldKind() {}

  static byte of(byte[] bytes, int from, int to) {
    return switch (to - from) {
      case 2 -> pick(bytes, from, to, NAME_TE, TE);
      case 4 -> pick(bytes, from, to, NAME_HOST, HOST);
      case 6 -> pick(bytes, from, to, NAME_EXPECT, EXPECT);
      case 7 -> {
        byte kind = pick(bytes, from, to, NAME_UPGRADE, UPGRADE);
        yield kind != OTHER ? kind : pick(bytes, from, to, NAME_TRAILER, HOP);
      }
      case 10 -> {
        byte kind = pick(bytes, from, to, NAME_CONNECTION, CONNECTION);
        yield kind != OTHER ? kind : pick(bytes, from, to, NAME_KEEP_ALIVE, HOP);
      }
      case 14 -> pick(bytes, from, to, NAME_CONTENT_LENGTH, CONTENT_LENGTH);
      case 16 -> pick(bytes, from, to, NAME_PROXY_CONNECTION, HOP);
      case 17 -> pick(bytes, from, to, NAME_TRANSFER_ENCODING, TRANSFER_ENCODING);
      case 18 -> pick(bytes, from, to, NAME_PROXY_AUTHENTICATE, HOP);
      case 19 -> pick(bytes, from, to, NAME_PROXY_AUTHORIZATION, HOP);
      default -> OTHER;
    };
  }

  static boolean essential(byte[] bytes, int from, int to) {
    for (byte[] name : ESSENTIAL) {
      if (Octet.same(bytes, from, to, name)) return true;
    }
    return false;
  }

  private static byte pick(byte[] bytes, int from, int to, byte[] name, byte kind) {
    return Octet.same(bytes, from, to, name) ? kind : OTHER;
  }
}
