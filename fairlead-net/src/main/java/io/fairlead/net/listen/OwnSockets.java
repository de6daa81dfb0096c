package io.fairlead.net.listen;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Collection;

/** Tells whether an address leads back to one of our sockets. */
final class OwnSockets {
  private OwnSockets() {}

  static boolean listensOn(Collection<BoundSocket> among, InetSocketAddress address) {
    for (BoundSocket socket : among) {
      SocketAddress bound = socket.address();
      if (!(bound instanceof InetSocketAddress local) || local.getPort() != address.getPort()) {
        continue;
      }
      InetAddress host = address.getAddress();
      if (local.getAddress().equals(host)) return true;
      // Connecting to 0.0.0.0 or :: reaches this machine.
      if (host.isAnyLocalAddress()) return true;
      if (local.getAddress().isAnyLocalAddress() && belongsHere(host)) return true;
    }
    return false;
  }

  private static boolean belongsHere(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      return true; // cannot tell: refusing is the safe side
    }
  }
}
