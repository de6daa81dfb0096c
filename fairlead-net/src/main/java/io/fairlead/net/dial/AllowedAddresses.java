package io.fairlead.net.dial;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * From a destination to the addresses that may be dialled: name check, resolution, check of every
 * address. Thread-safe.
 */
public final class AllowedAddresses {
  private final ResolverPool resolvers;

  AllowedAddresses(ResolverPool resolvers) {
    this.resolvers = resolvers;
  }

  /**
   * Looks a destination up.
   *
   * @param loop where the answer is delivered; call on it
   * @return never empty, best first; fails with a {@link DialException}. Done already where nobody
   *     had to be asked
   */
  public CompletableFuture<List<InetSocketAddress>> find(
      Destination.HostPort target, DestinationGuard guard, DialOptions options, EventLoop loop) {
    CompletableFuture<List<InetSocketAddress>> answer = new CompletableFuture<>();
    Optional<DialException.Forbidden> forbidden = guard.checkName(target);
    if (forbidden.isPresent()) {
      answer.completeExceptionally(forbidden.get());
      return answer;
    }
    Optional<List<InetAddress>> known = withoutAsking(target.host());
    if (known.isPresent()) {
      judge(target, known.get(), guard, options, answer);
      return answer;
    }
    resolvers
        .of(options.dns())
        .resolve(target.host(), loop)
        .whenComplete(
            (addresses, failure) -> {
              Runnable then =
                  () -> {
                    if (failure == null) {
                      judge(target, addresses, guard, options, answer);
                    } else {
                      answer.completeExceptionally(
                          new DialException.Unresolved(
                              target, target.host() + ": name does not resolve"));
                    }
                  };
              if (loop.inEventLoop()) {
                then.run();
              } else {
                loop.execute(then);
              }
            });
    return answer;
  }

  /** IP literals, and {@code localhost}, which is never looked up (RFC 6761 §6.3). */
  public static Optional<List<InetAddress>> withoutAsking(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    if (name.equals("localhost") || name.endsWith(".localhost")) {
      return Optional.of(List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1")));
    }
    return IpLiteral.parse(host).map(List::of);
  }

  private static void judge(
      Destination.HostPort target,
      List<InetAddress> addresses,
      DestinationGuard guard,
      DialOptions options,
      CompletableFuture<List<InetSocketAddress>> answer) {
    if (answer.isDone()) return;
    List<InetSocketAddress> allowed = new ArrayList<>(addresses.size());
    DialException.Forbidden refusal = null;
    for (InetAddress address : addresses) {
      InetSocketAddress candidate = new InetSocketAddress(address, target.port());
      Optional<DialException.Forbidden> forbidden = guard.checkAddress(target, candidate);
      if (forbidden.isEmpty()) {
        allowed.add(candidate);
      } else if (refusal == null) {
        refusal = forbidden.get();
      }
    }
    List<InetSocketAddress> order = options.order(allowed);
    if (!order.isEmpty()) {
      answer.complete(order);
    } else if (!allowed.isEmpty()) {
      answer.completeExceptionally(
          new DialException.Unreachable(
              target, true, target + ": no local address of its family to send from"));
    } else {
      answer.completeExceptionally(
          refusal == null
              ? new DialException.Unresolved(target, target.host() + ": no address")
              : refusal);
    }
  }
}
