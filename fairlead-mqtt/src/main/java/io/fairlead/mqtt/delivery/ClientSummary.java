package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.Session;
import java.util.List;
import java.util.Optional;

/**
 * A session as people look at it.
 *
 * @param version of its connection, if it has one
 * @param remote of its connection, as text
 * @param frozen its owner lost every right, and it gets nothing
 * @param expirySeconds how long it outlives a connection
 */
public record ClientSummary(
    String clientId,
    String principal,
    boolean connected,
    boolean frozen,
    Optional<MqttVersion> version,
    Optional<String> remote,
    int keepAliveSeconds,
    long expirySeconds,
    int queued,
    int inflight,
    List<String> subscriptions) {
  public ClientSummary {
    subscriptions = List.copyOf(subscriptions);
  }

  /** On the session's thread. */
  static ClientSummary of(Session session) {
    Optional<Connection> connection = session.connection();
    return new ClientSummary(
        session.clientId(),
        session.principal().id(),
        connection.isPresent(),
        session.frozen(),
        connection.map(Connection::version),
        connection.map(c -> c.client().remote().toString()),
        connection.map(c -> c.connect().keepAliveSeconds()).orElse(0),
        session.expirySeconds(),
        session.queued(),
        session.inflight(),
        session.subscriptions().keySet().stream().map(Object::toString).toList());
  }
}
