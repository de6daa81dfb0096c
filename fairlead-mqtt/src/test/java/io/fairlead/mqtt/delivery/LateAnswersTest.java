package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Answers about messages and subscriptions that take their time. */
class LateAnswersTest {
  private final SlowStore store = new SlowStore();
  private final BrokerLab lab = new BrokerLab(store, "");
  private final Oracle oracle = new Oracle();

  /** Answers when it is told to. */
  private static final class Oracle implements Hooks {
    final List<String> asked = new ArrayList<>();
    final Deque<Runnable> yes = new ArrayDeque<>();
    final Deque<Runnable> no = new ArrayDeque<>();
    final List<String> lives = new ArrayList<>();

    private <T> CompletableFuture<T> later(String about, T granted, T refused) {
      asked.add(about);
      CompletableFuture<T> answer = new CompletableFuture<>();
      yes.add(() -> answer.complete(granted));
      no.add(() -> answer.complete(refused));
      return answer;
    }

    @Override
    public boolean reviewsMessages() {
      return true;
    }

    @Override
    public CompletableFuture<Optional<Message>> reviewed(
        Session from, Message message, boolean will) {
      String text = (will ? "will " : "") + new String(message.payload(), UTF_8);
      return later(text, Optional.of(message), Optional.empty());
    }

    @Override
    public boolean reviewsSubscriptions() {
      return true;
    }

    @Override
    public CompletableFuture<ReasonCode> reviewed(Session session, TopicFilter filter, int qos) {
      return filter.toString().startsWith("at/once")
          ? CompletableFuture.completedFuture(ReasonCode.granted(qos))
          : later(filter.toString(), ReasonCode.granted(qos), ReasonCode.NOT_AUTHORIZED);
    }

    @Override
    public void subscribed(Session session, TopicFilter filter, int qos) {
      lives.add(session.clientId() + " " + filter + " " + qos);
    }

    @Override
    public void disconnected(Session session, String reason) {
      lives.add(session.clientId() + " " + reason);
    }
  }

  private void answer(boolean granted) {
    Runnable said = granted ? oracle.yes.remove() : oracle.no.remove();
    (granted ? oracle.no : oracle.yes).remove();
    said.run();
    lab.settle();
  }

  private double awaited() {
    return lab.count("limit.rejections", "limit", "mqtt_awaited");
  }

  private BrokerLab.Client subscriber() {
    BrokerLab.Client client = lab.client("s").persistent(600).joined().subscribe("#", 2);
    client.take();
    return client;
  }

  private BrokerLab.Client publisher() {
    lab.core.askedToo(oracle);
    return lab.client("p").persistent(600).joined();
  }

  @Test
  void messagesWaitBehindTheOneThatIsAskedAboutAndAreAcknowledgedInOrder() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = publisher();
    p.publish("t", "one", 1, 1, Properties.EMPTY);
    p.publish("t", "two", 0, 0, Properties.EMPTY);
    p.publish("t", "three", 2, 3, Properties.EMPTY);
    assertThat(oracle.asked).containsExactly("one");
    assertThat(p.take()).isEmpty();
    assertThat(s.take()).isEmpty();
    p.send(Packet.PingReq.INSTANCE);
    assertThat(p.only()).isInstanceOf(Packet.PingResp.class);

    answer(true);
    assertThat(p.only()).isEqualTo(new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.SUCCESS));
    assertThat(s.messages()).containsExactly("one");
    answer(false);
    assertThat(oracle.asked).containsExactly("one", "two", "three");
    assertThat(p.take()).isEmpty();
    answer(true);
    assertThat(p.only()).isEqualTo(new Packet.Ack(PacketType.PUBREC, 3, ReasonCode.SUCCESS));
    assertThat(s.messages()).containsExactly("three");
    assertThat(awaited()).isEqualTo(3);
  }

  @Test
  void onePublisherDoesNotWaitForAnother() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = publisher();
    BrokerLab.Client q = lab.client("q").joined();
    p.publish("t", "slow", 1, 1, Properties.EMPTY);
    q.publish("t", "fast", 1, 1, Properties.EMPTY);
    Runnable slow = oracle.yes.remove();
    oracle.yes.remove().run();
    assertThat(s.messages()).containsExactly("fast");
    slow.run();
    assertThat(s.messages()).containsExactly("slow");
  }

  @Test
  void whatIsRefusedForWantOfAnAnswerIsToldWhereItCanBe() {
    BrokerLab.Client s = subscriber();
    lab.core.askedToo(
        new Hooks() {
          @Override
          public Message incoming(Session from, Message message, boolean will) {
            return REFUSED;
          }
        });
    BrokerLab.Client rich = lab.client("rich").joined();
    rich.publish("t", "x", 1, 1, Properties.EMPTY);
    assertThat(rich.only())
        .isEqualTo(new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.IMPLEMENTATION_SPECIFIC));
    BrokerLab.Client old = lab.client("old");
    old.version = MqttVersion.V3_1_1;
    old.joined().publish("t", "x", 2, 1, Properties.EMPTY);
    assertThat(old.only()).isEqualTo(new Packet.Ack(PacketType.PUBREC, 1, ReasonCode.SUCCESS));
    rich.publish("t", "x", 0, 0, Properties.EMPTY);
    assertThat(s.take()).isEmpty();
    assertThat(lab.dropped(Drop.INVALID)).isEqualTo(3);
  }

  @Test
  void subscriptionsAreAnsweredTogetherOnceAllAnswersAreThere() {
    BrokerLab.Client p = publisher();
    p.send(
        new Packet.Subscribe(
            7,
            List.of(
                new Packet.Wish("at/once", 2),
                new Packet.Wish("late", 1),
                new Packet.Wish("refused", 1)),
            Properties.EMPTY));
    p.publish("t", "behind", 1, 1, Properties.EMPTY);
    assertThat(oracle.asked).containsExactly("late");
    assertThat(lab.core.subscriptions()).isOne();
    answer(true);
    assertThat(p.take()).isEmpty();
    answer(false);
    assertThat(((Packet.SubAck) p.only()).reasons())
        .containsExactly(
            ReasonCode.GRANTED_QOS_2, ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED);
    assertThat(oracle.asked).containsExactly("late", "refused", "behind");
    assertThat(oracle.lives).containsExactly("p at/once 2", "p late 1");
    p.lose();
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.core.subscriptions()).isEqualTo(2);
  }

  @Test
  void whatWasGrantedBeforeTheConnectionEndedIsKept() {
    BrokerLab.Client p = publisher();
    p.send(
        new Packet.Subscribe(
            7,
            List.of(new Packet.Wish("at/once", 2), new Packet.Wish("late", 1)),
            Properties.EMPTY));
    p.connect(); // takes over
    answer(true);
    assertThat(p.take()).isEmpty();
    assertThat(p.session().subscriptions()).hasSize(1);
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.core.subscriptions()).isOne();
  }

  @Test
  void goodByeWaitsForWhatWasSaidBefore() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = publisher();
    p.publish("t", "one", 0, 0, Properties.EMPTY);
    p.publish("t", "two", 0, 0, Properties.EMPTY);
    p.disconnect(ReasonCode.SUCCESS);
    p.lose();
    assertThat(oracle.lives).isEmpty();
    answer(true);
    answer(true);
    assertThat(s.messages()).containsExactly("one", "two");
    assertThat(oracle.lives).containsExactly("p client");
  }

  @Test
  void goodByeDoesNotWaitForEver() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = publisher();
    p.publish("t", "one", 0, 0, Properties.EMPTY);
    p.disconnect(ReasonCode.SUCCESS);
    lab.pass(ofSeconds(9));
    assertThat(oracle.lives).isEmpty();
    lab.pass(ofSeconds(2));
    assertThat(oracle.lives).containsExactly("p client");
    answer(true);
    assertThat(s.messages()).isEmpty();
  }

  @Test
  void aGoodByeThatWaitsHoldsWhenTheClientIsBackBeforeTheAnswer() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = lab.client("p").persistent(600);
    p.will =
        Optional.of(
            new Packet.Will("w".getBytes(UTF_8), new byte[] {1}, 0, false, Properties.EMPTY));
    p.joined();
    lab.core.askedToo(oracle);
    p.publish("t", "one", 2, 5, Properties.EMPTY);
    p.disconnect(ReasonCode.SUCCESS);
    p.connect();
    assertThat(oracle.lives).containsExactly("p client");
    assertThat(oracle.asked).as("no will").containsExactly("one");
    p.publish("t", "one", 2, 5, Properties.EMPTY); // it was not acknowledged
    answer(true); // of the first: nobody waits for it
    assertThat(s.messages()).isEmpty();
    answer(true);
    assertThat(s.messages()).containsExactly("one");
  }

  @Test
  void whatIsRevokedMeanwhileIsNotPublished() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = publisher();
    p.publish("t", "one", 1, 1, Properties.EMPTY);
    p.session().revoke();
    answer(true);
    assertThat(s.take()).isEmpty();
    assertThat(p.ended()).isTrue();
  }

  @Test
  void aWillIsAskedAboutAndDoesNotTakeTheNextOneWithIt() {
    BrokerLab.Client s = subscriber();
    BrokerLab.Client p = lab.client("p").persistent(600);
    p.will =
        Optional.of(
            new Packet.Will(
                "w".getBytes(UTF_8), "bye".getBytes(UTF_8), 1, false, Properties.EMPTY));
    p.joined();
    lab.core.askedToo(oracle);
    p.lose();
    assertThat(oracle.asked).containsExactly("will bye");
    p.connect();
    answer(true);
    assertThat(s.messages()).containsExactly("bye");
    s.disconnect(ReasonCode.SUCCESS);
    BrokerLab later = new BrokerLab(store, "");
    later.pass(ofSeconds(1));
    BrokerLab.Client again = later.client("s").persistent(600).joined();
    assertThat(again.messages()).as("the will of the second connection").contains("bye");
  }

  @Test
  void theLineIsBounded() {
    BrokerLab.Client p = publisher();
    p.publish("t", "asked", 0, 0, Properties.EMPTY);
    for (int i = 0; i < 10_001; i++) p.publish("t", "x", 0, 0, Properties.EMPTY);
    assertThat(lab.dropped(Drop.MEMORY)).isOne();
    p.publish("t", "safe", 1, 1, Properties.EMPTY);
    assertThat(lab.dropped(Drop.MEMORY)).isOne();
    assertThat(awaited()).isEqualTo(2);
  }
}
