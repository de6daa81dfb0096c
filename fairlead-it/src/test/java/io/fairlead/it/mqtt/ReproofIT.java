package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a second proof of a connected client changes (MQTT 5.0, 4.12.1). */
class ReproofIT {
  private static final String METHOD = "say";

  private final EmbeddedBroker broker =
      EmbeddedBroker.start("", made -> made.enhanced(new Saying()).authorizer(new ByGroup()));
  private final List<Peer> peers = new ArrayList<>();

  /** Ann is in the group that she says; who says nothing is asked. */
  private static final class Saying implements EnhancedAuthenticator {
    @Override
    public String method() {
      return METHOD;
    }

    @Override
    public Exchange begin(String clientId) {
      return data -> {
        if (data == null || data.length == 0) return new Step.Continue("who?".getBytes(UTF_8));
        return new Step.Accepted("ann", Set.of(new String(data, UTF_8)), Optional.empty());
      };
    }
  }

  /** What is below a group's name is for its members. */
  private static final class ByGroup implements MqttAuthorizer {
    private static boolean may(MqttClient client, String topic) {
      return client.groups().contains(topic.split("/", 2)[0]);
    }

    @Override
    public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
      return may(client, new String(topic, UTF_8));
    }

    @Override
    public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
      return may(client, filter.toString());
    }

    @Override
    public boolean mayReceive(MqttClient client, byte[] topic) {
      return may(client, new String(topic, UTF_8));
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    broker.close();
  }

  private Peer join(String id, String group) throws IOException {
    RawClient tcp = RawClient.connect(broker.port(Transport.TCP));
    Peer peer = new Peer(new Link.Plain(tcp), Version.V5);
    peers.add(peer);
    Props props =
        Props.none().str(Props.AUTH_METHOD, METHOD).bin(Props.AUTH_DATA, group.getBytes(UTF_8));
    peer.connect(Connect.of(Version.V5, id).props(props));
    return peer;
  }

  private static byte[] proof(int code, @Nullable String group) {
    byte[] data = group == null ? new byte[0] : group.getBytes(UTF_8);
    return Frames.auth(code, METHOD, data);
  }

  @Test
  void theGroupsOfTheLastProofCount() throws Exception {
    Peer peer = join("c", "red");
    peer.send(Frames.publish(Version.V5, "blue/t", "x", 1, 1));
    assertThat(peer.next(Packet.PUBACK).code()).isEqualTo(0x87);

    peer.send(proof(0x19, "blue"));
    assertThat(peer.next(Packet.AUTH).code()).isZero();
    peer.send(Frames.publish(Version.V5, "blue/t", "x", 1, 2));
    assertThat(peer.next(Packet.PUBACK).code()).isLessThan(0x80);
    peer.send(Frames.publish(Version.V5, "red/t", "x", 1, 3));
    assertThat(peer.next(Packet.PUBACK).code()).isEqualTo(0x87);
  }

  @Test
  void whoUsesARightThatTheProofTookIsCut() throws Exception {
    Peer peer = join("c", "red").subscribe("red/#", 1);
    peer.send(proof(0x19, "blue")).dropped(0x87);

    Peer publisher = join("p", "red").publish("red/t", "x", 1);
    publisher.send(proof(0x19, "blue")).dropped(0x87);
  }

  @Test
  void trafficGoesOnUnderTheOldGroupsWhileTheClientIsAsked() throws Exception {
    Peer peer = join("c", "red");
    peer.send(proof(0x19, null));
    assertThat(peer.next(Packet.AUTH).code()).isEqualTo(0x18);
    peer.send(Frames.publish(Version.V5, "red/t", "x", 1, 1));
    peer.send(Frames.publish(Version.V5, "red/t", "x", 2, 2));
    assertThat(peer.next(Packet.PUBACK).code()).isLessThan(0x80);
    assertThat(peer.next(Packet.PUBREC).code()).isLessThan(0x80);
    peer.send(proof(0x18, "red"));
    assertThat(peer.next(Packet.AUTH).code()).isZero();
    peer.send(Frames.pubrel(2));
    assertThat(peer.next(Packet.PUBCOMP).code()).as("what was begun is finished").isZero();
  }
}
