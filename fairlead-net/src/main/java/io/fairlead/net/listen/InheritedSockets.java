package io.fairlead.net.listen;

import io.fairlead.net.loop.GivenDescriptor;
import io.fairlead.net.loop.SocketDescriptors;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Bound sockets that this process was given instead of binding them, by name. Who needs one takes
 * it; {@link #closeRest} closes what nobody took. Thread-safe.
 */
public final class InheritedSockets {
  private final Map<String, Integer> byName = new HashMap<>(); // guarded by shown
  private final Map<Integer, String> shown = new LinkedHashMap<>(); // guarded by itself

  /** None. */
  public InheritedSockets() {}

  /** Takes ownership of the descriptors; of two with one name the first is found. */
  public InheritedSockets(List<PassedSocket> given) {
    for (PassedSocket socket : given) put(socket.descriptor(), socket.name(), List.of());
  }

  /**
   * Recognises sockets that a service manager opened by where they are bound, and makes them ready
   * for event loops. A TCP or UDP socket is found by its address; one of all IPv6 addresses that
   * takes IPv4 too also as {@code 0.0.0.0}; and where a listener leaves the port to the system, by
   * the listener's id.
   *
   * @param labels descriptor to the label it came with, or to an empty one; takes ownership
   */
  public static InheritedSockets labelled(Map<Integer, String> labels) {
    InheritedSockets all = new InheritedSockets();
    labels.forEach(
        (descriptor, label) -> {
          String said = "descriptor " + descriptor + (label.isEmpty() ? "" : " (" + label + ")");
          try {
            Optional<GivenDescriptor> found = GivenDescriptor.look(descriptor);
            if (found.isPresent()) GivenDescriptor.unblock(descriptor);
            List<String> names = found.map(one -> names(one, label)).orElse(List.of());
            String shown = names.isEmpty() ? said : said + ": " + names.getFirst();
            all.put(descriptor, shown, names);
          } catch (IOException unusable) {
            all.put(descriptor, said + ": " + unusable.getMessage(), List.of());
          }
        });
    return all;
  }

  private static List<String> names(GivenDescriptor given, String label) {
    return switch (given) {
      case GivenDescriptor.Tcp(InetAddress address, int port, boolean both) ->
          names("tcp", address, port, both, label);
      case GivenDescriptor.Udp(InetAddress address, int port, boolean both) ->
          names("udp", address, port, both, label);
      case GivenDescriptor.Unix(String path) -> List.of(new ListenerKey.Unix(path).passedName());
    };
  }

  private static List<String> names(
      String transport, InetAddress address, int port, boolean both, String label) {
    List<String> hosts = new ArrayList<>(2);
    hosts.add(address.getHostAddress());
    if (both && address.isAnyLocalAddress()) hosts.add("0.0.0.0");
    List<String> names = new ArrayList<>(4);
    for (String host : hosts) names.add(ListenerKey.passedName(transport, host, port, ""));
    if (label.isEmpty()) return names;
    for (String host : hosts) names.add(ListenerKey.passedName(transport, host, 0, label));
    return names;
  }

  private void put(int descriptor, String shownAs, List<String> aliases) {
    synchronized (shown) {
      shown.put(descriptor, shownAs);
      if (aliases.isEmpty()) byName.putIfAbsent(shownAs, descriptor);
      for (String alias : aliases) byName.putIfAbsent(alias, descriptor);
    }
  }

  /** The descriptor of that name, once; it belongs to the caller from here on. */
  public OptionalInt take(String name) {
    synchronized (shown) {
      Integer found = byName.get(name);
      if (found == null) return OptionalInt.empty();
      byName.values().removeIf(found::equals);
      shown.remove(found);
      return OptionalInt.of(found);
    }
  }

  /**
   * Closes what is left.
   *
   * @return the names
   */
  public List<String> closeRest() {
    Map<Integer, String> rest;
    synchronized (shown) {
      rest = new LinkedHashMap<>(shown);
      shown.clear();
      byName.clear();
    }
    rest.keySet().forEach(SocketDescriptors::close);
    return new ArrayList<>(rest.values());
  }
}
