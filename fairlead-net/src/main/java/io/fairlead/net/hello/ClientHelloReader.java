package io.fairlead.net.hello;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the names in a ClientHello without answering it. Given the bytes of a connection from its
 * beginning, again and again as they grow; what was looked at once is not looked at twice, however
 * small the pieces. Holds at most {@code max} bytes.
 *
 * <p>Extensions it does not know, reserved values among them (RFC 8701), are passed over; their
 * lengths must be right all the same.
 */
public final class ClientHelloReader {
  private static final int HANDSHAKE = 22; // RFC 8446 §5.1
  private static final int RECORD_HEADER = 5;
  private static final int RECORD_MAX = 1 << 14;
  private static final int CLIENT_HELLO = 1; // RFC 8446 §4
  private static final int MESSAGE_HEADER = 4;
  private static final int RANDOM = 32;
  private static final int SESSION_ID_MAX = 32;
  private static final int SERVER_NAME = 0; // RFC 6066 §3
  private static final int HOST_NAME = 0;
  private static final int NAME_MAX = 253; // RFC 1035 §2.3.4, without the root's dot
  private static final int ALPN = 16; // RFC 7301 §3.1

  private final int max;
  private byte[] message = new byte[512];
  private int length;
  private int scanned; // bytes of the input whose records are in the message

  /**
   * @param max bytes a ClientHello may take, its record headers included
   */
  public ClientHelloReader(int max) {
    this.max = max;
  }

  /**
   * Looks at what is there.
   *
   * @param in borrows; from its reader index on, all bytes of the connection; indexes do not move
   */
  public ClientHello read(ByteBuf in) {
    int start = in.readerIndex();
    int there = in.readableBytes();
    if (there > 0 && in.getUnsignedByte(start) != HANDSHAKE) return ClientHello.NOT_TLS;
    while (true) {
      if (there - scanned < RECORD_HEADER) return moreOf(there);
      int at = start + scanned;
      if (in.getUnsignedByte(at) != HANDSHAKE) return malformed("another record in the handshake");
      if (in.getUnsignedByte(at + 1) != 3) return malformed("record version");
      int fragment = in.getUnsignedShort(at + 3);
      if (fragment == 0) return malformed("empty record");
      if (fragment > RECORD_MAX) return malformed("record too long");
      if (scanned + RECORD_HEADER + fragment > max) return malformed("too long");
      if (there - scanned - RECORD_HEADER < fragment) return moreOf(there);
      append(in, at + RECORD_HEADER, fragment);
      scanned += RECORD_HEADER + fragment;
      if (length < MESSAGE_HEADER) continue;
      if (message[0] != CLIENT_HELLO) return malformed("no ClientHello");
      int whole = MESSAGE_HEADER + unsigned24(1);
      if (whole > max) return malformed("too long");
      if (length > whole) return malformed("more than a ClientHello");
      if (length == whole) return parse();
    }
  }

  private ClientHello moreOf(int there) {
    return there >= max ? malformed("too long") : ClientHello.INCOMPLETE;
  }

  private void append(ByteBuf in, int at, int count) {
    if (message.length - length < count) {
      message = Arrays.copyOf(message, Math.max(message.length * 2, length + count));
    }
    in.getBytes(at, message, length, count);
    length += count;
  }

  private ClientHello parse() {
    int at = MESSAGE_HEADER;
    if (length - at < 2 + RANDOM + 1) return malformed("short");
    if (unsigned8(at) != 3) return malformed("version");
    at += 2 + RANDOM;
    int sessionId = unsigned8(at++);
    if (sessionId > SESSION_ID_MAX) return malformed("session id");
    at += sessionId;
    if (length - at < 2) return malformed("short");
    int suites = unsigned16(at);
    at += 2;
    if (suites < 2 || suites % 2 != 0 || suites > length - at) return malformed("cipher suites");
    at += suites;
    if (length - at < 1) return malformed("short");
    int compressions = unsigned8(at++);
    if (compressions < 1 || compressions > length - at) return malformed("compression methods");
    at += compressions;
    if (at == length) return new ClientHello.Named(Optional.empty(), List.of());
    if (length - at < 2 || unsigned16(at) != length - at - 2) return malformed("extensions");
    return extensions(at + 2);
  }

  private ClientHello extensions(int from) {
    Optional<String> name = Optional.empty();
    List<String> protocols = List.of();
    Set<Integer> seen = new HashSet<>();
    int at = from;
    while (at < length) {
      if (length - at < 4) return malformed("extension");
      int type = unsigned16(at);
      int size = unsigned16(at + 2);
      at += 4;
      if (size > length - at) return malformed("extension");
      if (!seen.add(type)) return malformed("extension twice");
      switch (type) {
        case SERVER_NAME -> {
          name = serverName(at, at + size);
          if (name.isEmpty()) return malformed("server name");
        }
        case ALPN -> {
          protocols = protocols(at, at + size);
          if (protocols.isEmpty()) return malformed("application protocols");
        }
        default -> {} // not for us
      }
      at += size;
    }
    return new ClientHello.Named(name, protocols);
  }

  /** Empty: broken. One name only: of each kind there may be one, and there is one kind. */
  private Optional<String> serverName(int from, int end) {
    if (end - from < 5 || unsigned16(from) != end - from - 2) return Optional.empty();
    if (unsigned8(from + 2) != HOST_NAME) return Optional.empty();
    int size = unsigned16(from + 3);
    int at = from + 5;
    if (size < 1 || size != end - at) return Optional.empty();
    // RFC 6066 §3 has no dot at the end; where TLS ends here it is passed over all the same.
    if (message[end - 1] == '.') size--;
    if (size < 1 || size > NAME_MAX) return Optional.empty();
    boolean within = false; // a label; none is empty
    for (int i = at; i < at + size; i++) {
      boolean dot = message[i] == '.';
      if (!nameByte(message[i]) || (dot && !within)) return Optional.empty();
      within = !dot;
    }
    if (!within) return Optional.empty();
    return Optional.of(
        new String(message, at, size, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT));
  }

  private static boolean nameByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '.'
        || b == '_';
  }

  /** Empty: broken. Bytes beyond ASCII are reserved values or nobody's; they match no rule. */
  private List<String> protocols(int from, int end) {
    if (end - from < 4 || unsigned16(from) != end - from - 2) return List.of();
    List<String> protocols = new ArrayList<>();
    int at = from + 2;
    while (at < end) {
      int size = unsigned8(at++);
      if (size < 1 || size > end - at) return List.of();
      protocols.add(new String(message, at, size, StandardCharsets.ISO_8859_1));
      at += size;
    }
    return protocols;
  }

  private int unsigned8(int at) {
    return message[at] & 0xff;
  }

  private int unsigned16(int at) {
    return unsigned8(at) << 8 | unsigned8(at + 1);
  }

  private int unsigned24(int at) {
    return unsigned8(at) << 16 | unsigned16(at + 1);
  }

  private static ClientHello malformed(String reason) {
    return new ClientHello.Malformed(reason);
  }
}
