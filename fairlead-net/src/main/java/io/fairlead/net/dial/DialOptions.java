package io.fairlead.net.dial;

import io.fairlead.net.loop.SocketTuning;
import io.netty.channel.Channel;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How sockets leave this machine.
 *
 * @param sources local addresses to send from, at most one of each family; a family that is not
 *     named here is not used, unless none is named at all
 * @param device network interface to send through
 * @param mark for the system's routing and packet filter
 * @param prefer which family is tried first
 * @param dns who is asked about names; empty for the system's name servers
 */
public record DialOptions(
    List<InetAddress> sources,
    Optional<String> device,
    Optional<Integer> mark,
    Prefer prefer,
    Optional<NameServers> dns) {
  /** Which family is tried first. */
  public enum Prefer {
    /** The one the resolver names first; the other soon after (RFC 8305). */
    HAPPY,
    IPV4,
    IPV6
  }

  /** As the system does it. */
  public static final DialOptions NONE =
      new DialOptions(
          List.of(), Optional.empty(), Optional.empty(), Prefer.HAPPY, Optional.empty());

  public DialOptions {
    sources = List.copyOf(sources);
    long fours = sources.stream().filter(Inet4Address.class::isInstance).count();
    if (fours > 1 || sources.size() - fours > 1) {
      throw new IllegalArgumentException(
          "sources: " + sources + " (expected: at most one of each family)");
    }
  }

  /** Whether addresses of that family can be reached. */
  public boolean reaches(InetAddress address) {
    return sources.isEmpty() || sourceFor(address).isPresent();
  }

  /** Where to send from to that address, any port; empty leaves it to the system. */
  public Optional<InetSocketAddress> sourceFor(InetAddress address) {
    for (InetAddress source : sources) {
      if (source instanceof Inet4Address == address instanceof Inet4Address) {
        return Optional.of(new InetSocketAddress(source, 0));
      }
    }
    return Optional.empty();
  }

  /** Best first, the order within a family kept; those that cannot be reached are left out. */
  List<InetSocketAddress> order(List<InetSocketAddress> candidates) {
    List<InetSocketAddress> order = new ArrayList<>(candidates.size());
    for (InetSocketAddress each : candidates) {
      if (reaches(each.getAddress()) && preferred(each.getAddress())) order.add(each);
    }
    for (InetSocketAddress each : candidates) {
      if (reaches(each.getAddress()) && !preferred(each.getAddress())) order.add(each);
    }
    return order;
  }

  /**
   * Sets up a socket that is not bound yet.
   *
   * @return what could not be done
   */
  public Optional<String> applyTo(Channel channel) {
    if (device.isPresent() && !SocketTuning.device(channel, device.get())) {
      return Optional.of("the interface " + device.get() + " cannot be used");
    }
    if (mark.isPresent() && !SocketTuning.mark(channel, mark.get())) {
      return Optional.of("packets cannot be marked: the right CAP_NET_ADMIN and epoll are due");
    }
    return Optional.empty();
  }

  private boolean preferred(InetAddress address) {
    return switch (prefer) {
      case HAPPY -> true;
      case IPV4 -> address instanceof Inet4Address;
      case IPV6 -> address instanceof Inet6Address;
    };
  }
}
