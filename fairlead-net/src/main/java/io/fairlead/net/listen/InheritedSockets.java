package io.fairlead.net.listen;

import io.fairlead.net.loop.SocketDescriptors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Bound sockets that this process was given instead of binding them, by name. Who needs one takes
 * it; {@link #closeRest} closes what nobody took. Thread-safe.
 */
public final class InheritedSockets {
  private final Map<String, Integer> descriptors = new LinkedHashMap<>(); // guarded by itself

  /** None. */
  public InheritedSockets() {}

  /** Takes ownership of the descriptors; of two with one name the first stays. */
  public InheritedSockets(List<PassedSocket> given) {
    for (PassedSocket socket : given) {
      Integer other = descriptors.putIfAbsent(socket.name(), socket.descriptor());
      if (other != null) SocketDescriptors.close(socket.descriptor());
    }
  }

  /** The descriptor of that name, once; it belongs to the caller from here on. */
  public OptionalInt take(String name) {
    synchronized (descriptors) {
      Integer found = descriptors.remove(name);
      return found == null ? OptionalInt.empty() : OptionalInt.of(found);
    }
  }

  /**
   * Closes what is left.
   *
   * @return the names
   */
  public List<String> closeRest() {
    Map<String, Integer> rest;
    synchronized (descriptors) {
      rest = new LinkedHashMap<>(descriptors);
      descriptors.clear();
    }
    rest.values().forEach(SocketDescriptors::close);
    return new ArrayList<>(rest.keySet());
  }
}
