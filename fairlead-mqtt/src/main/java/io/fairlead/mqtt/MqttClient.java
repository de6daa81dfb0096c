package io.fairlead.mqtt;

import io.fairlead.core.access.Principal;
import java.net.SocketAddress;
import java.util.Set;

/**
 * Who a connection works for, as far as decisions need to know.
 *
 * @param groups of the account
 */
public record MqttClient(
    String clientId, Principal principal, Set<String> groups, SocketAddress remote) {
  public MqttClient {
    groups = Set.copyOf(groups);
  }
}
