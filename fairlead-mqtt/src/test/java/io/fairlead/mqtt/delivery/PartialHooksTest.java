package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who answers only some of the questions: to all others the broker gets the answer of somebody with
 * nothing to say, and one that answers at once may be asked as if it took time.
 */
class PartialHooksTest {
  private final BrokerLab lab = new BrokerLab(new SlowStore(), "");

  private static Message changed(Message message) {
    return new Message(
        message.topic(),
        "changed".getBytes(UTF_8),
        message.qos(),
        message.retain(),
        message.properties(),
        Message.NEVER,
        message.publisher());
  }

  /** Says at once what becomes of messages and subscriptions, and says that it may take time. */
  private record AtOnce(boolean messages, boolean subscriptions) implements Hooks {
    @Override
    public boolean reviewsMessages() {
      return messages;
    }

    @Override
    public boolean reviewsSubscriptions() {
      return subscriptions;
    }

    @Override
    public @Nullable Message incoming(Session from, Message message, boolean will) {
      return switch (new String(message.payload(), UTF_8)) {
        case "drop" -> null;
        case "refuse" -> REFUSED;
        case "change" -> changed(message);
        default -> message;
      };
    }

    @Override
    public ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
      return filter.toString().equals("no") ? ReasonCode.NOT_AUTHORIZED : ReasonCode.granted(0);
    }
  }

  private static Message will(String payload) {
    return new Message(
        "gone".getBytes(UTF_8),
        payload.getBytes(UTF_8),
        1,
        false,
        Properties.EMPTY,
        Message.NEVER,
        "c");
  }

  @ParameterizedTest
  @CsvSource({
    "true,  change, changed, SUCCESS",
    "false, change, changed, SUCCESS",
    "true,  drop,   '',      SUCCESS",
    "false, drop,   '',      SUCCESS",
    "true,  refuse, '',      IMPLEMENTATION_SPECIFIC",
    "false, refuse, '',      IMPLEMENTATION_SPECIFIC",
    "true,  other,  other,   SUCCESS",
    "false, other,  other,   SUCCESS"
  })
  void anAnswerAtOnceIsTheSameWhicheverWayItIsAskedFor(
      boolean asLate, String said, String arrives, ReasonCode told) {
    BrokerLab.Client s = lab.client("s").joined().subscribe("#", 1);
    s.take();
    lab.core.askedToo(new AtOnce(asLate, false));
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("t", said, 1, 3, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(new Packet.Ack(PacketType.PUBACK, 3, told));
    assertThat(s.messages()).isEqualTo(arrives.isEmpty() ? List.of() : List.of(arrives));
  }

  @ParameterizedTest
  @CsvSource({"true, change, changed", "false, change, changed", "true, drop, ''", "true, x, x"})
  void aWillGoesTheSameWay(boolean asLate, String said, String arrives) {
    BrokerLab.Client s = lab.client("s").joined().subscribe("gone", 1);
    s.take();
    lab.core.askedToo(new AtOnce(asLate, false));
    BrokerLab.Client c = lab.client("c");
    Message will = will(said);
    c.will = Optional.of(new Packet.Will(will.topic(), will.payload(), 1, false, Properties.EMPTY));
    c.joined().lose();
    assertThat(s.messages()).isEqualTo(arrives.isEmpty() ? List.of() : List.of(arrives));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFilterIsGrantedOrNotWhicheverWayItIsAskedFor(boolean asLate) {
    lab.core.askedToo(new AtOnce(false, asLate));
    BrokerLab.Client s = lab.client("s").joined();
    s.send(
        new Packet.Subscribe(
            7, List.of(new Packet.Wish("no", 1), new Packet.Wish("less", 2)), Properties.EMPTY));
    assertThat(((Packet.SubAck) s.only()).reasons())
        .containsExactly(ReasonCode.NOT_AUTHORIZED, ReasonCode.granted(0));
    assertThat(s.session().subscriptions()).hasSize(1);
  }

  @Test
  void withNothingToSayAllIsAsItWasAskedFor() {
    lab.core.askedToo(new Hooks() {});
    BrokerLab.Client s = lab.client("s").joined();
    for (int qos = 0; qos <= 2; qos++) {
      s.subscribe("q/" + qos, qos);
      assertThat(((Packet.SubAck) s.only()).reasons()).containsExactly(ReasonCode.granted(qos));
    }
    Properties more = Properties.of().with(PropertyId.CONTENT_TYPE, "text").user("k", "v").build();
    lab.client("p").joined().publish("q/2", "as it is", 2, 1, more);
    lab.client("p").joined().ack(PacketType.PUBREL, 1);
    Packet.Publish came = (Packet.Publish) s.only();
    assertThat(came.payload()).asString(UTF_8).isEqualTo("as it is");
    assertThat(came.properties()).isEqualTo(more);
  }

  @Test
  void lateQuestionsOfWhoHasNothingToSayAreAnsweredAtOnceToo() {
    Hooks late =
        new Hooks() {
          @Override
          public boolean reviewsMessages() {
            return true;
          }

          @Override
          public boolean reviewsSubscriptions() {
            return true;
          }
        };
    lab.core.askedToo(late);
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1);
    assertThat(((Packet.SubAck) s.only()).reasons()).containsExactly(ReasonCode.granted(1));
    lab.client("p").joined().publish("a", "x", 1, 1, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("x");
  }

  @Test
  void aGroupWhoseStrategyIsNobodysStillGetsItsMessages() {
    BrokerLab chosen =
        new BrokerLab(new SlowStore(), "extensions: { x: {} }\nshared_strategy: extension:x\n");
    chosen.core.askedToo(new Hooks() {}); // has no answer, and never the first of all
    List<String> got = new ArrayList<>();
    List<BrokerLab.Client> members = new ArrayList<>();
    for (String id : List.of("m1", "m2")) {
      BrokerLab.Client member = chosen.client(id).joined().subscribe("$share/g/a", 1);
      member.take();
      members.add(member);
    }
    BrokerLab.Client p = chosen.client("p").joined();
    for (int i = 1; i <= 4; i++) p.publish("a", "m" + i, 1, i, Properties.EMPTY);
    for (BrokerLab.Client member : members) {
      List<String> own = member.messages();
      assertThat(own).as("in turn, as without a strategy").hasSize(2);
      got.addAll(own);
    }
    assertThat(got).containsExactlyInAnyOrder("m1", "m2", "m3", "m4");
  }

  @Test
  void aWillThatNobodyReviewsIsKeptAsItWasSaid() {
    assertThat(Hooks.NONE.reviewsWills()).isFalse();
    Packet.Will will =
        new Packet.Will("t".getBytes(UTF_8), "x".getBytes(UTF_8), 1, true, Properties.EMPTY);
    List<Optional<Packet.Will>> kept = new ArrayList<>();
    List<ReasonCode> reasons = new ArrayList<>();
    Hooks.NONE.willSaid(
        new MqttClient("c", Principal.ANONYMOUS, Set.of(), new InetSocketAddress(1)),
        will,
        (said, reason) -> {
          kept.add(said);
          reasons.add(reason);
        });
    assertThat(kept).containsExactly(Optional.of(will));
    assertThat(reasons).containsExactly(ReasonCode.SUCCESS);
  }
}
