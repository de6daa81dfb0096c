package io.fairlead.proxy.codec;

import io.fairlead.core.address.HostName;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The header in front of each datagram between client and relay (RFC 1928 §7): {@code 0000 FRAG
 * ATYP ADDRESS PORT}.
 */
public final class SocksDatagram {
  /** Bytes of the longest header we write: an IPv6 address. */
  public static final int HEADER_MAX = 22;

  private SocksDatagram() {}

  /** What a header says. */
  public sealed interface Header {
    /** Where the rest goes. */
    record To(Destination.HostPort destination) implements Header {}

    /** A piece of a datagram; nobody puts pieces together (RFC 1928 §7 lets us drop them). */
    record Fragment() implements Header {}

    /** No header. */
    record Malformed() implements Header {}
  }

  private static final Header FRAGMENT = new Header.Fragment();
  private static final Header MALFORMED = new Header.Malformed();

  /**
   * Reads a header.
   *
   * @param in borrows; afterwards at the first byte of the data, when it is a {@link Header.To}
   */
  public static Header read(ByteBuf in) {
    if (in.readableBytes() < 5) return MALFORMED;
    int at = in.readerIndex();
    if (in.getUnsignedShort(at) != 0) return MALFORMED;
    if (in.getByte(at + 2) != 0) return FRAGMENT;
    int type = in.getByte(at + 3);
    int addressAt = at + 4;
    int length;
    switch (type) {
      case 1 -> length = 4;
      case 4 -> length = 16;
      case 3 -> length = in.getUnsignedByte(addressAt++);
      default -> {
        return MALFORMED;
      }
    }
    int end = addressAt + length + 2;
    if (length == 0 || end > in.writerIndex()) return MALFORMED;
    byte[] bytes = new byte[length];
    in.getBytes(addressAt, bytes);
    Optional<String> host =
        type == 3 ? HostName.canonical(bytes) : Optional.of(NetUtil.bytesToIpAddress(bytes));
    int port = in.getUnsignedShort(end - 2);
    if (host.isEmpty() || port == 0) return MALFORMED;
    in.readerIndex(end);
    return new Header.To(new Destination.HostPort(host.get(), port));
  }

  /**
   * Writes the header of a datagram that came from somewhere by name.
   *
   * @param out borrows
   */
  public static void write(ByteBuf out, Destination.HostPort from) {
    Optional<InetAddress> address = IpLiteral.parse(from.host());
    if (address.isPresent()) {
      write(out, new InetSocketAddress(address.get(), from.port()));
      return;
    }
    byte[] name = from.host().getBytes(StandardCharsets.US_ASCII);
    out.writeZero(3).writeByte(3).writeByte(name.length).writeBytes(name);
    out.writeShort(from.port());
  }

  /**
   * Writes the header of a datagram that came from there.
   *
   * @param out borrows
   * @param from resolved
   */
  public static void write(ByteBuf out, InetSocketAddress from) {
    byte[] address = from.getAddress().getAddress();
    out.writeZero(3).writeByte(address.length == 4 ? 1 : 4).writeBytes(address);
    out.writeShort(from.getPort());
  }
}
