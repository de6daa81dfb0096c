package io.fairlead.mqtt.delivery;

import static io.fairlead.mqtt.codec.PacketType.PUBCOMP;
import static io.fairlead.mqtt.codec.PacketType.PUBREL;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Session;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How sessions and wills begin, go on without a connection, and end; also over a restart. */
class LivesTest {
  private final SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void restart() {
    Duration age = Duration.between(new ManualClock().wall(), lab.clock.wall());
    lab = new BrokerLab(store, lab.core.config(), age);
  }

  private void restartWithAClockSetBack(Duration by) {
    Duration age = Duration.between(new ManualClock().wall(), lab.clock.wall());
    lab = new BrokerLab(store, lab.core.config(), age.minus(by));
  }

  private static Optional<Packet.Will> will(long delay, Properties more) {
    return Optional.of(
        new Packet.Will(
            "gone".getBytes(),
            "bye".getBytes(),
            1,
            false,
            more.and().with(PropertyId.WILL_DELAY, delay).build()));
  }

  private BrokerLab.Client watcher() {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 1);
    watcher.take();
    return watcher;
  }

  private static void end(BrokerLab.Client client, java.util.function.Consumer<Session> how) {
    Session session = client.session();
    session.host().executor().execute(() -> how.accept(session));
    client.take();
  }

  @Test
  void aSessionThatIsAwayCountsItsTimeFromTheLoss() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined();
    lab.pass(ofSeconds(99));
    s.lose();
    lab.pass(ofSeconds(99));
    assertThat(s.connect().sessionPresent()).isTrue();
    lab.pass(ofSeconds(500));
    s.lose();
    lab.pass(ofSeconds(100));
    assertThat(lab.core.sessions()).isZero();
    assertThat(lab.core.expired()).isOne();
    restart();
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void aSessionWithoutTimeEndsWithItsConnection() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1);
    Session session = s.session();
    assertThat(session.persistent()).isFalse();
    s.lose();
    assertThat(session.over()).isTrue();
    assertThat(session.connected()).isFalse();
    assertThat(lab.core.sessions()).isZero();
    assertThat(lab.core.subscriptions()).isZero();
    assertThat(lab.core.connected()).isZero();
  }

  @Test
  void anEndingTimeGoesOnOverARestart() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined();
    s.lose();
    lab.pass(ofSeconds(60));
    restart();
    assertThat(lab.core.sessions()).isOne();
    lab.pass(ofSeconds(39));
    assertThat(lab.core.sessions()).isOne();
    lab.pass(ofSeconds(1));
    assertThat(lab.core.sessions()).isZero();
    restart();
    assertThat(lab.core.sessions()).as("the store forgot it too").isZero();
  }

  @Test
  void theTimeOfAConnectedSessionBeginsWithTheRestartOnce() {
    lab.client("s").persistent(100).joined();
    lab.pass(ofSeconds(1000));
    restart();
    lab.pass(ofSeconds(60));
    restart();
    lab.pass(ofSeconds(40));
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void idsOfQos2AreKnownAfterARestart() {
    BrokerLab.Client p = lab.client("p").persistent(100).joined();
    p.publish("a", "once", 2, 7, Properties.EMPTY);
    p.lose();
    restart();
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 0);
    s.take();
    BrokerLab.Client back = lab.client("p").persistent(100).joined();
    back.publish("a", "again", 2, 7, Properties.EMPTY);
    assertThat(s.take()).isEmpty();
    back.ack(PUBREL, 7);
    back.publish("a", "new", 2, 7, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("new");
    restart();
  }

  /**
   * Its group is gone, and the message with it; the client may wait for the end of the exchange.
   */
  @Test
  void anIdThatAClientMayHoldIsReleasedBeforeItIsUsedAgain() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("$share/g/a", 2);
    s.subscribe("b", 2);
    lab.client("p").joined().publish("a", "held", 2, 1, Properties.EMPTY);
    int held = ((Packet.Publish) s.take().getLast()).packetId();
    s.send(new Packet.Unsubscribe(8, List.of("$share/g/a"), Properties.EMPTY));
    for (int i = 0; i < 2; i++) {
      restart();
      s = lab.client("s").persistent(100);
      assertThat(s.connect().sessionPresent()).isTrue();
      assertThat(s.only()).isEqualTo(new Packet.Ack(PUBREL, held, ReasonCode.SUCCESS));
    }
    lab.client("p").joined().publish("b", "next", 2, 1, Properties.EMPTY);
    assertThat(((Packet.Publish) s.only()).packetId()).isNotEqualTo(held);
    s.ack(PUBCOMP, held);
    restart();
    s = lab.client("s").persistent(100).joined();
    assertThat(s.messages()).as("and no release").containsExactly("next");
    s.disconnect(ReasonCode.SUCCESS);
    restart();
    s = lab.client("s").persistent(100).joined();
    assertThat(s.take()).hasSize(1).first().isInstanceOf(Packet.Publish.class);
  }

  @Test
  void whoLeftAGroupStillFinishesWhatItMayHaveOfIt() {
    BrokerLab.Client first = lab.client("s1").persistent(100).joined().subscribe("$share/g/a", 2);
    lab.client("p").joined().publish("a", "once", 2, 1, Properties.EMPTY);
    assertThat(first.messages()).containsExactly("once");
    BrokerLab.Client second = lab.client("s2").persistent(100).joined();
    second.subscribe("$share/g/a", 2);
    first.send(new Packet.Unsubscribe(8, List.of("$share/g/a"), Properties.EMPTY));
    restart();
    assertThat(lab.client("s2").persistent(100).joined().messages()).isEmpty();
    assertThat(lab.client("s1").persistent(100).joined().messages()).containsExactly("once");
  }

  @Test
  void theReceiveMaximumBeginsAnewWithEachConnection() {
    lab = new BrokerLab(store, "protocol: { receive_maximum: 2 }\n");
    BrokerLab.Client p = lab.client("p").persistent(100).joined();
    for (int id = 1; id <= 2; id++) p.publish("a", "x", 2, id, Properties.EMPTY);
    for (boolean stopped : new boolean[] {false, true}) {
      p.lose();
      if (stopped) lab = new BrokerLab(store, "protocol: { receive_maximum: 2 }\n");
      p = lab.client("p").persistent(100).joined();
      int first = stopped ? 5 : 3;
      p.publish("a", "x", 2, first, Properties.EMPTY);
      p.publish("a", "x", 2, first + 1, Properties.EMPTY);
      assertThat(p.take()).hasSize(2).allMatch(Packet.Ack.class::isInstance);
    }
    p.publish("a", "x", 2, 7, Properties.EMPTY);
    assertThat(p.only())
        .isEqualTo(new Packet.Disconnect(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, Properties.EMPTY));
  }

  @Test
  void subscriptionsMadeBeforeASessionWasToLastLastToo() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1).subscribe("$share/g/b", 1);
    assertThat(s.session().persistent()).isFalse();
    s.persistent(100);
    s.connect(); // takes itself over: the first ended with its connection
    s.subscribe("a", 1);
    s.lose();
    restart();
    assertThat(lab.core.subscriptions()).isOne();
  }

  @Test
  void goodbyeMayChangeTheTimeOfASession() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
    Session session = s.session();
    Packet.Disconnect longer =
        new Packet.Disconnect(
            ReasonCode.SUCCESS, Properties.of().with(PropertyId.SESSION_EXPIRY, 1000).build());
    Shard shard = (Shard) session.host();
    shard
        .executor()
        .execute(() -> shard.goodbye(session, session.connection().orElseThrow(), longer));
    lab.settle();
    assertThat(session.expirySeconds()).isEqualTo(1000);
    lab.pass(ofSeconds(999));
    assertThat(lab.core.sessions()).isOne();
    lab.pass(ofSeconds(1));
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void aSessionThatShallEndWithGoodbyeIsForgottenByTheStore() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
    Session session = s.session();
    Packet.Disconnect now =
        new Packet.Disconnect(
            ReasonCode.SUCCESS, Properties.of().with(PropertyId.SESSION_EXPIRY, 0).build());
    Shard shard = (Shard) session.host();
    shard.executor().execute(() -> shard.goodbye(session, session.connection().orElseThrow(), now));
    lab.settle();
    assertThat(lab.core.sessions()).isZero();
    restart();
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void version3SessionsHaveTheTimeOfTheConfiguration() {
    lab = new BrokerLab(store, "session: { v3_expiry: 50s }\n");
    BrokerLab.Client s = lab.client("s");
    s.version = MqttVersion.V3_1_1;
    s.clean = false;
    s.connect();
    assertThat(s.session().expirySeconds()).isEqualTo(50);
    s.lose();
    lab.pass(ofSeconds(50));
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void whoLosesEveryRightIsGoneAtOnceAndHisWillIsNotSaid() {
    BrokerLab.Client watcher = watcher();
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(0, Properties.EMPTY);
    s.joined().subscribe("a", 1);
    s.take();
    end(s, Session::revoke);
    assertThat(s.ended()).isTrue();
    BrokerLab.Client away = lab.client("away").persistent(100);
    away.will = will(30, Properties.EMPTY);
    away.joined();
    Session session = away.session();
    away.lose();
    assertThat(session.will().pending()).isTrue();
    session.host().executor().execute(session::revoke);
    lab.settle();
    assertThat(session.will().pending()).isFalse();
    assertThat(lab.core.sessions()).as("the two wait for their owners").isEqualTo(3);
    lab.pass(ofSeconds(200));
    assertThat(watcher.messages()).isEmpty();
    assertThat(lab.core.sessions()).isOne();
    restart();
    assertThat(lab.core.sessions()).isZero();
  }

  @Test
  void aRevokedClientIsToldWhy() {
    BrokerLab.Client s = lab.client("s").joined();
    Session session = s.session();
    session.host().executor().execute(session::revoke);
    assertThat(s.only())
        .isEqualTo(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
  }

  @Test
  void aSessionThatLeavesTheProcessStaysInTheStoreWithAllItHas() {
    BrokerLab.Client watcher = watcher();
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(10, Properties.EMPTY);
    s.joined().subscribe("a", 1);
    s.lose();
    lab.client("p").joined().publish("a", "kept", 1, 1, Properties.EMPTY);
    for (Shard shard : lab.core.shards()) shard.executor().execute(shard::leave);
    lab.settle();
    assertThat(lab.core.sessions()).isZero();
    assertThat(lab.queueBytes()).isZero();
    lab.pass(ofSeconds(50));
    assertThat(watcher.messages()).as("not by the process that it left").isEmpty();
    restart();
    BrokerLab.Client again = watcher();
    assertThat(lab.core.sessions()).isEqualTo(2);
    lab.settle();
    BrokerLab.Client back = lab.client("s").persistent(100);
    assertThat(back.connect().sessionPresent()).isTrue();
    assertThat(back.messages()).containsExactly("kept");
    again.take();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "30, 30", "200, 100"})
  void aWillWaitsForItsDelayOrTheEndOfTheSession(long delay, long expected) {
    BrokerLab.Client watcher = watcher();
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(delay, Properties.of().with(PropertyId.CONTENT_TYPE, "text").build());
    s.joined();
    assertThat(s.session().will().pending()).isFalse();
    s.lose();
    if (expected > 0) {
      lab.pass(ofSeconds(expected - 1));
      assertThat(watcher.take()).isEmpty();
      lab.pass(ofSeconds(1));
    }
    Packet.Publish said = (Packet.Publish) watcher.only();
    assertThat(said.properties())
        .isEqualTo(Properties.of().with(PropertyId.CONTENT_TYPE, "text").build());
    assertThat(said.qos()).isOne();
    lab.pass(ofSeconds(500));
    assertThat(watcher.take()).as("once").isEmpty();
  }

  @Test
  void aWillsExpiryBeginsWhenItIsPublished() {
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(30, Properties.of().with(PropertyId.MESSAGE_EXPIRY, 20).build());
    s.joined();
    BrokerLab.Client away = lab.client("w").persistent(600).joined().subscribe("gone", 1);
    away.lose();
    s.lose();
    lab.pass(ofSeconds(42));
    away.connect();
    Packet.Publish said = (Packet.Publish) away.only();
    assertThat(said.properties().number(PropertyId.MESSAGE_EXPIRY, -1)).isEqualTo(8);
  }

  @Test
  void aDelayedWillGoesOnOverARestart() {
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will = will(30, Properties.EMPTY);
    s.joined();
    s.lose();
    lab.pass(ofSeconds(20));
    restart();
    BrokerLab.Client watcher = watcher();
    lab.pass(ofSeconds(9));
    assertThat(watcher.take()).isEmpty();
    lab.pass(ofSeconds(1));
    assertThat(watcher.messages()).containsExactly("bye");
    restart();
    watcher = watcher();
    lab.pass(ofSeconds(100));
    assertThat(watcher.take()).as("the store forgot it").isEmpty();
  }

  @Test
  void aClockThatWasSetBackMakesNoWillWaitLongerThanItsDelay() {
    lab.pass(ofSeconds(5000));
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will = will(30, Properties.EMPTY);
    s.joined();
    s.lose();
    restartWithAClockSetBack(ofSeconds(900));
    BrokerLab.Client watcher = watcher();
    lab.pass(ofSeconds(29));
    assertThat(watcher.take()).isEmpty();
    lab.pass(ofSeconds(1));
    assertThat(watcher.messages()).containsExactly("bye");
  }

  @Test
  void theWillOfAConnectedClientIsDueItsDelayAfterARestart() {
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will = will(30, Properties.EMPTY);
    s.joined();
    lab.pass(ofSeconds(500));
    restart();
    BrokerLab.Client watcher = watcher();
    lab.pass(ofSeconds(29));
    assertThat(watcher.take()).isEmpty();
    lab.pass(ofSeconds(1));
    assertThat(watcher.messages()).containsExactly("bye");
  }

  @Test
  void aWillThatIsTakenBackIsForgottenByTheStore() {
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will = will(0, Properties.EMPTY);
    s.joined();
    s.will = Optional.empty();
    s.connect();
    restart();
    BrokerLab.Client watcher = watcher();
    lab.pass(ofSeconds(2000));
    assertThat(watcher.take()).isEmpty();
    BrokerLab.Client other = lab.client("o").persistent(1000);
    other.will = will(0, Properties.EMPTY);
    other.joined();
    other.disconnect(ReasonCode.SUCCESS);
    restart();
    watcher = watcher();
    lab.pass(ofSeconds(2000));
    assertThat(watcher.take()).isEmpty();
  }

  @Test
  void aTakeoverWithoutTimeToWaitPublishesTheWill() {
    BrokerLab.Client watcher = watcher();
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will = will(0, Properties.EMPTY);
    s.joined();
    lab.client("s").persistent(1000).connect();
    assertThat(watcher.messages()).containsExactly("bye");
    BrokerLab.Client patient = lab.client("t").persistent(1000);
    patient.will = will(30, Properties.EMPTY);
    patient.joined();
    patient.connect();
    lab.pass(ofSeconds(100));
    assertThat(watcher.messages()).as("it came back in time").isEmpty();
    patient.lose();
    BrokerLab.Client clean = lab.client("t");
    clean.connect();
    assertThat(watcher.messages()).as("its session ended").containsExactly("bye");
  }

  @Test
  void aClientIsTheSameOnlyUnderTheSameName() {
    BrokerLab.Client ann = lab.client("s").persistent(100);
    ann.user = "ann";
    ann.joined().subscribe("a", 1);
    ann.lose();
    BrokerLab.Client bob = lab.client("s").persistent(100);
    bob.user = "bob";
    assertThat(bob.connect().reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    assertThat(bob.connected()).isFalse();
    assertThat(ann.connect().sessionPresent()).isTrue();
  }
}
