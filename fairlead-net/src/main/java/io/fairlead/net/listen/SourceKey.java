package io.fairlead.net.listen;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** Who a connection comes from, as limits count: an IPv4 address or an IPv6 /64 prefix. */
record SourceKey(boolean v4, long bits) {
  static SourceKey of(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? new SourceKey(true, ByteBuffer.wrap(bytes).getInt())
        : new SourceKey(false, ByteBuffer.wrap(bytes).getLong());
  }
}
