package io.fairlead.net.proxyprotocol.codec;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a header says.
 *
 * @param local the sender speaks for itself, e.g. to check health
 * @param pair where the client is and what it connected to; empty when unknown or not of IP
 * @param datagrams whether the client speaks UDP
 * @param fields of version 2, in their order, without the checksum
 */
public record ProxyHeader(
    boolean local, Optional<Pair> pair, boolean datagrams, List<Field> fields) {
  /** Who connected to where. */
  public record Pair(InetSocketAddress source, InetSocketAddress destination) {}

  /** One field (TLV) of version 2. */
  public static final class Field {
    public static final int ALPN = 0x01;
    public static final int AUTHORITY = 0x02;
    static final int CRC32C = 0x03;
    static final int NOOP = 0x04;
    public static final int UNIQUE_ID = 0x05;
    public static final int UNIQUE_ID_MAX = 128;
    public static final int SSL = 0x20;

    private final int type;
    private final byte[] value;

    /**
     * @param value copied
     */
    public Field(int type, byte[] value) {
      if (type < 0 || type > 0xff) throw new IllegalArgumentException("type: " + type);
      this.type = type;
      this.value = value.clone();
    }

    public int type() {
      return type;
    }

    public byte[] value() {
      return value.clone();
    }

    int length() {
      return value.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Field field
          && type == field.type
          && Arrays.equals(value, field.value);
    }

    @Override
    public int hashCode() {
      return 31 * type + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
      return "0x%02x:%d bytes".formatted(type, value.length);
    }
  }

  public ProxyHeader {
    fields = List.copyOf(fields);
  }

  /** For a TCP client. */
  public static ProxyHeader of(
      InetSocketAddress source, InetSocketAddress destination, List<Field> fields) {
    return new ProxyHeader(false, Optional.of(new Pair(source, destination)), false, fields);
  }

  /** Of a connection whose client has no IP address. */
  public static ProxyHeader unknown(List<Field> fields) {
    return new ProxyHeader(false, Optional.empty(), false, fields);
  }
}
