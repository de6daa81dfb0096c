package io.fairlead.mqtt.acl;

import io.fairlead.core.address.Cidr;
import io.fairlead.mqtt.MqttClient;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Whom a line is about. */
sealed interface Who {
  Who EVERYONE = new Everyone();
  Who ANONYMOUS = new Anonymous();

  boolean means(MqttClient client);

  record Everyone() implements Who {
    @Override
    public boolean means(MqttClient client) {
      return true;
    }
  }

  /** Clients that nobody vouches for. */
  record Anonymous() implements Who {
    @Override
    public boolean means(MqttClient client) {
      return client.anonymous();
    }
  }

  /** Clients that all of this is true of; at least one is said. */
  record Named(
      Optional<String> user, Optional<String> group, Optional<String> clientId, Optional<Cidr> ip)
      implements Who {
    static Named user(String name) {
      return new Named(Optional.of(name), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The one account it may mean, when it is about an account and nothing else. */
    Optional<String> onlyUser() {
      return group.isEmpty() && clientId.isEmpty() && ip.isEmpty() ? user : Optional.empty();
    }

    @Override
    public boolean means(MqttClient client) {
      if (user.isPresent() && (client.anonymous() || !client.principal().id().equals(user.get()))) {
        return false;
      }
      if (group.isPresent() && !client.groups().contains(group.get())) return false;
      if (clientId.isPresent() && !client.clientId().equals(clientId.get())) return false;
      return ip.isEmpty() || comesFrom(client, ip.get());
    }

    private static boolean comesFrom(MqttClient client, Cidr network) {
      return client.remote() instanceof InetSocketAddress inet
          && inet.getAddress() != null
          && network.contains(inet.getAddress());
    }
  }
}
