package io.fairlead.net.proxyprotocol.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/** Writes headers. Stateless. */
public final class ProxyHeaderWriter {
  private ProxyHeaderWriter() {}

  /**
   * One line. Fields have no place in it.
   *
   * @return the caller owns it
   */
  public static ByteBuf version1(ProxyHeader header, ByteBufAllocator allocator) {
    String line =
        header.pair().isEmpty() || header.local() ? "PROXY UNKNOWN\r\n" : line(header.pair().get());
    ByteBuf out = allocator.buffer(line.length());
    out.writeCharSequence(line, StandardCharsets.US_ASCII);
    return out;
  }

  private static String line(ProxyHeader.Pair pair) {
    boolean six = six(pair);
    return (six ? "PROXY TCP6 " : "PROXY TCP4 ")
        + text(pair.source().getAddress(), six)
        + " "
        + text(pair.destination().getAddress(), six)
        + " "
        + pair.source().getPort()
        + " "
        + pair.destination().getPort()
        + "\r\n";
  }

  private static String text(InetAddress address, boolean six) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    if (zone >= 0) text = text.substring(0, zone);
    return six && !(address instanceof Inet6Address) ? "::ffff:" + text : text;
  }

  /**
   * The binary form, with a checksum.
   *
   * @return the caller owns it
   * @throws IllegalArgumentException the fields are longer than a reader takes
   */
  public static ByteBuf version2(ProxyHeader header, ByteBufAllocator allocator) {
    int fields = 7;
    for (ProxyHeader.Field field : header.fields()) fields += 3 + field.length();
    if (fields > ProxyHeaderReader.V2_FIELDS_MAX) {
      throw new IllegalArgumentException("fields: " + fields + " bytes (expected: <= 4096)");
    }
    ByteBuf out = allocator.buffer(ProxyHeaderReader.V2_PREFIX + 36 + fields);
    out.writeBytes(ProxyHeaderReader.SIGNATURE);
    out.writeByte(header.local() ? 0x20 : 0x21);
    boolean addressed = header.pair().isPresent() && !header.local();
    int protocol = header.datagrams() ? 2 : 1;
    if (addressed) {
      ProxyHeader.Pair pair = header.pair().get();
      boolean six = six(pair);
      out.writeByte((six ? 0x20 : 0x10) | protocol);
      out.writeShort((six ? 36 : 12) + fields);
      out.writeBytes(bytes(pair.source().getAddress(), six));
      out.writeBytes(bytes(pair.destination().getAddress(), six));
      out.writeShort(pair.source().getPort());
      out.writeShort(pair.destination().getPort());
    } else {
      out.writeByte(0);
      out.writeShort(fields);
    }
    for (ProxyHeader.Field field : header.fields()) {
      out.writeByte(field.type());
      out.writeShort(field.length());
      out.writeBytes(field.value());
    }
    out.writeByte(ProxyHeader.Field.CRC32C);
    out.writeShort(4);
    int at = out.writerIndex();
    out.writeInt(0);
    out.setInt(at, ProxyHeaderReader.checksum(out, 0, out.writerIndex(), at));
    return out;
  }

  private static boolean six(ProxyHeader.Pair pair) {
    return pair.source().getAddress() instanceof Inet6Address
        || pair.destination().getAddress() instanceof Inet6Address;
  }

  private static byte[] bytes(InetAddress address, boolean six) {
    byte[] bytes = address.getAddress();
    if (!six || bytes.length == 16) return bytes;
    byte[] mapped = new byte[16]; // RFC 4291 §2.5.5.2
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(bytes, 0, mapped, 12, 4);
    return mapped;
  }
}
