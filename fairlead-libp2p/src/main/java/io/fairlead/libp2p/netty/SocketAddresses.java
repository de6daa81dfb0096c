package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Between multiaddrs and the addresses of sockets. */
public final class SocketAddresses {
  /** An address that is none: of a connection that has no socket. */
  private static final Multiaddr NOWHERE = parsed("/memory/0");

  private SocketAddresses() {}

  /** The socket of an address that begins with an IP address and a TCP port; else empty. */
  public static Optional<InetSocketAddress> socket(Multiaddr address) {
    InetAddress host = null;
    for (Component component : address.components()) {
      switch (component.protocol()) {
        case IP6ZONE -> {}
        case IP4, IP6 -> host = inet(component);
        case TCP -> {
          return host == null
              ? Optional.empty()
              : Optional.of(new InetSocketAddress(host, (int) component.number()));
        }
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** Whether bytes travel in web socket frames there. */
  static boolean webSocket(Multiaddr address) {
    return address.has(AddressProtocol.WS) || address.has(AddressProtocol.WSS);
  }

  /** Whether TLS lies below the web socket there. */
  static boolean webSocketTls(Multiaddr address) {
    return address.has(AddressProtocol.WSS)
        || (address.has(AddressProtocol.WS) && address.has(AddressProtocol.TLS));
  }

  /** The address of a socket, with what {@code like} has behind its port, and without a peer. */
  static Multiaddr of(SocketAddress socket, Multiaddr like) {
    if (!(socket instanceof InetSocketAddress inet) || inet.getAddress() == null) return NOWHERE;
    boolean v4 = inet.getAddress().getAddress().length == 4;
    String suffix = webSocketTls(like) ? "/tls/ws" : webSocket(like) ? "/ws" : "";
    return parsed(
        (v4 ? "/ip4/" : "/ip6/")
            + NetUtil.toAddressString(inet.getAddress())
            + "/tcp/"
            + inet.getPort()
            + suffix);
  }

  private static InetAddress inet(Component component) {
    try {
      return InetAddress.getByAddress(component.value());
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("4 or 16 bytes", impossible);
    }
  }

  private static Multiaddr parsed(String text) {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedException impossible) {
      throw new IllegalStateException(text, impossible);
    }
  }
}
