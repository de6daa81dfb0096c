package io.fairlead.net.live;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Who a connection comes from, as limits count: an IPv4 address or an IPv6 /64 prefix.
 *
 * @param bits the IPv4 address, or the upper half of the IPv6 address
 */
public record SourcePrefix(boolean v4, long bits) {
  /** The prefix {@code address} is in. */
  public static SourcePrefix of(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? new SourcePrefix(true, ByteBuffer.wrap(bytes).getInt())
        : new SourcePrefix(false, ByteBuffer.wrap(bytes).getLong());
  }
}
