package io.fairlead.mqtt;

import io.fairlead.core.access.Principal;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;

/**
 * Who a connection works for, as far as decisions need to know.
 *
 * @param groups of the account
 * @param attributes more that is known of it, e.g. claims of its token, by name
 * @param knownBy which of the ways to log in knew it: {@code file}, {@code jwt 1}, …; empty for one
 *     of a program that embeds the broker
 * @param remote where it is: the TCP peer, or whom a trusted one speaks for
 * @param local whether it is on this machine, and so is its peer where that one speaks for it
 */
public record MqttClient(
    String clientId,
    Principal principal,
    Set<String> groups,
    Map<String, String> attributes,
    String knownBy,
    SocketAddress remote,
    boolean local) {
  public MqttClient {
    groups = Set.copyOf(groups);
    attributes = Map.copyOf(attributes);
  }

  public MqttClient(
      String clientId, Principal principal, Set<String> groups, SocketAddress remote) {
    this(clientId, principal, groups, Map.of(), "", remote, false);
  }

  /** Whether nobody vouches for it. */
  public boolean anonymous() {
    return principal.equals(Principal.ANONYMOUS);
  }

  /** The same client in other groups. */
  public MqttClient in(Set<String> next) {
    return new MqttClient(clientId, principal, next, attributes, knownBy, remote, local);
  }

  /** The same client, known in another way, in other groups. */
  MqttClient known(String by, Set<String> next) {
    boolean same = by.equals(knownBy) && next.equals(groups);
    return same ? this : new MqttClient(clientId, principal, next, attributes, by, remote, local);
  }
}
