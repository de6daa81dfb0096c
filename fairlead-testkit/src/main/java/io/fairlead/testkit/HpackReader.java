package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads heads that were compressed by HPACK without Huffman coding, which servers use for long
 * values only (RFC 7541 §3, §6). Not thread-safe: the dynamic table grows with each head.
 */
public final class HpackReader {
  /** One field. */
  public record Field(String name, String value) {}

  private static final String[] STATIC = {
    ":authority",
    "",
    ":method",
    "GET",
    ":method",
    "POST",
    ":path",
    "/",
    ":path",
    "/index.html",
    ":scheme",
    "http",
    ":scheme",
    "https",
    ":status",
    "200",
    ":status",
    "204",
    ":status",
    "206",
    ":status",
    "304",
    ":status",
    "400",
    ":status",
    "404",
    ":status",
    "500",
    "accept-charset",
    "",
    "accept-encoding",
    "gzip, deflate",
    "accept-language",
    "",
    "accept-ranges",
    "",
    "accept",
    "",
    "access-control-allow-origin",
    "",
    "age",
    "",
    "allow",
    "",
    "authorization",
    "",
    "cache-control",
    "",
    "content-disposition",
    "",
    "content-encoding",
    "",
    "content-language",
    "",
    "content-length",
    "",
    "content-location",
    "",
    "content-range",
    "",
    "content-type",
    "",
    "cookie",
    "",
    "date",
    "",
    "etag",
    "",
    "expect",
    "",
    "expires",
    "",
    "from",
    "",
    "host",
    "",
    "if-match",
    "",
    "if-modified-since",
    "",
    "if-none-match",
    "",
    "if-range",
    "",
    "if-unmodified-since",
    "",
    "last-modified",
    "",
    "link",
    "",
    "location",
    "",
    "max-forwards",
    "",
    "proxy-authenticate",
    "",
    "proxy-authorization",
    "",
    "range",
    "",
    "referer",
    "",
    "refresh",
    "",
    "retry-after",
    "",
    "server",
    "",
    "set-cookie",
    "",
    "strict-transport-security",
    "",
    "transfer-encoding",
    "",
    "user-agent",
    "",
    "vary",
    "",
    "via",
    "",
    "www-authenticate",
    "",
  };

  private final List<Field> dynamic = new ArrayList<>();

  /** All fields of one block. */
  public List<Field> read(byte[] block) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(block);
    List<Field> fields = new ArrayList<>();
    while (in.hasRemaining()) {
      int first = in.get(in.position()) & 255;
      if ((first & 128) != 0) {
        fields.add(entry(integer(in, 7)));
      } else if ((first & 64) != 0) {
        Field field = literal(in, integer(in, 6));
        dynamic.addFirst(field);
        fields.add(field);
      } else if ((first & 32) != 0) {
        integer(in, 5); // the size of a table that these tests never fill
      } else {
        fields.add(literal(in, integer(in, 4)));
      }
    }
    return fields;
  }

  private Field literal(ByteBuffer in, int index) throws IOException {
    String name = index == 0 ? string(in) : entry(index).name();
    return new Field(name, string(in));
  }

  private Field entry(int index) throws IOException {
    int known = STATIC.length / 2;
    if (index >= 1 && index <= known) {
      return new Field(STATIC[2 * index - 2], STATIC[2 * index - 1]);
    }
    int at = index - known - 1;
    if (at < 0 || at >= dynamic.size()) throw new IOException("hpack index " + index);
    return dynamic.get(at);
  }

  private static int integer(ByteBuffer in, int bits) {
    int mask = (1 << bits) - 1;
    int value = in.get() & mask;
    if (value < mask) return value;
    int shift = 0;
    int octet;
    do {
      octet = in.get() & 255;
      value += (octet & 127) << shift;
      shift += 7;
    } while ((octet & 128) != 0);
    return value;
  }

  private static String string(ByteBuffer in) throws IOException {
    boolean huffman = (in.get(in.position()) & 128) != 0;
    byte[] bytes = new byte[integer(in, 7)];
    in.get(bytes);
    if (huffman) throw new IOException("Huffman coding is not read here");
    return new String(bytes, ISO_8859_1);
  }
}
