package io.fairlead.net.proxyprotocol.codec;

import io.fairlead.core.address.IpLiteral;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/** Reads a header of either version from the first bytes of a connection. Stateless. */
public final class ProxyHeaderReader {
  /** Longest line of version 1, its end included (§2.1). */
  public static final int V1_MAX = 107;

  /** Longest address block of version 2 (two unix paths), and what we take of fields. */
  public static final int V2_ADDRESSES_MAX = 216;

  public static final int V2_FIELDS_MAX = 4096;
  static final int V2_PREFIX = 16;

  /** What there is to read before any header can be complete or refused. */
  public static final int BYTES_MAX = V2_PREFIX + V2_ADDRESSES_MAX + V2_FIELDS_MAX;

  static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[] V1_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);

  /** What the bytes so far are. */
  public sealed interface Result {
    record Incomplete() implements Result {}

    /**
     * A whole header.
     *
     * @param length of it, in bytes
     */
    record Complete(ProxyHeader header, int length) implements Result {}

    record Malformed(String reason) implements Result {}
  }

  private static final Result INCOMPLETE = new Result.Incomplete();

  private ProxyHeaderReader() {}

  /**
   * Looks at the bytes from the reader index on.
   *
   * @param in borrows; indexes do not move
   */
  public static Result read(ByteBuf in) {
    if (!in.isReadable()) return INCOMPLETE;
    byte first = in.getByte(in.readerIndex());
    if (first == V1_START[0]) return version1(in);
    if (first == SIGNATURE[0]) return version2(in);
    return malformed("no header");
  }

  private static boolean starts(ByteBuf in, byte[] with) {
    int known = Math.min(in.readableBytes(), with.length);
    for (int i = 0; i < known; i++) {
      if (in.getByte(in.readerIndex() + i) != with[i]) return false;
    }
    return true;
  }

  // ---- version 1 ---------------------------------------------------------------------------

  private static Result version1(ByteBuf in) {
    if (!starts(in, V1_START)) return malformed("no header");
    int start = in.readerIndex();
    int bound = Math.min(in.readableBytes(), V1_MAX);
    int end = in.indexOf(start, start + bound, (byte) '\n');
    if (end < 0) return bound == V1_MAX ? malformed("line too long") : INCOMPLETE;
    int length = end + 1 - start;
    if (in.getByte(end - 1) != '\r') return malformed("line end");
    String line = in.toString(start, length - 2, StandardCharsets.ISO_8859_1);
    String[] words = line.split(" ", -1);
    if (words[1].equals("UNKNOWN")) { // what follows is to be ignored (§2.1)
      return new Result.Complete(ProxyHeader.unknown(List.of()), length);
    }
    boolean v4 = words[1].equals("TCP4");
    if (!v4 && !words[1].equals("TCP6")) return malformed("protocol");
    if (words.length != 6) return malformed("number of words");
    Optional<InetAddress> source = address(words[2], v4);
    Optional<InetAddress> destination = address(words[3], v4);
    OptionalInt sourcePort = port(words[4]);
    OptionalInt destinationPort = port(words[5]);
    if (source.isEmpty() || destination.isEmpty()) return malformed("address");
    if (sourcePort.isEmpty() || destinationPort.isEmpty()) return malformed("port");
    return new Result.Complete(
        ProxyHeader.of(
            new InetSocketAddress(source.get(), sourcePort.getAsInt()),
            new InetSocketAddress(destination.get(), destinationPort.getAsInt()),
            List.of()),
        length);
  }

  private static Optional<InetAddress> address(String text, boolean v4) {
    return v4 == (text.indexOf(':') < 0) ? IpLiteral.parse(text) : Optional.empty();
  }

  private static OptionalInt port(String text) {
    if (text.isEmpty() || text.length() > 5) return OptionalInt.empty();
    if (text.length() > 1 && text.charAt(0) == '0') return OptionalInt.empty();
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') return OptionalInt.empty();
      value = value * 10 + c - '0';
    }
    return value > 65_535 ? OptionalInt.empty() : OptionalInt.of(value);
  }

  // ---- version 2 ---------------------------------------------------------------------------

  private static Result version2(ByteBuf in) {
    if (!starts(in, SIGNATURE)) return malformed("no header");
    int start = in.readerIndex();
    int there = in.readableBytes();
    if (there > 12 && (in.getByte(start + 12) & 0xf0) != 0x20) return malformed("version");
    if (there < V2_PREFIX) return INCOMPLETE;
    int command = in.getByte(start + 12) & 0x0f;
    if (command > 1) return malformed("command");
    int kind = in.getUnsignedByte(start + 13);
    int length = in.getUnsignedShort(start + 14);
    if (length > V2_ADDRESSES_MAX + V2_FIELDS_MAX) return malformed("too long");
    int addresses =
        switch (kind) {
          case 0x00 -> 0;
          case 0x11, 0x12 -> 12;
          case 0x21, 0x22 -> 36;
          case 0x31, 0x32 -> V2_ADDRESSES_MAX;
          default -> -1; // other values must be refused (§2.2)
        };
    if (addresses < 0) return malformed("family");
    boolean local = command == 0;
    if (!local && length < addresses) return malformed("addresses");
    if (there < V2_PREFIX + length) return INCOMPLETE;
    int whole = V2_PREFIX + length;
    if (local) { // what it holds is to be ignored (§2.2)
      return new Result.Complete(new ProxyHeader(true, Optional.empty(), false, List.of()), whole);
    }
    List<ProxyHeader.Field> fields = new ArrayList<>();
    Optional<String> broken =
        fields(in, start, start + V2_PREFIX + addresses, start + whole, fields);
    if (broken.isPresent()) return malformed(broken.get());
    Optional<ProxyHeader.Pair> pair =
        switch (addresses) {
          case 12 -> Optional.of(pair(in, start + V2_PREFIX, 4));
          case 36 -> Optional.of(pair(in, start + V2_PREFIX, 16));
          default -> Optional.empty();
        };
    return new Result.Complete(new ProxyHeader(false, pair, (kind & 0x0f) == 2, fields), whole);
  }

  private static ProxyHeader.Pair pair(ByteBuf in, int at, int size) {
    return new ProxyHeader.Pair(
        new InetSocketAddress(ip(in, at, size), in.getUnsignedShort(at + 2 * size)),
        new InetSocketAddress(ip(in, at + size, size), in.getUnsignedShort(at + 2 * size + 2)));
  }

  private static InetAddress ip(ByteBuf in, int at, int size) {
    byte[] bytes = new byte[size];
    in.getBytes(at, bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("size: " + size, impossible);
    }
  }

  /** Empty when they are well formed and the checksum, where there is one, is right. */
  private static Optional<String> fields(
      ByteBuf in, int start, int from, int end, List<ProxyHeader.Field> into) {
    if (end - from > V2_FIELDS_MAX) return Optional.of("too long");
    int at = from;
    int checksumAt = -1;
    while (at < end) {
      if (end - at < 3) return Optional.of("field");
      int type = in.getUnsignedByte(at);
      int length = in.getUnsignedShort(at + 1);
      at += 3;
      if (length > end - at) return Optional.of("field");
      switch (type) {
        case ProxyHeader.Field.CRC32C -> {
          if (length != 4 || checksumAt >= 0) return Optional.of("checksum");
          checksumAt = at;
        }
        case ProxyHeader.Field.NOOP -> {}
        case ProxyHeader.Field.UNIQUE_ID -> {
          if (length > ProxyHeader.Field.UNIQUE_ID_MAX) return Optional.of("unique id");
          into.add(field(in, type, at, length));
        }
        case ProxyHeader.Field.SSL -> {
          if (!ssl(in, at, at + length)) return Optional.of("tls field");
          into.add(field(in, type, at, length));
        }
        default -> into.add(field(in, type, at, length));
      }
      at += length;
    }
    if (checksumAt < 0) return Optional.empty();
    return checksum(in, start, end, checksumAt) == in.getInt(checksumAt)
        ? Optional.empty()
        : Optional.of("checksum");
  }

  private static ProxyHeader.Field field(ByteBuf in, int type, int at, int length) {
    byte[] value = new byte[length];
    in.getBytes(at, value);
    return new ProxyHeader.Field(type, value);
  }

  /** One byte and four, then fields of its own (§2.2.6). */
  private static boolean ssl(ByteBuf in, int from, int end) {
    if (end - from < 5) return false;
    int at = from + 5;
    while (at < end) {
      if (end - at < 3) return false;
      int length = in.getUnsignedShort(at + 1);
      at += 3;
      if (length > end - at) return false;
      at += length;
    }
    return true;
  }

  /** Over the whole header, its own four bytes taken as zero (§2.2.3). */
  static int checksum(ByteBuf in, int start, int end, int checksumAt) {
    CRC32C crc = new CRC32C();
    byte[] header = new byte[end - start];
    in.getBytes(start, header);
    for (int i = 0; i < 4; i++) header[checksumAt - start + i] = 0;
    crc.update(header);
    return (int) crc.getValue();
  }

  private static Result malformed(String reason) {
    return new Result.Malformed(reason);
  }
}
