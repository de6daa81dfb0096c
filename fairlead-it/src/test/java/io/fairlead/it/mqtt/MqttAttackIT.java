package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.testkit.CostsAtMost;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Clients that mean harm. Each test bounds what they may cost, in memory and processor time, the
 * attackers' own part included, and ends with somebody else being served as usual.
 */
class MqttAttackIT {
  private static final String FREE = "publish_rate: off, publish_bytes: off";
  private static final int MEBI = 1024 * 1024;

  /** Network buffers that any of these may leave asked for. */
  private static final long BUFFERS_MOST = 32L * MEBI;

  private final List<Peer> peers = new ArrayList<>();
  private EmbeddedBroker broker =
      EmbeddedBroker.start("limits: { " + FREE + " }\n", builder -> builder);

  private long buffersBefore; // of the process: what brokers before this one asked for stays

  @BeforeEach
  void begin() {
    buffersBefore = broker.bufferBytes();
  }

  @AfterEach
  void stop() throws IOException {
    long buffers = broker.bufferBytes() - buffersBefore;
    for (Peer peer : peers) peer.close();
    broker.close();
    assertThat(buffers).as("buffers asked for").isLessThan(BUFFERS_MOST);
  }

  private void with(String yaml) {
    broker.close();
    broker = EmbeddedBroker.start(yaml, builder -> builder);
  }

  private Peer open(Version version) throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), version);
    peers.add(peer);
    return peer;
  }

  private Peer join(String id) throws IOException {
    return join(Connect.of(Version.V5, id));
  }

  private Peer join(Connect connect) throws IOException {
    Peer peer = open(connect.version());
    peer.connect(connect);
    return peer;
  }

  private void othersAreServed() throws IOException {
    Peer subscriber = join("other-s").subscribe("other/topic", 1);
    join("other-p").publish("other/topic", "served", 1);
    subscriber.message("served");
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aLengthAloneReservesNoMemory() throws Exception {
    long before = broker.bufferBytes();
    for (int i = 0; i < 50; i++) {
      open(Version.V5).send("10 FF FF FF 7F").eof(); // beyond limits.connect_packet
      open(Version.V5).send("10 80 80 03"); // 48 KiB, of which nothing comes
      join("c" + i).send("30 FF FF 3F 00 01 61"); // 1 MiB, of which little comes
    }

    othersAreServed();
    assertThat(broker.bufferBytes() - before).isLessThan(50 * 64 * 1024L);
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aPacketInSmallPiecesCostsNoMoreThanItsBytes() throws Exception {
    Peer publisher = join("p");
    byte[] packet = Frames.publish(Version.V5, "t", "x".repeat(MEBI - 64), 1, 1);
    for (int from = 0; from < packet.length; from += 64)
      publisher.send(
          java.util.Arrays.copyOfRange(packet, from, Math.min(packet.length, from + 64)));
    publisher.next(Packet.PUBACK);

    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void manyUserPropertiesAreRefusedCheaply() throws Exception {
    Props many = Props.none();
    for (int i = 0; i < 60_000; i++) many.user("a", "b");
    for (int i = 0; i < 20; i++) {
      Peer peer = join("p");
      peer.send(Frames.publish("t", "x", 1, 1, many));
      Packet answer = peer.next();
      assertThat(answer.code()).isGreaterThanOrEqualTo(0x80);
    }

    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void packetsThatOnlyAServerSendsEndTheConnection() throws Exception {
    for (String hex :
        List.of("20 03 00 00 00", "90 04 00 01 00 00", "B0 04 00 01 00 00", "D0 00")) {
      join("c").send(hex).dropped(0x81, 0x82);
    }
    join("c").send("30 03 00 00 00").dropped(0x81, 0x82); // an empty topic, no alias
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aReceiverThatDoesNotReadCostsItsQueueAndNoMore() throws Exception {
    with("limits: { " + FREE + " }\nsession: { queue: { online: 100, online_bytes: 1MiB } }\n");
    Peer stalled = join(Connect.of(Version.V5, "stalled")).subscribe("t", 0);
    Peer stalledToo = join(Connect.of(Version.V5, "stalled-too")).subscribe("t", 1);
    Peer publisher = join("p");
    String payload = "x".repeat(64 * 1024);
    long before = broker.bufferBytes();
    for (int i = 0; i < 1_000; i++)
      publisher.send(Frames.publish(Version.V5, "t", payload, 1, 1)).next(Packet.PUBACK);

    assertThat(broker.count("mqtt.dropped")).isPositive();
    assertThat(broker.bufferBytes() - before).isLessThan(32L * MEBI);
    othersAreServed();
    stalled.close();
    stalledToo.close();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aWebSocketFrameThatLiesAboutItsLengthHarmsNobody() throws Exception {
    for (String hex :
        List.of(
            "82 FF FF FF FF FF FF FF FF FF 11 22 33 44", // 2^64 - 1
            "82 FF 80 00 00 00 00 00 00 00 11 22 33 44", // the highest bit
            "82 FF 00 00 00 00 7F FF FF FF 11 22 33 44", // 2 GiB
            "82 04 10 10 10 10", // not masked
            "F2 80 11 22 33 44", // reserved bits
            "83 80 11 22 33 44")) { // a reserved kind of frame
      RawClient tcp = RawClient.connect(broker.port(Transport.WEBSOCKET));
      Peer peer = new Peer(WsLink.open(tcp, "/mqtt"), Version.V5);
      peers.add(peer);
      tcp.send(Bytes.hex(hex));
      tcp.drainToEnd();
    }
    // More MQTT than its frame holds: the rest is waited for, no longer than a frame may take.
    RawClient tcp = RawClient.connect(broker.port(Transport.WEBSOCKET));
    Peer short1 = new Peer(WsLink.open(tcp, "/mqtt"), Version.V5);
    peers.add(short1);
    short1.connect(Connect.of(Version.V5, "ws"));
    short1.send("30 7F 00 01 61");
    short1.silent(Duration.ofMillis(100));
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aRefusedClientDoesNotKeepItsSocket() throws Exception {
    with("limits: { " + FREE + " }\nanonymous: false\n");
    for (int i = 0; i < 50; i++)
      assertThat(open(Version.V5).send(Connect.of(Version.V5, "c").bytes()).next().code())
          .isGreaterThanOrEqualTo(0x80);

    // Nobody of them closes; the broker does.
    await().atMost(Duration.ofSeconds(5)).until(() -> broker.connections() == 0);
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void slowHeadsAndSlowFramesAreCut() throws Exception {
    with("protocol: { connect_timeout: 500ms, frame_timeout: 500ms }\n");
    for (int i = 0; i < 50; i++) open(Version.V5).send("10 20 00 04");
    Peer slow = join("slow").send("30 20 00 01 61");

    slow.link().tcp().timeout(Duration.ofSeconds(5));
    slow.link().tcp().drainToEnd();
    await().atMost(Duration.ofSeconds(5)).until(() -> broker.connections() == 0);
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aStormOfTakeoversLeavesOneConnection() throws Exception {
    List<Peer> storm = new ArrayList<>();
    for (int i = 0; i < 200; i++)
      storm.add(open(Version.V5).send(Connect.of(Version.V5, "same").persistent().bytes()));

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(broker.broker().connected()).isOne());
    await().atMost(Duration.ofSeconds(10)).until(() -> broker.connections() == 1);
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void retainedMessagesAreBounded() throws Exception {
    with("limits: { " + FREE + " }\nretained: { max_messages: 50 }\n");
    Peer publisher = join("p");
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      publisher.send(Frames.retained(Version.V5, "r/" + i, "x", 1, 1));
      if (publisher.next(Packet.PUBACK).code() == 0x97) refused++;
    }
    // What the broker itself retains below $SYS takes nobody's place.
    assertThat(refused).isEqualTo(150);
    publisher.retain("r/3", "newer", 1);
    Peer reader = join("reader").subscribe("r/#", 0);

    for (int i = refused; i < 200; i++) assertThat(reader.message().retain()).isTrue();
    reader.ping();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void subscriptionsAreBounded() throws Exception {
    with("limits: { " + FREE + ", subscriptions: 100, subscriptions_total: 150 }\n");
    Peer one = join("one");
    Peer two = join("two");
    int granted = 0;
    for (Peer peer : List.of(one, two)) {
      for (int i = 0; i < 120; i++) {
        // As many groups as filters, each with a chain of wildcards.
        String filter = "$share/g" + i + "/" + "+/".repeat(i % 6) + "x" + i;
        peer.send(Frames.subscribe(Version.V5, 1, filter, 0));
        int code = peer.next(Packet.SUBACK).code();
        if (code == 0) granted++;
        else assertThat(code).isEqualTo(0x97);
      }
    }
    assertThat(granted).isEqualTo(150);
    one.send(Frames.subscribe(Version.V5, 1, "+/".repeat(12) + "x", 0));
    assertThat(one.next(Packet.SUBACK).code()).isIn(0x8F, 0x97);
  }

  /** As many filters as one packet holds: those beyond the bound are refused, each by itself. */
  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aPacketOfFiltersCostsNoMoreThanItsBound() throws Exception {
    Object[] filters = new Object[2 * 20_000];
    for (int i = 0; i < filters.length; i += 2) {
      filters[i] = "f" + i;
      filters[i + 1] = 0;
    }
    byte[] packet = Frames.subscribe(Version.V5, 1, filters);
    for (int i = 0; i < 2; i++) {
      List<Integer> codes = join("c" + i).send(packet).next(Packet.SUBACK).codes();
      assertThat(codes.subList(0, 200)).containsOnly(0);
      assertThat(codes.subList(200, codes.size())).hasSize(19_800).containsOnly(0x97);
    }
    othersAreServed();
  }

  /** Who subscribes and unsubscribes all the time leaves nothing behind. */
  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void subscriptionsThatComeAndGoLeaveNothing() throws Exception {
    Peer churn = join("churn");
    for (int round = 0; round < 20; round++) {
      Bytes burst = new Bytes();
      for (int i = 0; i < 200; i++) {
        String filter = "$share/g" + round + "/" + round + "/+/" + i;
        burst.raw(Frames.subscribe(Version.V5, 1, filter, 1));
        burst.raw(Frames.unsubscribe(Version.V5, 2, filter));
      }
      churn.send(burst.toArray());
      for (int i = 0; i < 200; i++) {
        assertThat(churn.next(Packet.SUBACK).code()).isOne();
        assertThat(churn.next(Packet.UNSUBACK).code()).isZero();
      }
    }
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void connectionsThatNeverSayAnythingHoldNobodyUp() throws Exception {
    for (int i = 0; i < 150; i++) open(Version.V5);
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aFloodOfWillsArrivesAndEnds() throws Exception {
    Peer watcher = join("w").subscribe("will/#", 0);
    List<Peer> dying = new ArrayList<>();
    for (int i = 0; i < 100; i++)
      dying.add(join(Connect.of(Version.V5, "d" + i).will("will/" + i, "gone", 0, false)));
    for (Peer peer : dying) peer.crash();

    for (int i = 0; i < 100; i++) watcher.message("gone");
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aReceiverThatNeverAcknowledgesHoldsOneWindow() throws Exception {
    with("limits: { " + FREE + " }\nsession: { max_inflight: 50, queue: { online: 100 } }\n");
    Peer silent = join(Connect.of(Version.V5, "silent")).subscribe("t", 1);
    Peer publisher = join("p");
    for (int i = 0; i < 500; i++)
      publisher.send(Frames.publish(Version.V5, "t", "n" + i, 1, 1)).next(Packet.PUBACK);

    for (int i = 0; i < 50; i++) assertThat(silent.next(Packet.PUBLISH).text()).isEqualTo("n" + i);
    silent.ping();
    assertThat(broker.count("mqtt.dropped")).isEqualTo(350);
  }

  /** Before version 5 nothing bounds what a client leaves open but the number of ids there are. */
  @Test
  @CostsAtMost(processorMillis = 8_000, heapMebi = 48)
  void idsThatAreNeverReleasedCostABitEach() throws Exception {
    Peer listener = join("l").subscribe("t", 0);
    Peer publisher = join(Connect.of(Version.V3, "p"));
    long before = broker.bufferBytes();
    Bytes burst = new Bytes();
    for (int id = 1; id <= 65_535; id++) {
      burst.raw(Frames.publish(Version.V3, "other", "", 2, id));
      if (id % 500 == 0 || id == 65_535) {
        publisher.send(burst.toArray());
        burst = new Bytes();
        for (int got = id - (id - 1) % 500; got <= id; got++) publisher.next(Packet.PUBREC);
      }
    }
    // Every id is known now: none of these is a message.
    for (int id = 1; id <= 65_535; id += 4_096) {
      publisher.send(Frames.publish(Version.V3, "t", "again", 2, id)).next(Packet.PUBREC);
    }
    listener.ping();
    assertThat(broker.bufferBytes() - before).isLessThan(8L * MEBI);
    othersAreServed();
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void everyCombinationOfWildcardsCostsNoMoreThanItsMatches() throws Exception {
    for (int client = 0; client < 2; client++) {
      Peer peer = join("w" + client);
      for (int mask = client * 128; mask < client * 128 + 128; mask++) {
        StringBuilder filter = new StringBuilder();
        for (int level = 0; level < 8; level++) {
          filter.append(level == 0 ? "" : "/").append((mask >> level & 1) == 1 ? "+" : "x");
        }
        peer.subscribe(filter.toString(), 0);
      }
    }
    Peer publisher = join("p");
    for (int i = 0; i < 500; i++) {
      // A name of its own each: nothing was matched before.
      publisher.publish("x/x/x/x/x/x/x/n" + i, "m", 1);
      publisher.publish("x/x/x/x/x/x/x/x", "m", 1);
    }

    othersAreServed();
  }

  /** Who has the name of somebody's session but not his account gets nothing of it. */
  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aSessionIsNobodyElses() throws Exception {
    broker.close();
    broker =
        EmbeddedBroker.start(
            "limits: { " + FREE + " }\n",
            builder ->
                builder.authenticator(
                    shown ->
                        CompletableFuture.completedFuture(
                            new MqttAuthenticator.Answer.Accepted(
                                shown.user().orElse("nobody"), Set.of()))));
    Connect ann = Connect.of(Version.V5, "device").user("ann").persistent();
    join(ann).subscribe("private", 1).disconnect();
    join(Connect.of(Version.V5, "p").user("p")).publish("private", "for ann", 1);
    for (Connect eve :
        List.of(
            Connect.of(Version.V5, "device").user("eve").persistent(),
            Connect.of(Version.V5, "device").user("eve"))) {
      Packet refused = open(Version.V5).send(eve.bytes()).next(Packet.CONNACK);
      assertThat(refused.code()).isEqualTo(0x87);
    }
    Peer back = open(Version.V5);
    back.connect(Connect.of(Version.V5, "device").user("ann").persistent());
    back.message("for ann");
  }

  @Test
  @CostsAtMost(processorMillis = 4_000, heapMebi = 48)
  void aForbiddenTopicReachesNobodyByAnyWay() throws Exception {
    broker.close();
    broker =
        EmbeddedBroker.start(
            "limits: { " + FREE + " }\n",
            builder ->
                builder
                    .authenticator(
                        shown ->
                            CompletableFuture.completedFuture(
                                new MqttAuthenticator.Answer.Accepted(
                                    shown.user().orElse("nobody"), Set.of())))
                    .authorizer(new SecretsForBossesOnly()));
    Peer boss = join(Connect.of(Version.V5, "boss").user("boss"));
    Connect away = Connect.of(Version.V5, "away").user("ann").persistent();
    join(away).subscribe("#", 1).disconnect();
    Peer live = join(Connect.of(Version.V5, "live").user("ann"));
    live.subscribe("#", 1).subscribe("+/plan", 1).subscribe("$share/g/#", 1);
    boss.retain("secret/plan", "no", 1).publish("secret/plan", "no", 1);
    join(Connect.of(Version.V5, "dying").user("boss").will("secret/plan", "no", 1, false)).crash();
    Peer late = join(Connect.of(Version.V5, "late").user("ann")).subscribe("#", 1);
    boss.publish("open", "yes", 1);

    // Twice for who is also the only member of the group.
    live.message("yes");
    live.message("yes");
    late.message("yes");
    Peer back = open(Version.V5);
    back.connect(Connect.of(Version.V5, "away").user("ann").persistent());
    back.message("yes");
    for (Peer peer : List.of(live, late, back)) peer.ping();
  }

  /** User {@code boss} may do everything; others may not be given what is below secret/. */
  private static final class SecretsForBossesOnly implements MqttAuthorizer {
    private static boolean may(MqttClient client, byte[] topic) {
      return client.principal().id().equals("boss")
          || !new String(topic, UTF_8).startsWith("secret/");
    }

    @Override
    public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
      return may(client, topic);
    }

    @Override
    public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
      return true;
    }

    @Override
    public boolean mayReceive(MqttClient client, byte[] topic) {
      return may(client, topic);
    }
  }
}
