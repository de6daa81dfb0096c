package io.fairlead.net.auth;

import java.util.Arrays;

/**
 * What both ends of one TLS connection know and nobody between them does (RFC 5056).
 *
 * @param type its registered name, as {@code tls-exporter} (RFC 9266)
 * @param data the binding itself; copied
 */
public record ChannelBinding(String type, byte[] data) {
  public ChannelBinding {
    if (type.isEmpty() || type.indexOf(',') >= 0)
      throw new IllegalArgumentException("type: " + type + " (expected: a registered name)");
    data = data.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChannelBinding binding
        && type.equals(binding.type)
        && Arrays.equals(data, binding.data);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return type;
  }
}
