package io.fairlead.net.proxyprotocol;

import io.fairlead.core.address.Cidr;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Who speaks for others at a listener.
 *
 * @param trusted peers that begin with a header; everybody else is taken as he is
 * @param timeout for the header
 */
public record ProxyProtocol(List<Cidr> trusted, Duration timeout) {
  public static final Duration TIMEOUT = Duration.ofSeconds(3);

  public ProxyProtocol {
    trusted = List.copyOf(trusted);
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
  }

  /** Whether a connection from there begins with a header. */
  public boolean expectedFrom(SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress address) || address.getAddress() == null) return false;
    for (Cidr block : trusted) {
      if (block.contains(address.getAddress())) return true;
    }
    return false;
  }
}
