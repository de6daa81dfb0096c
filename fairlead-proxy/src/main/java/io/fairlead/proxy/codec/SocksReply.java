package io.fairlead.proxy.codec;

import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Optional;

/** What a SOCKS server answers. */
public sealed interface SocksReply {
  /**
   * The chosen method (RFC 1928 §3): 0 none, 2 password, 0xFF nothing acceptable.
   *
   * @param method unsigned byte
   */
  record Method(int method) implements SocksReply {
    public static final Method NONE = new Method(0);
    public static final Method PASSWORD = new Method(2);
    public static final Method UNACCEPTABLE = new Method(0xFF);
  }

  /** Whether user and password were accepted (RFC 1929 §2). */
  record AuthStatus(boolean accepted) implements SocksReply {}

  /**
   * Answer to a version 5 request (RFC 1928 §6).
   *
   * @param bound local address of the outbound socket; empty is written as 0.0.0.0:0
   */
  record Reply5(Code code, Optional<InetSocketAddress> bound) implements SocksReply {}

  /**
   * Answer to a version 4 request: 90 granted, 91 not.
   *
   * @param bound local address of the outbound socket; empty, or one that is not IPv4, is written
   *     as zeros, which version 4 clients ignore
   */
  record Reply4(boolean granted, Optional<InetSocketAddress> bound) implements SocksReply {}

  /** Reply codes of RFC 1928 §6, in the order of their values. */
  enum Code {
    SUCCEEDED,
    GENERAL_FAILURE,
    NOT_ALLOWED,
    NETWORK_UNREACHABLE,
    HOST_UNREACHABLE,
    REFUSED,
    TTL_EXPIRED,
    COMMAND_UNSUPPORTED,
    ADDRESS_TYPE_UNSUPPORTED;

    public int value() {
      return ordinal();
    }
  }

  /**
   * Writes it.
   *
   * @param out borrows; at most 22 bytes are written
   */
  default void writeTo(ByteBuf out) {
    switch (this) {
      case Method(int method) -> out.writeByte(5).writeByte(method);
      case AuthStatus(boolean accepted) -> out.writeByte(1).writeByte(accepted ? 0 : 1);
      case Reply5(Code code, Optional<InetSocketAddress> bound) -> {
        out.writeByte(5).writeByte(code.value()).writeByte(0);
        if (bound.isPresent() && bound.get().getAddress() != null) {
          byte[] address = bound.get().getAddress().getAddress();
          out.writeByte(address.length == 4 ? 1 : 4).writeBytes(address);
          out.writeShort(bound.get().getPort());
        } else {
          out.writeByte(1).writeZero(6);
        }
      }
      case Reply4(boolean granted, Optional<InetSocketAddress> bound) -> {
        out.writeByte(0).writeByte(granted ? 90 : 91);
        if (bound.isPresent() && bound.get().getAddress() instanceof Inet4Address ip) {
          out.writeShort(bound.get().getPort()).writeBytes(ip.getAddress());
        } else {
          out.writeZero(6);
        }
      }
    }
  }
}
