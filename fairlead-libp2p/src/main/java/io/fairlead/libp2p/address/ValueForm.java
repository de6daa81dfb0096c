package io.fairlead.libp2p.address;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.Multibase;
import io.fairlead.libp2p.key.PeerId;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How the value of a part is written as text and as bytes. {@link #text} throws for bytes that are
 * no value; what it returns reads back to the same bytes.
 */
enum ValueForm {
  NONE {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      throw wrong(text);
    }

    @Override
    String text(byte[] value) {
      return "";
    }
  },
  /** Decimal, big-endian. */
  NUMBER {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      if (text.isEmpty() || text.length() > 20 || text.charAt(0) == '+') throw wrong(text);
      long number;
      try {
        number = Long.parseUnsignedLong(text);
      } catch (NumberFormatException notANumber) {
        throw wrong(text);
      }
      if (size < 8 && number >>> (8 * size) != 0) throw wrong(text);
      byte[] value = ByteBuffer.allocate(8).putLong(number).array();
      return Arrays.copyOfRange(value, 8 - size, 8);
    }

    @Override
    String text(byte[] value) {
      return Long.toUnsignedString(number(value));
    }
  },
  IP4 {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      if (text.indexOf(':') >= 0) throw wrong(text);
      return IpLiteral.parse(text).orElseThrow(() -> wrong(text)).getAddress();
    }

    @Override
    String text(byte[] value) {
      return quad(value, 0);
    }
  },
  IP6 {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      if (text.indexOf(':') < 0) throw wrong(text);
      InetAddress address = IpLiteral.parse(text).orElseThrow(() -> wrong(text));
      byte[] bytes = address.getAddress();
      if (bytes.length == 16) return bytes;
      byte[] mapped = new byte[16]; // the reader takes the mapping off (RFC 4291 §2.5.5.2)
      mapped[10] = (byte) 0xff;
      mapped[11] = (byte) 0xff;
      System.arraycopy(bytes, 0, mapped, 12, 4);
      return mapped;
    }

    @Override
    String text(byte[] value) {
      return shortIp6(value);
    }
  },
  /** A word without slashes. */
  TEXT {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      byte[] value = text.getBytes(StandardCharsets.UTF_8);
      text(value);
      return value;
    }

    @Override
    String text(byte[] value) throws MalformedException {
      String text = utf8(value);
      if (text.isEmpty() || text.indexOf('/') >= 0) throw wrong(text);
      return text;
    }
  },
  /** What is left of the address, with its slashes. */
  PATH {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      byte[] value = text.getBytes(StandardCharsets.UTF_8);
      text(value);
      return value;
    }

    @Override
    String text(byte[] value) throws MalformedException {
      String text = utf8(value);
      if (text.length() < 2 || text.charAt(0) != '/') throw wrong(text);
      return text;
    }
  },
  /** Text with its slashes escaped (RFC 3986 §2.1). */
  ESCAPED {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      if (text.isEmpty()) throw wrong(text);
      try {
        String plain = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        byte[] value = plain.getBytes(StandardCharsets.UTF_8);
        text(value);
        return value;
      } catch (IllegalArgumentException badEscape) {
        throw wrong(text);
      }
    }

    @Override
    String text(byte[] value) throws MalformedException {
      String plain = utf8(value);
      if (plain.isEmpty()) throw wrong(plain);
      return URLEncoder.encode(plain, StandardCharsets.UTF_8).replace("+", "%20");
    }
  },
  PEER_ID {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      return PeerId.parse(text).toBytes();
    }

    @Override
    String text(byte[] value) throws MalformedException {
      return PeerId.of(value).toString();
    }
  },
  MULTIBASE {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      byte[] value = Multibase.decode(text);
      if (value.length == 0) throw wrong(text);
      return value;
    }

    @Override
    String text(byte[] value) throws MalformedException {
      if (value.length == 0) throw wrong("");
      return Multibase.base64Url(value);
    }
  },
  /** Base 32 of key, checksum and version, a colon, a port. */
  ONION3 {
    @Override
    byte[] bytes(String text, int size) throws MalformedException {
      int colon = text.indexOf(':');
      if (colon != 56) throw wrong(text);
      byte[] name = Multibase.decodeBase32(text.substring(0, colon));
      byte[] port = NUMBER.bytes(text.substring(colon + 1), 2);
      if (number(port) == 0) throw wrong(text);
      byte[] value = Arrays.copyOf(name, size);
      System.arraycopy(port, 0, value, size - 2, 2);
      return value;
    }

    @Override
    String text(byte[] value) throws MalformedException {
      int port = (int) number(Arrays.copyOfRange(value, 35, 37));
      if (port == 0) throw wrong("port 0");
      return Multibase.plainBase32(Arrays.copyOf(value, 35)) + ":" + port;
    }
  };

  /**
   * Reads text.
   *
   * @param size bytes of a value of fixed size
   */
  abstract byte[] bytes(String text, int size) throws MalformedException;

  /** Writes bytes, of the fixed size where there is one. */
  abstract String text(byte[] value) throws MalformedException;

  static long number(byte[] value) {
    long number = 0;
    for (byte b : value) number = number << 8 | b & 0xff;
    return number;
  }

  private static MalformedException wrong(String text) {
    String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
    return new MalformedException("address: no value: " + shown);
  }

  private static String utf8(byte[] value) throws MalformedException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      // Addresses stand in logs and on terminals.
      if (text.chars().anyMatch(Character::isISOControl)) throw wrong("control characters");
      return text;
    } catch (CharacterCodingException notText) {
      throw wrong("not UTF-8");
    }
  }

  private static String quad(byte[] value, int at) {
    return (value[at] & 0xff)
        + "."
        + (value[at + 1] & 0xff)
        + "."
        + (value[at + 2] & 0xff)
        + "."
        + (value[at + 3] & 0xff);
  }

  /** RFC 5952 §4: no leading zeros, the longest run of zeros as {@code ::}, lower case. */
  private static String shortIp6(byte[] value) {
    int[] words = new int[8];
    for (int i = 0; i < 8; i++) words[i] = (value[2 * i] & 0xff) << 8 | value[2 * i + 1] & 0xff;
    boolean mapped = words[5] == 0xffff;
    for (int i = 0; i < 5; i++) mapped &= words[i] == 0;
    if (mapped) return "::ffff:" + quad(value, 12);

    int run = -1;
    int runLength = 1; // a single zero is not shortened
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && words[end] == 0) end++;
      if (end - i > runLength) {
        run = i;
        runLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == run) {
        text.append("::");
        i += runLength - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') text.append(':');
        text.append(Integer.toHexString(words[i]));
      }
    }
    return text.toString();
  }
}
