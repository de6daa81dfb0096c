package io.fairlead.registry.plan;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Ip6Text;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What lines of two lists are compared by: for an address its transport and place, and its peer id
 * when it names one; for a member its entry id. Two addresses are the same when their places are
 * and their peer ids do not differ.
 */
public final class Keys {
  private static final String PEER = " p2p:";

  private Keys() {}

  public static String of(CanonicalAddress address) {
    return address.peerId().map(id -> address.key() + PEER + id).orElse(address.key());
  }

  /** The name a key is about; empty for addresses and members. */
  public static Optional<String> name(String key) {
    String hostPort = hostPort(key);
    int colon = hostPort.lastIndexOf(':');
    if (colon < 1 || hostPort.startsWith("[") || hostPort.indexOf('/') >= 0)
      return Optional.empty();
    String host = hostPort.substring(0, colon);
    return IpLiteral.parse(host).isPresent() ? Optional.empty() : Optional.of(host);
  }

  /** The key of the same line, were the name in it written as this address. */
  public static String leading(String key, InetAddress address) {
    String hostPort = hostPort(key);
    int at = key.indexOf(hostPort);
    String text = Ip6Text.of(address);
    String host = text.indexOf(':') < 0 ? text : "[" + text + "]";
    return key.substring(0, at)
        + host
        + hostPort.substring(hostPort.lastIndexOf(':'))
        + key.substring(at + hostPort.length());
  }

  private static String hostPort(String key) {
    String place = place(key);
    return place.substring(place.indexOf(' ') + 1);
  }

  private static String place(String key) {
    int at = key.indexOf(PEER);
    return at < 0 ? key : key.substring(0, at);
  }

  /** Values by key, found under the rule above. Not thread-safe. */
  static final class Index<T> {
    private final Map<String, T> exact = new HashMap<>();
    private final Map<String, T> byPlace = new HashMap<>();

    /** The first value of a key stays. */
    void put(String key, T value) {
      exact.putIfAbsent(key, value);
      byPlace.putIfAbsent(place(key), value);
    }

    @Nullable T find(String key) {
      T found = exact.get(key);
      if (found != null) return found;
      String place = place(key);
      return place.equals(key) ? byPlace.get(place) : exact.get(place);
    }

    boolean has(String key) {
      return find(key) != null;
    }
  }
}
