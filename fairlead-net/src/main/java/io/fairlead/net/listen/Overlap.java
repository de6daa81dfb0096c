package io.fairlead.net.listen;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Names and addresses to bind: what a name stands for, and which two exclude each other. */
final class Overlap {
  private Overlap() {}

  /**
   * The address to bind for what an operator wrote: a literal is itself; the name of a network
   * interface is its first address, IPv4 before IPv6, link-local last; any other name is what the
   * system resolves it to.
   *
   * @throws UnknownHostException it is none of these
   */
  static InetAddress address(String host) throws UnknownHostException {
    try {
      NetworkInterface named = host.indexOf(':') >= 0 ? null : NetworkInterface.getByName(host);
      if (named != null) {
        List<InetAddress> addresses = Collections.list(named.getInetAddresses());
        Optional<InetAddress> first =
            addresses.stream()
                .min(
                    Comparator.comparing(InetAddress::isLinkLocalAddress)
                        .thenComparing(each -> each.getAddress().length));
        if (first.isPresent()) return first.get();
        throw new UnknownHostException("interface " + host + " has no address");
      }
    } catch (SocketException unreadable) {
      throw new UnknownHostException(host + ": " + unreadable.getMessage());
    }
    return InetAddress.getByName(host);
  }

  /**
   * Whether both cannot be bound at a time although they are two: same port, and one of them is all
   * addresses.
   */
  static boolean excludes(ListenerKey one, ListenerKey other) {
    return switch (one) {
      case ListenerKey.Tcp(String host, int port, _) ->
          other instanceof ListenerKey.Tcp(String second, int held, _)
              && excludes(host, port, second, held);
      case ListenerKey.Udp(String host, int port, _) ->
          other instanceof ListenerKey.Udp(String second, int held, _)
              && excludes(host, port, second, held);
      case ListenerKey.Unix _ -> false;
    };
  }

  private static boolean excludes(String host, int port, String other, int otherPort) {
    if (port == 0 || port != otherPort || host.equals(other)) return false;
    return anyLocal(host) || anyLocal(other);
  }

  private static boolean anyLocal(String host) {
    try {
      return address(host).isAnyLocalAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }
}
