package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.net.dial.NameResolver;
import io.netty.channel.EventLoop;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Replaces the name at the start of an address by the addresses it stands for. {@code /dnsaddr} is
 * a list of whole addresses in TXT records of {@code _dnsaddr} below the name, some of which may
 * begin with names again; those that do not end as the asked address does are of others. Any
 * thread.
 *
 * @see <a
 *     href="https://github.com/multiformats/multiaddr/blob/master/protocols/DNSADDR.md">dnsaddr</a>
 */
final class AddressNames {
  private static final int ADDRESSES_MAX = 8;

  /** Addresses of one {@code /dnsaddr}. */
  private static final int LISTED_MAX = 64;

  /** Lists asked for one address: lists may name lists, and themselves. */
  private static final int LISTS_MAX = 16;

  private static final String LISTED = "dnsaddr=";

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
    return resolve(address, loop, new AtomicInteger());
  }

  private CompletionStage<List<Multiaddr>> resolve(
      Multiaddr address, EventLoop loop, AtomicInteger listsAsked) {
    Component first = address.components().getFirst();
    return switch (first.protocol()) {
      case DNS, DNS4, DNS6 -> ask(address, first, loop);
      case DNSADDR ->
          listsAsked.incrementAndGet() > LISTS_MAX
              ? CompletableFuture.completedFuture(List.of())
              : askForList(address, first, loop, listsAsked);
      default -> CompletableFuture.completedFuture(List.of(address));
    };
  }

  private CompletionStage<List<Multiaddr>> askForList(
      Multiaddr address, Component name, EventLoop loop, AtomicInteger listsAsked) {
    List<String> end = parts(address).subList(1, address.components().size());
    return resolver
        .texts("_dnsaddr." + name.text(), loop)
        .thenCompose(
            texts -> {
              List<CompletableFuture<List<Multiaddr>>> parts =
                  texts.stream()
                      .flatMap(text -> listed(text).stream())
                      .filter(one -> endsWith(one, end))
                      .limit(LISTED_MAX)
                      .map(one -> resolve(one, loop, listsAsked).toCompletableFuture())
                      .map(part -> part.exceptionally(_ -> List.of())) // the others may do
                      .toList();
              return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                  .thenApply(_ -> joined(parts));
            })
        .thenCompose(
            all ->
                all.isEmpty()
                    ? CompletableFuture.failedFuture(
                        new UnknownHostException(name.text() + ": no address of that peer listed"))
                    : CompletableFuture.completedFuture(all));
  }

  private static List<Multiaddr> joined(List<CompletableFuture<List<Multiaddr>>> parts) {
    return parts.stream()
        .flatMap(part -> part.join().stream())
        .distinct()
        .limit(LISTED_MAX)
        .toList();
  }

  private static Optional<Multiaddr> listed(String text) {
    if (!text.startsWith(LISTED)) return Optional.empty();
    try {
      return Optional.of(Multiaddr.parse(text.substring(LISTED.length())));
    } catch (MalformedException _) {
      return Optional.empty(); // of a protocol that is not known here, or none at all
    }
  }

  private static boolean endsWith(Multiaddr address, List<String> end) {
    List<String> all = parts(address);
    return all.size() >= end.size() && all.subList(all.size() - end.size(), all.size()).equals(end);
  }

  private static List<String> parts(Multiaddr address) {
    return address.components().stream().map(Component::toString).toList();
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
