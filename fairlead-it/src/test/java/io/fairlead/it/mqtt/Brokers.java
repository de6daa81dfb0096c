package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore.Home;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.net.auth.ScramCredential;
import io.fairlead.net.auth.ScramServer;
import io.fairlead.net.auth.ScramStep;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The brokers of a run, started when first asked for. With {@code -Dmqtt.broker=PORT,WSPORT} the
 * usual one is whatever listens on those ports of 127.0.0.1, to learn how another broker fares.
 */
final class Brokers implements AutoCloseable {
  // One session a connection and thousands of connections from one address: nothing of this may
  // be slowed down.
  private static final String UNHURRIED = "limits: { publish_rate: off, publish_bytes: off }\n";
  private static final byte[] NOBODY = "nobody's sixteen".getBytes(UTF_8);

  private record External(List<Integer> ports) implements Broker {
    @Override
    public int port(Transport transport) {
      return ports.get(transport.ordinal());
    }

    @Override
    public void close() {
      // Not ours to stop.
    }
  }

  private final Map<Transport, Broker> usual = new EnumMap<>(Transport.class);
  private @Nullable Broker guarded;
  private @Nullable Broker reduced;
  private @Nullable Broker named;

  Brokers() {}

  /**
   * With defaults, and no throttle. Over TCP sessions live where their connection does, over
   * WebSocket where the hash of the client id says, mostly on another loop: both have to do.
   */
  synchronized Broker usual(Transport transport) {
    return usual.computeIfAbsent(transport, Brokers::start);
  }

  private static Broker start(Transport transport) {
    String ports = System.getProperty("mqtt.broker");
    if (ports != null)
      return new External(Arrays.stream(ports.split(",")).map(Integer::valueOf).toList());
    Home home = transport == Transport.TCP ? Home.CONNECTION : Home.HASH;
    return EmbeddedBroker.start(UNHURRIED, builder -> builder.home(home));
  }

  /**
   * Where user {@code ann} with password {@code secret}, or by SCRAM with {@code pencil}, is let in
   * and topics that start with {@code denied/} are nobody's; a decision about {@code fault/} fails.
   */
  synchronized Broker guarded() {
    if (guarded == null) {
      guarded =
          EmbeddedBroker.start(
              UNHURRIED,
              builder ->
                  builder
                      .authenticator(Brokers::authenticate)
                      .authorizer(new NothingDenied())
                      .enhanced(new Scram()));
    }
    return guarded;
  }

  /** Without retained messages, wildcards, shared subscriptions and QoS above 0. */
  synchronized Broker reduced() {
    if (reduced == null) {
      reduced =
          EmbeddedBroker.start(
              UNHURRIED
                  + """
                  protocol:
                    max_qos: 0
                    retain: false
                    wildcard: false
                    shared: false
                    subscription_ids: false
                    topic_alias_max: 0
                    max_keep_alive: 5
                  """,
              builder -> builder);
    }
    return reduced;
  }

  /** Where a client's id is its user name, which is nobody's since all are anonymous. */
  synchronized Broker named() {
    if (named == null) {
      String yaml = UNHURRIED + "protocol: { client_id_policy: equals_username }\n";
      named = EmbeddedBroker.start(yaml, builder -> builder);
    }
    return named;
  }

  private static CompletableFuture<MqttAuthenticator.Answer> authenticate(
      MqttAuthenticator.Shown shown) {
    byte[] password = shown.password();
    boolean known =
        shown.user().equals(Optional.of("ann"))
            && password != null
            && Arrays.equals(password, "secret".getBytes(UTF_8));
    return CompletableFuture.completedFuture(
        known
            ? new MqttAuthenticator.Answer.Accepted("ann", Set.of())
            : new MqttAuthenticator.Answer.Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
  }

  @Override
  public void close() {
    usual.values().forEach(Broker::close);
    for (Broker broker : new Broker[] {guarded, reduced, named}) if (broker != null) broker.close();
  }

  private static final class NothingDenied implements MqttAuthorizer {
    private static boolean denied(String topic) {
      return topic.startsWith("denied/");
    }

    @Override
    public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
      String text = new String(topic, UTF_8);
      if (text.startsWith("fault/")) throw new IllegalStateException("a fault of a test");
      return !denied(text);
    }

    @Override
    public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
      return !denied(filter.toString());
    }

    @Override
    public boolean mayReceive(MqttClient client, byte[] topic) {
      return !denied(new String(topic, UTF_8));
    }
  }

  private static final class Scram implements EnhancedAuthenticator {
    private static final ScramCredential ANN =
        ScramCredential.derive("pencil", "salt and pepper".getBytes(UTF_8), 4096);

    @Override
    public String method() {
      return ScramServer.METHOD;
    }

    @Override
    public Exchange begin(String clientId) {
      ScramServer server =
          ScramServer.plain(
              name -> name.equals("ann") ? Optional.of(ANN) : Optional.empty(),
              NOBODY,
              Randomness.system(),
              false);
      return data ->
          switch (server.accept(data == null ? new byte[0] : data)) {
            case ScramStep.Challenge challenge -> new Step.Continue(challenge.data());
            case ScramStep.Accepted end ->
                new Step.Accepted(end.user(), Set.of(), Optional.of(end.data()));
            case ScramStep.Refused _ -> new Step.Refused(ReasonCode.NOT_AUTHORIZED);
          };
    }
  }
}
