package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message becomes another for one client, on every way it can take. */
class ChangedOnTheWayOutTest {
  private final SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");
  private final Tailor tailor = new Tailor();

  /** Makes of a message what each client is to get. */
  private static final class Tailor implements Hooks {
    final Map<String, UnaryOperator<@Nullable Message>> fits = new HashMap<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public @Nullable Message outgoing(Session to, Message message) {
      asked.add(to.clientId());
      return fits.getOrDefault(to.clientId(), same -> same).apply(message);
    }
  }

  private BrokerLab.Client subscriber(String id, String filter, int qos) {
    BrokerLab.Client client = lab.client(id).persistent(600).joined().subscribe(filter, qos);
    client.take();
    return client;
  }

  private void publish(String topic, String payload, int qos, boolean retain) {
    lab.client("p")
        .joined()
        .publish(topic, payload, qos, qos == 0 ? 0 : 1, retain, Properties.EMPTY);
  }

  private static Message payload(Message of, String text) {
    return of.withPayload(text.getBytes(UTF_8));
  }

  private static String text(Packet packet) {
    Packet.Publish publish = (Packet.Publish) packet;
    return new String(publish.topic(), UTF_8) + " " + new String(publish.payload(), UTF_8);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void oneClientGetsAnotherTopicPayloadAndPropertiesAndTheOthersTheMessage(int qos) {
    BrokerLab.Client one = subscriber("one", "a", 2);
    BrokerLab.Client other = subscriber("other", "a", 2);
    tailor.fits.put(
        "one",
        message ->
            payload(message, "for one")
                .withTopic("b/one".getBytes(UTF_8))
                .withProperties(Properties.of().user("by", "tailor").build())
                .withQos(2));
    lab.core.askedToo(tailor);
    publish("a", "x", qos, false);
    Packet.Publish got = (Packet.Publish) one.only();
    assertThat(text(got)).isEqualTo("b/one for one");
    assertThat(got.properties().user())
        .containsExactly(new Properties.UserProperty("by", "tailor"));
    assertThat(got.qos()).as("neither raised nor lowered").isEqualTo(qos);
    Packet.Publish plain = (Packet.Publish) other.only();
    assertThat(text(plain)).isEqualTo("a x");
    assertThat(plain.properties().user()).isEmpty();
  }

  @Test
  void whatIsRetainedOrWaitsInAQueueIsChangedWhenItLeaves() {
    BrokerLab.Client one = subscriber("one", "queued", 1);
    one.lose();
    publish("queued", "x", 1, false);
    publish("kept", "y", 1, true);
    tailor.fits.put("one", message -> payload(message, "changed"));
    lab.core.askedToo(tailor);
    assertThat(tailor.asked).isEmpty();
    one.connect();
    assertThat(text(one.only())).isEqualTo("queued changed");
    one.ack(PacketType.PUBACK, 1);
    one.subscribe("kept", 1);
    assertThat(one.messages()).containsExactly("changed");
  }

  @Test
  void whatBecomesTooLargeForTheClientIsDropped() {
    BrokerLab.Client one = lab.client("one");
    one.packetBytesMax = 60;
    one.joined().subscribe("a", 1).take();
    tailor.fits.put(
        "one",
        message -> message.payload().length < 2 ? message : payload(message, "x".repeat(60)));
    lab.core.askedToo(tailor);
    publish("a", "xx", 1, false);
    assertThat(one.take()).isEmpty();
    assertThat(lab.dropped(Drop.TOO_LARGE)).isOne();
    publish("a", "x", 1, false);
    assertThat(one.messages()).containsExactly("x");
  }

  @Test
  void whatIsSentAgainIsWhatWasSent() {
    BrokerLab.Client one = subscriber("one", "a", 1);
    tailor.fits.put("one", message -> payload(message, "asked " + tailor.asked.size()));
    lab.core.askedToo(tailor);
    publish("a", "x", 1, false);
    assertThat(one.messages()).containsExactly("asked 1");
    one.lose();
    one.connect();
    Packet.Publish again = (Packet.Publish) one.only();
    assertThat(again.dup()).isTrue();
    assertThat(text(again)).isEqualTo("a asked 1");
  }

  @Test
  void afterARestartItIsAskedAgain() {
    BrokerLab.Client one = subscriber("one", "a", 1);
    tailor.fits.put("one", message -> payload(message, "changed"));
    lab.core.askedToo(tailor);
    publish("a", "x", 1, false);
    assertThat(one.messages()).containsExactly("changed");
    lab = new BrokerLab(store, "");
    lab.core.askedToo(tailor);
    BrokerLab.Client again = lab.client("one").persistent(600).joined();
    assertThat(again.messages()).containsExactly("changed");
  }

  @Test
  void whatIsHeldBackAfterARestartReleasesItsId() {
    BrokerLab.Client one = subscriber("one", "#", 2);
    publish("a", "once", 1, false);
    publish("b", "twice", 2, false);
    List<Packet> sent = one.take();
    int second = ((Packet.Publish) sent.get(1)).packetId();
    lab = new BrokerLab(store, "");
    tailor.fits.put("one", _ -> null);
    lab.core.askedToo(tailor);
    BrokerLab.Client again = lab.client("one").persistent(600).joined();
    assertThat(again.only())
        .isEqualTo(new Packet.Ack(PacketType.PUBREL, second, ReasonCode.SUCCESS));
    again.ack(PacketType.PUBCOMP, second);
    assertThat(again.session().inflight()).isZero();
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.client("one").persistent(600).joined().take()).isEmpty();
  }

  @Test
  void aMemberOfAGroupPassesOnTheMessageItselfNotWhatWasMadeOfIt() {
    BrokerLab.Client one = subscriber("one", "$share/g/a", 1);
    tailor.fits.put("one", message -> payload(message, "for one"));
    lab.core.askedToo(tailor);
    publish("a", "x", 1, false);
    assertThat(one.messages()).containsExactly("for one");
    BrokerLab.Client two = subscriber("two", "$share/g/a", 1);
    one.lose();
    assertThat(two.messages()).containsExactly("x");
  }
}
