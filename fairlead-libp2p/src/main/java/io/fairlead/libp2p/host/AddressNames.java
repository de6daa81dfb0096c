package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.net.dial.NameResolver;
import io.netty.channel.EventLoop;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Replaces the name at the start of an address by the addresses it stands for. Any thread. */
final class AddressNames {
  private static final int ADDRESSES_MAX = 8;

  private final NameResolver resolver;

  AddressNames(NameResolver resolver) {
    this.resolver = resolver;
  }

  /**
   * Resolves.
   *
   * @param loop where the answer is delivered
   * @return the address itself where it begins with no name; fails where nobody knows the name
   */
  CompletionStage<List<Multiaddr>> resolve(Multiaddr address, EventLoop loop) {
    Component first = address.components().getFirst();
    return switch (first.protocol()) {
      case DNS, DNS4, DNS6 -> ask(address, first, loop);
      default -> CompletableFuture.completedFuture(List.of(address));
    };
  }

  private CompletionStage<List<Multiaddr>> ask(Multiaddr address, Component name, EventLoop loop) {
    CompletionStage<List<InetAddress>> found =
        name.text().equals("localhost")
            ? CompletableFuture.completedFuture(List.of(InetAddress.getLoopbackAddress()))
            : resolver.resolve(name.text(), loop);
    return found.thenApply(
        list ->
            list.stream()
                .filter(ip -> fits(name.protocol(), ip))
                .limit(ADDRESSES_MAX)
                .map(ip -> replaced(address, name, ip))
                .toList());
  }

  private static boolean fits(AddressProtocol protocol, InetAddress ip) {
    return switch (protocol) {
      case DNS4 -> ip instanceof Inet4Address;
      case DNS6 -> !(ip instanceof Inet4Address);
      default -> true;
    };
  }

  /** Under TLS the name is still needed, to be asked for and to be proven. */
  private static Multiaddr replaced(Multiaddr address, Component name, InetAddress ip) {
    StringBuilder text = new StringBuilder(ip instanceof Inet4Address ? "/ip4/" : "/ip6/");
    text.append(ip.getHostAddress().replaceFirst("%.*", ""));
    List<Component> rest = address.normal().components();
    for (Component component : rest.subList(1, rest.size())) {
      text.append(component);
      boolean tls = component.protocol() == AddressProtocol.TLS;
      if (tls && !address.has(AddressProtocol.SNI)) text.append("/sni/").append(name.text());
    }
    try {
      return Multiaddr.parse(text.toString());
    } catch (MalformedException impossible) {
      throw new IllegalStateException("parts of an address make one", impossible);
    }
  }
}
