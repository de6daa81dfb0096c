package io.fairlead.mqtt.delivery;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.trace.Trace;
import io.fairlead.mqtt.trace.TraceLine;
import io.fairlead.mqtt.trace.TraceWish;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Sessions that are ended, that leave, that change while they last. */
class SessionLifeTest {
  private SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void with(String yaml) {
    store = new SlowStore();
    lab = new BrokerLab(store, yaml);
  }

  private BrokerLab after() {
    Duration age = Duration.between(new ManualClock().wall(), lab.clock.wall());
    return new BrokerLab(store, lab.core.config(), age);
  }

  private void on(Session session, Consumer<Session> action) {
    session.host().executor().execute(() -> action.accept(session));
    lab.settle();
  }

  private static Optional<Packet.Will> will(long delay) {
    return Optional.of(
        new Packet.Will(
            "gone".getBytes(),
            "bye".getBytes(),
            1,
            false,
            Properties.of().with(PropertyId.WILL_DELAY, delay).build()));
  }

  private void publish(BrokerLab where, String topic, String payload) {
    where.client("p").joined().publish(topic, payload, 1, 1, Properties.EMPTY);
  }

  @Test
  void aSessionThatWasEndedDoesNotExpireToo() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined();
    Session session = s.session();
    s.lose();
    on(session, Session::end);
    assertThat(lab.core.sessions()).isZero();
    on(session, Session::end); // once more is nothing
    lab.pass(ofSeconds(200));
    assertThat(lab.core.expired()).isZero();
    assertThat(after().core.sessions()).isZero();
  }

  @Test
  void aSessionWithoutAnEndHasNone() {
    with("session: { max_expiry: off }\n");
    lab.client("for ever").persistent(0xffff_ffffL).joined().lose();
    lab.client("long").persistent(0xffff_fffeL).joined().lose();
    lab.pass(ofDays(60_000)); // 2^32 seconds are 49 710 days
    assertThat(lab.core.sessions()).isOne();
    BrokerLab later = after();
    assertThat(later.client("for ever").persistent(1).connect().sessionPresent()).isTrue();
  }

  @Test
  void whoBreaksTheRulesIsGoneAtOnceAndHisWillIsSaid() {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 0);
    watcher.take();
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(0);
    s.joined();
    s.send(Packet.PingResp.INSTANCE);
    assertThat(s.ended()).isTrue();
    assertThat(lab.core.connected()).isOne();
    assertThat(watcher.messages()).containsExactly("bye");
  }

  /** A session with a message that waits and a QoS 2 id, whose client is away. */
  private BrokerLab.Client away() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
    s.publish("elsewhere", "half", 2, 7, Properties.EMPTY);
    s.lose();
    publish(lab, "a", "waits");
    return s;
  }

  private Session kept() {
    return lab.core.find("s").flatMap(shard -> shard.session("s")).orElseThrow();
  }

  @Test
  void whoIsRevokedOnTheWayInFindsTheSessionAsItWas() {
    for (long wanted : new long[] {100, 0, 5}) {
      with("");
      BrokerLab.Client s = away();
      s.expirySeconds = wanted;
      s.will = will(0);
      s.welcome = ReasonCode.NOT_AUTHORIZED;
      assertThat(s.connect().reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(s.ended()).isTrue();
      assertThat(kept().frozen()).isTrue();
      publish(lab, "a", "not while frozen");
      assertThat(after().core.sessions()).as("in the store, asked for " + wanted).isOne();

      s.welcome = ReasonCode.SUCCESS;
      s.persistent(100);
      assertThat(s.connect().sessionPresent()).isTrue();
      assertThat(s.messages()).containsExactly("waits");
      publish(lab, "a", "again");
      assertThat(s.messages()).containsExactly("again");
      s.send(new Packet.Ack(PacketType.PUBREL, 7, ReasonCode.SUCCESS));
      assertThat(((Packet.Ack) s.only()).reason()).isEqualTo(ReasonCode.SUCCESS);
    }
  }

  @Test
  void whatIsKeptOfWhoWasRevokedOnTheWayInOutlivesTheProcessAndEndsInTime() {
    BrokerLab.Client s = away();
    s.expirySeconds = 0;
    s.welcome = ReasonCode.NOT_AUTHORIZED;
    s.connect();
    BrokerLab later = after();
    BrokerLab.Client back = later.client("s").persistent(100);
    assertThat(back.connect().sessionPresent()).isTrue();
    assertThat(back.messages()).contains("waits");
    back.send(new Packet.Ack(PacketType.PUBREL, 7, ReasonCode.SUCCESS));
    assertThat(((Packet.Ack) back.only()).reason()).isEqualTo(ReasonCode.SUCCESS);
    lab.pass(ofSeconds(101));
    assertThat(lab.core.find("s")).isEmpty();
  }

  @Test
  void whoIsOnlyNotLetInNowKeepsGettingMessages() {
    BrokerLab.Client s = away();
    s.welcome = ReasonCode.SERVER_BUSY;
    assertThat(s.connect().reason()).isEqualTo(ReasonCode.SERVER_BUSY);
    assertThat(kept().frozen()).isFalse();
    publish(lab, "a", "more");
    s.welcome = ReasonCode.SUCCESS;
    s.connect();
    assertThat(s.messages()).containsExactly("waits", "more");
  }

  @Test
  void nothingStaysOfANewClientThatIsRevokedOnTheWayIn() {
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.welcome = ReasonCode.NOT_AUTHORIZED;
    s.connect();
    assertThat(lab.core.sessions()).isZero();
    assertThat(after().core.sessions()).isZero();
  }

  @Test
  void aPublisherThatBeginsAnewMayUseItsIdsAgain() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 0);
    s.take();
    BrokerLab.Client p = lab.client("p").persistent(100).joined();
    p.publish("a", "one", 2, 7, Properties.EMPTY);
    p.publish("a", "doubled", 2, 7, Properties.EMPTY);
    on(p.session(), Session::forgetInbound);
    p.publish("a", "two", 2, 7, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("one", "two");
    on(p.session(), Session::forgetInbound);
    int commits = store.commits;
    on(p.session(), Session::forgetInbound); // nothing to forget
    assertThat(store.commits).isEqualTo(commits);
    BrokerLab later = after();
    BrokerLab.Client again = later.client("s").joined().subscribe("a", 0);
    again.take();
    BrokerLab.Client back = later.client("p").persistent(100).joined();
    back.publish("a", "three", 2, 7, Properties.EMPTY);
    assertThat(again.messages()).containsExactly("three");
  }

  @Test
  void forgottenIdsFreeTheReceiveMaximum() {
    with("protocol: { receive_maximum: 2 }\n");
    BrokerLab.Client p = lab.client("p").joined();
    for (int id = 1; id <= 2; id++) p.publish("a", "x", 2, id, Properties.EMPTY);
    on(p.session(), Session::forgetInbound);
    for (int id = 3; id <= 4; id++) p.publish("a", "x", 2, id, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
    p.publish("a", "x", 2, 5, Properties.EMPTY);
    assertThat(p.ended()).isTrue();
  }

  @Test
  void aQueueIsFullAtItsBoundWhetherTheClientIsThereOrNot() {
    with("session: { queue: { online: 2, offline: 3 } }\n");
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.receiveMaximum = 1;
    s.joined().subscribe("a", 1);
    Session session = s.session();
    for (int i = 0; i < 2; i++) publish(lab, "a", "m" + i);
    assertThat(session.full()).isFalse();
    publish(lab, "a", "m2");
    assertThat(session.full()).isTrue();
    s.lose();
    assertThat(session.full()).isFalse();
    publish(lab, "a", "m3");
    assertThat(session.full()).isTrue();
  }

  @Test
  void aSessionThatIsToLastFromNowOnKeepsWhatItHas() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1).subscribe("$share/g/b", 1);
    on(
        s.session(),
        session -> {
          BrokerStore.Batch batch = store.begin();
          session.keep(batch, 100, true);
          store.commit(batch);
          session.setExpiry(100);
        });
    s.lose();
    publish(lab, "a", "mine");
    publish(lab, "b", "the group's");
    BrokerLab later = after();
    assertThat(later.core.subscriptions()).isEqualTo(2);
    BrokerLab.Client back = later.client("s").persistent(100);
    assertThat(back.connect().sessionPresent()).isTrue();
    assertThat(back.messages()).containsExactlyInAnyOrder("mine", "the group's");
  }

  @Test
  void aSessionThatIsNotToLastAnyMoreLeavesTheStore() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
    on(
        s.session(),
        session -> {
          BrokerStore.Batch batch = store.begin();
          session.keep(batch, 0, true);
          store.commit(batch);
        });
    assertThat(s.session().persistent()).isFalse();
    assertThat(after().core.sessions()).isZero();
  }

  @Test
  void whatLeavesTheProcessIsLeftToTheNext() {
    BrokerLab.Client s = lab.client("s").persistent(100);
    s.will = will(10);
    s.joined().subscribe("a", 1).subscribe("$share/g/b", 1);
    s.lose();
    publish(lab, "b", "for the group");
    lab.core.pause();
    for (Shard shard : lab.core.shards()) shard.executor().execute(shard::leave);
    lab.settle();
    assertThat(lab.core.subscriptions()).isZero();
    BrokerLab old = lab;
    old.pass(ofSeconds(200)); // its timers are stopped
    assertThat(old.core.expired()).isZero();
    lab = new BrokerLab(store, old.core.config());
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 0);
    watcher.take();
    lab.pass(ofSeconds(9));
    assertThat(watcher.take()).isEmpty();
    lab.pass(ofSeconds(1));
    assertThat(watcher.messages()).containsExactly("bye");
    assertThat(lab.client("s").persistent(100).joined().messages())
        .containsExactly("for the group");
  }

  @Test
  void whoIsAwayUsesNoRight() {
    BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
    Session session = s.session();
    lab.decideBy(Rights.without("subscribe:a"));
    assertThat(session.mayGoOn()).isFalse();
    s.lose();
    assertThat(session.mayGoOn()).isTrue();
  }

  @Test
  void messagesOfTwoProcessesDoNotTakeEachOthersPlace() {
    lab.client("s").persistent(1000).joined().subscribe("a", 1).lose();
    for (String each : List.of("1", "2")) publish(lab, "a", each);
    BrokerLab second = after();
    for (String each : List.of("3", "4")) publish(second, "a", each);
    assertThat(after().client("s").persistent(1000).joined().messages())
        .containsExactly("1", "2", "3", "4");
  }

  @Test
  void aSessionThatIsRevokedKeepsWhatItHasAndGetsNothing() {
    BrokerLab.Client owner = lab.client("s").persistent(100).joined().subscribe("a", 1);
    Session session = owner.session();
    owner.take();
    owner.lose();
    publish(lab, "a", "before");
    on(session, Session::revoke);
    on(session, Session::revoke); // once more is nothing
    publish(lab, "a", "meanwhile");
    assertThat(session.over()).isFalse();
    assertThat(session.queued()).isOne();
    assertThat(lab.core.subscriptions()).isZero();
    assertThat(lab.client("s").persistent(100).connect().sessionPresent()).isTrue();
    publish(lab, "a", "after");
    assertThat(session.connected()).isTrue();
    assertThat(lab.core.subscriptions()).isOne();
  }

  @Test
  void anOwnerWhoReturnsGetsWhatWaitedBeforeAndWhatComesAfter() {
    BrokerLab.Client owner = lab.client("s").persistent(100).joined().subscribe("a", 1);
    Session session = owner.session();
    on(session, Session::revoke);
    assertThat(owner.ended()).isTrue();
    assertThat(session.over()).isFalse();
    publish(lab, "a", "meanwhile");
    BrokerLab.Client again = lab.client("s").persistent(100).joined();
    publish(lab, "a", "after");
    assertThat(again.messages()).containsExactly("after");
  }

  @Test
  void aRevokedSessionEndsWithItsTime() {
    BrokerLab.Client owner = lab.client("s").persistent(100).joined().subscribe("a", 1);
    on(owner.session(), Session::revoke);
    lab.pass(ofSeconds(99));
    assertThat(lab.core.sessions()).isOne();
    lab.pass(ofSeconds(1));
    assertThat(lab.core.sessions()).isZero();
    assertThat(after().core.sessions()).isZero();
  }

  @Test
  void aRevokedMemberOfAGroupLeavesItsWorkToTheOthers() {
    BrokerLab.Client one = lab.client("one").persistent(100).joined().subscribe("$share/g/a", 1);
    BrokerLab.Client two = lab.client("two").joined().subscribe("$share/g/a", 1);
    two.take();
    on(one.session(), Session::revoke);
    for (String each : List.of("1", "2", "3")) publish(lab, "a", each);
    assertThat(two.messages()).containsExactly("1", "2", "3");
    two.lose();
    // Nobody is in the group: there is none for which this could wait.
    publish(lab, "a", "nobody's");
    BrokerLab.Client again = lab.client("one").persistent(100).joined();
    publish(lab, "a", "4");
    assertThat(again.messages()).containsExactly("4");
  }

  @Test
  void aGroupWhoseLastMemberWasRevokedIsKeptAgainAfterARestart() {
    BrokerLab.Client one = lab.client("one").persistent(100).joined().subscribe("$share/g/a", 1);
    on(one.session(), Session::revoke);
    BrokerLab second = after();
    publish(second, "a", "waits");
    BrokerLab third = after();
    assertThat(third.client("one").persistent(100).joined().messages()).containsExactly("waits");
  }

  /** All receivers have room or none gets it; who had been promised a place gives it back. */
  @Test
  void aPlaceThatIsNotNeededIsGivenBack() {
    with("session: { queue: { offline: 1, full: reject } }\n");
    for (String each : List.of("s1", "s2", "s3")) {
      lab.client(each)
          .persistent(100)
          .joined()
          .subscribe("all", 1)
          .subscribe("only/" + each, 1)
          .lose();
    }
    BrokerLab.Client p = lab.client("p").joined();
    for (String full : List.of("s1", "s2", "s3")) {
      p.publish("only/" + full, "x", 1, 1, Properties.EMPTY);
      assertThat(reason(p)).isEqualTo(ReasonCode.SUCCESS);
      p.publish("all", "y", 1, 2, Properties.EMPTY);
      assertThat(reason(p)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    }
    for (String each : List.of("s1", "s2", "s3")) {
      assertThat(lab.client(each).persistent(100).joined().messages()).containsExactly("x");
    }
  }

  private static ReasonCode reason(BrokerLab.Client publisher) {
    return ((Packet.Ack) publisher.only()).reason();
  }

  @Test
  void aRefusedRetainedMessageGivesItsPlacesBack() {
    with(
        """
        retained: { max_messages: 1 }
        session: { queue: { offline: 1, full: reject } }
        """);
    lab.client("s").persistent(100).joined().subscribe("a", 1).lose();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("other", "kept", 1, 1, true, Properties.EMPTY);
    p.take();
    p.publish("a", "one too many", 1, 2, true, Properties.EMPTY);
    assertThat(reason(p)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    p.publish("a", "not retained", 1, 3, Properties.EMPTY);
    assertThat(reason(p)).isEqualTo(ReasonCode.SUCCESS);
    assertThat(lab.count("limit.rejections", "limit", "mqtt_retained")).isOne();
  }

  @Test
  void aTraceSeesThePacketsOfASession() {
    Trace trace =
        lab.core
            .traces()
            .begin(
                new TraceWish(
                    Optional.of("s"), Optional.empty(), Optional.empty(), Duration.ofMinutes(1)))
            .orElseThrow();
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1);
    publish(lab, "a", "x");
    s.ack(PacketType.PUBACK, 1);
    assertThat(lab.core.traces().after(trace, 0, 99).lines())
        .extracting(line -> (line.received() ? "<" : ">") + line.packet())
        .containsExactly(">CONNACK", "<SUBSCRIBE", ">SUBACK", ">PUBLISH", "<PUBACK");
    assertThat(lab.core.traces().after(trace, 0, 99).lines())
        .extracting(TraceLine::clientId)
        .containsOnly("s");
  }

  @Test
  void whatHappensToASessionIsTold() {
    with("session: { queue: { offline: 1 } }\n");
    List<GatewayEvent> seen = new CopyOnWriteArrayList<>();
    try (var _ = lab.core.events().subscribe("test", 100, seen::add)) {
      BrokerLab.Client s = lab.client("s").persistent(100).joined().subscribe("a", 1);
      s.lose();
      for (int i = 0; i < 4; i++) publish(lab, "a", "m" + i);
      s.connect();
      s.disconnect(ReasonCode.SUCCESS);
      lab.pass(ofSeconds(100));
      BrokerLab.Client bad = lab.client("bad").joined();
      bad.send(Packet.PingResp.INSTANCE);
      await()
          .atMost(ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(seen.stream().map(SessionLifeTest::word))
                      .filteredOn(each -> !each.contains(" p "))
                      .containsExactly(
                          "connected s new",
                          "disconnected s kept lost",
                          "full s away",
                          "connected s resumed",
                          "disconnected s kept client",
                          "expired s",
                          "connected bad new",
                          "disconnected bad gone " + ReasonCode.PROTOCOL_ERROR.word()));
    }
  }

  private static String word(GatewayEvent event) {
    return switch (event) {
      case GatewayEvent.MqttConnected e ->
          "connected " + e.clientId() + (e.resumed() ? " resumed" : " new");
      case GatewayEvent.MqttDisconnected e ->
          "disconnected " + e.clientId() + (e.kept() ? " kept " : " gone ") + e.reason();
      case GatewayEvent.MqttQueueFull e ->
          "full " + e.clientId() + (e.connected() ? " there" : " away");
      case GatewayEvent.MqttSessionExpired e -> "expired " + e.clientId();
      default -> event.kind();
    };
  }
}
