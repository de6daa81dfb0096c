package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttBrokerBuilder;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.extension.BrokerServices;
import io.fairlead.mqtt.extension.MqttExtension;
import io.fairlead.mqtt.extension.PublishReviewer;
import io.fairlead.mqtt.store.Message;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.MemoryLimit;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * One test for each row of the broker in the table of {@code docs/limits.md}, named after it: what
 * the bound does, that it is counted, and that {@code off} lifts it. {@code LimitsTableTest} holds
 * the two together.
 */
public class MqttLimitsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final List<Peer> peers = new ArrayList<>();
  private @Nullable EmbeddedBroker broker;

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    if (broker != null) broker.close();
  }

  private void with(String yaml) throws IOException {
    with(yaml, builder -> builder);
  }

  private void with(String yaml, UnaryOperator<MqttBrokerBuilder> more) throws IOException {
    stop();
    peers.clear();
    broker = EmbeddedBroker.start(yaml, more);
  }

  private EmbeddedBroker broker() {
    EmbeddedBroker now = broker;
    if (now == null) throw new IllegalStateException("no broker");
    return now;
  }

  private double rejected(String label) {
    return broker().count("limit.rejections", "limit", label);
  }

  private void awaitRejected(String label) {
    await().atMost(SOON).untilAsserted(() -> assertThat(rejected(label)).isOne());
  }

  private Peer open(Version version) throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker().port(Transport.TCP))), version);
    peer.link().tcp().timeout(SOON);
    peers.add(peer);
    return peer;
  }

  private Peer join(Connect connect) throws IOException {
    Peer peer = open(connect.version());
    peer.connect(connect);
    return peer;
  }

  private Peer join(String id) throws IOException {
    return join(Connect.of(Version.V5, id));
  }

  private static UnaryOperator<MqttBrokerBuilder> everybodyIsWhoTheySay() {
    return builder ->
        builder.authenticator(
            shown ->
                CompletableFuture.completedFuture(
                    new MqttAuthenticator.Answer.Accepted(
                        shown.user().orElse("nobody"), Set.of())));
  }

  @Test
  void mqtt_packet() throws Exception {
    with("protocol: { max_packet: 1KiB }");
    String fits = "x".repeat(1024 - 3 - 3 - 2 - 1);
    Peer peer = join("p").publish("t", fits, 1);
    peer.send(Frames.publish(Version.V5, "t", fits + "x", 1, 1)).dropped(0x95);
    assertThat(rejected("mqtt_packet")).isOne();

    with("protocol: { max_packet: off }");
    join("p").publish("t", "x".repeat(2 * 1024 * 1024), 1);
    assertThat(rejected("mqtt_packet")).isZero();
  }

  @Test
  void mqtt_connect_packet() throws Exception {
    Connect large = Connect.of(Version.V5, "c").will("w", "x".repeat(65_000), 0, false);
    with("limits: { connect_packet: 1KiB }");
    open(Version.V5).send(large.bytes()).eof();
    assertThat(rejected("mqtt_connect_packet")).isOne();
    assertThat(rejected("mqtt_packet")).isZero();

    with("limits: { connect_packet: off }");
    join(large);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void mqtt_times() throws Exception {
    with(
        "protocol: { connect_timeout: 300ms, auth_timeout: 300ms, frame_timeout: 300ms }",
        builder -> builder.authenticator(_ -> new CompletableFuture<>()));
    open(Version.V5).eof(); // no byte
    open(Version.V5).send("10 20 00 04").eof(); // not the whole of it
    assertThat(rejected("mqtt_connect_time")).isEqualTo(2);
    open(Version.V5).send(Connect.of(Version.V5, "c").bytes()).eof(); // nobody decides
    assertThat(rejected("mqtt_auth_time")).isOne();

    with("protocol: { frame_timeout: 300ms }");
    join("f").send("30 20 00 01 61").dropped(0x80);
    assertThat(rejected("mqtt_frame_time")).isOne();
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void mqtt_keep_alive() throws Exception {
    with("protocol: { max_keep_alive: 1 }");
    Peer told = open(Version.V5);
    Packet answer = told.connect(Connect.of(Version.V5, "c").keepAlive(60));
    assertThat(answer.props().number(Props.SERVER_KEEP_ALIVE)).isOne();
    told.dropped(0x8D);
    assertThat(rejected("mqtt_keep_alive")).isOne();

    with("protocol: { max_keep_alive: off, allow_unlimited_keep_alive: false }");
    Peer longest = open(Version.V5);
    assertThat(
            longest
                .connect(Connect.of(Version.V5, "c").keepAlive(65_535))
                .props()
                .has(Props.SERVER_KEEP_ALIVE))
        .isFalse();
    Peer endless = open(Version.V5);
    answer = endless.connect(Connect.of(Version.V5, "d").keepAlive(0));
    assertThat(answer.props().number(Props.SERVER_KEEP_ALIVE)).isEqualTo(65_535);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void mqtt_stalled_receiver() throws Exception {
    with(
        """
        limits: { publish_rate: off, publish_bytes: off }
        session: { stall_timeout: 300ms, queue: { online: 5 } }
        """);
    Peer stalled = join("stalled").subscribe("t", 1);
    Peer publisher = join("p");
    String payload = "x".repeat(256 * 1024);
    await()
        .atMost(SOON)
        .until(
            () -> {
              publisher.publish("t", payload, 1);
              return rejected("mqtt_stall") == 1;
            });
    stalled.close();
  }

  /** Asks for version 3.1 under that client id. */
  private Peer ask31(String id) throws IOException {
    Connect connect = Connect.of(Version.V3, id);
    return open(Version.V3).send(Connect.packet(connect.head("MQIsdp", 3, 2), connect.payload()));
  }

  @Test
  void mqtt_client_ids() throws Exception {
    with("");
    assertThat(ask31("x".repeat(23)).hex(4)).isEqualTo("20 02 00 00");
    assertThat(ask31("x".repeat(24)).hex(4)).isEqualTo("20 02 00 02");
    assertThat(rejected("mqtt_client_id")).isOne();

    with("protocol: { v31_client_id_max: 30 }");
    assertThat(ask31("x".repeat(30)).hex(4)).isEqualTo("20 02 00 00");
    assertThat(ask31("x".repeat(31)).hex(4)).isEqualTo("20 02 00 02");
    assertThat(ask31("").hex(4)).as("is no id at all").isEqualTo("20 02 00 02");
    assertThat(rejected("mqtt_client_id")).isOne();

    with("protocol: { v31_client_id_max: off }");
    assertThat(ask31("x".repeat(60_000)).hex(4)).isEqualTo("20 02 00 00");
    assertThat(rejected("mqtt_client_id")).isZero();
  }

  @Test
  void version31IsGrantedNothingOrClosedForAFilterItMayNotRead() throws Exception {
    with("acl: { default: deny }\n");
    Peer closed = ask31("closed");
    assertThat(closed.hex(4)).isEqualTo("20 02 00 00");
    closed.send("82 06 00 01 00 01 61 01").eof();

    with("acl: { default: deny }\nprotocol: { v31_refused_subscribe: ack }\n");
    Peer granted = ask31("granted");
    assertThat(granted.hex(4)).isEqualTo("20 02 00 00");
    granted.send("82 06 00 01 00 01 61 01");
    assertThat(granted.hex(5)).as("QoS 0").isEqualTo("90 03 00 01 00");
    assertThat(broker().gauge("mqtt.subscriptions")).isZero();
    granted.send("C0 00");
    assertThat(granted.hex(2)).isEqualTo("d0 00");
  }

  @Test
  void mqtt_topics() throws Exception {
    with("limits: { topic_bytes: 10, topic_levels: 3, wildcards_per_filter: 1 }");
    join("p").publish("a/b/c", "", 1).publish("0123456789", "", 1);
    join("l").send(Frames.publish(Version.V5, "01234567890", "", 1, 1)).dropped(0x90);
    join("d").send(Frames.publish(Version.V5, "a/b/c/d", "", 1, 1)).dropped(0x90);
    open(Version.V5)
        .send(Connect.of(Version.V5, "w").will("a/b/c/d", "", 0, false).bytes())
        .refused(0x90);
    assertThat(rejected("mqtt_topic")).isEqualTo(3);
    join("x").send(Frames.publish(Version.V5, "a/+", "", 1, 1)).dropped(0x90);
    assertThat(rejected("mqtt_topic")).as("forbidden by the protocol").isEqualTo(3);
    Peer subscriber = join("s").subscribe("a/b/+", 0);
    subscriber.send(Frames.subscribe(Version.V5, 1, "a/b/c/d", 0, "01234567890", 0, "+/+", 0));
    assertThat(subscriber.next(Packet.SUBACK).codes()).containsExactly(0x97, 0x97, 0x97);
    assertThat(rejected("mqtt_topic")).isEqualTo(5);
    assertThat(rejected("mqtt_wildcards")).isOne();

    with("limits: { topic_bytes: off, topic_levels: off, wildcards_per_filter: off }");
    join("s").subscribe("+/".repeat(900) + "#", 0);
    join("p").publish("x".repeat(65_535), "", 1).publish("a/".repeat(1000), "", 1);
  }

  @Test
  void mqtt_user_properties() throws Exception {
    with("limits: { user_properties: 2 }");
    Props two = Props.none().user("a", "1").user("b", "2");
    join("p").exchange(Frames.publish("t", "", 1, 50_000, two), 1);
    Props three = two.user("c", "3");
    join("q").send(Frames.publish("t", "", 1, 1, three)).dropped(0x97);
    Props large = Props.none().user("a", "x".repeat(16 * 1024));
    join("r").send(Frames.publish("t", "", 1, 1, large)).dropped(0x97);
    assertThat(rejected("mqtt_user_properties")).isEqualTo(2);

    with("limits: { user_properties: off }");
    Props many = Props.none();
    for (int i = 0; i < 20_000; i++) many.user("key", "v");
    join("p").exchange(Frames.publish("t", "", 1, 50_000, many), 1);
  }

  @Test
  void mqtt_receive_maximum() throws Exception {
    with("protocol: { receive_maximum: 2 }");
    Peer peer = join("p");
    for (int id = 1; id <= 2; id++) {
      peer.send(Frames.publish(Version.V5, "t", "", 2, id)).next(Packet.PUBREC);
    }
    peer.send(Frames.publish(Version.V5, "t", "", 2, 3)).dropped(0x93);
    assertThat(rejected("mqtt_receive_maximum")).isOne();

    with("protocol: { receive_maximum: off }");
    Packet answer = open(Version.V5).connect(Connect.of(Version.V5, "p"));
    assertThat(answer.props().number(Props.RECEIVE_MAXIMUM)).isEqualTo(65_535);
  }

  @Test
  void mqtt_topic_aliases() throws Exception {
    with("protocol: { topic_alias_max: 3 }");
    join("p").send(aliased("t", 3)).send(aliased("t", 4)).dropped(0x94);
    assertThat(rejected("mqtt_topic_aliases")).isOne();
    join("z").send(aliased("t", 0)).dropped(0x94);
    assertThat(rejected("mqtt_topic_aliases")).as("forbidden by the protocol").isOne();

    with("protocol: { topic_alias_max: off }\nlimits: { topic_bytes: off }");
    Peer peer = join("p").send(aliased("t", 65_535));
    peer.send(aliased("x".repeat(65_535), 1), aliased("y", 2)).dropped(0x97);
    assertThat(rejected("mqtt_topic_aliases")).as("64 KiB of topics").isOne();
  }

  private static byte[] aliased(String topic, int alias) {
    return Frames.publish(topic, "", 0, 0, Props.none().u16(Props.ALIAS, alias));
  }

  @Test
  void mqtt_subscriptions() throws Exception {
    with("limits: { subscriptions: 2, subscriptions_total: 3 }");
    Peer one = join("1");
    one.send(Frames.subscribe(Version.V5, 1, "a", 0, "b", 0, "c", 0, "a", 0));
    assertThat(one.next(Packet.SUBACK).codes()).containsExactly(0, 0, 0x97, 0);
    assertThat(rejected("mqtt_subscriptions")).isOne();
    Peer two = join("2");
    two.send(Frames.subscribe(Version.V5, 1, "a", 0, "b", 0));
    assertThat(two.next(Packet.SUBACK).codes()).containsExactly(0, 0x97);
    assertThat(rejected("mqtt_subscriptions_total")).isOne();

    with("limits: { subscribe_rate: 2/s }");
    Peer fast = join("1");
    fast.send(Frames.subscribe(Version.V5, 1, "a", 0, "b", 0, "c", 0));
    assertThat(fast.next(Packet.SUBACK).codes()).containsExactly(0, 0, 0x97);
    assertThat(rejected("mqtt_subscribe_rate")).isOne();

    with("limits: { shared_groups: 1 }");
    Peer member = join("1");
    member.send(Frames.subscribe(Version.V5, 1, "$share/g/a", 0, "$share/h/a", 0));
    assertThat(member.next(Packet.SUBACK).codes()).containsExactly(0, 0x97);
    assertThat(rejected("mqtt_shared_groups")).isOne();

    with("limits: { subscriptions: off, subscriptions_total: off, subscribe_rate: off }");
    Peer free = join("1");
    for (int i = 0; i < 300; i++) free.send(Frames.subscribe(Version.V5, 1, "t/" + i, 0));
    for (int i = 0; i < 300; i++) assertThat(free.next(Packet.SUBACK).code()).isZero();
  }

  @Test
  void mqtt_sessions() throws Exception {
    with("limits: { sessions: 2, per_user: { sessions: 1 } }", everybodyIsWhoTheySay());
    join(Connect.of(Version.V5, "1").user("ann"));
    open(Version.V5).send(Connect.of(Version.V5, "2").user("ann").bytes()).refused(0x97);
    assertThat(rejected("mqtt_user_sessions")).isOne();
    join(Connect.of(Version.V5, "3").user("bob"));
    open(Version.V5).send(Connect.of(Version.V5, "4").user("eve").bytes()).refused(0x97);
    assertThat(rejected("mqtt_sessions")).isOne();

    with("limits: { sessions: off, per_user: { sessions: off } }", everybodyIsWhoTheySay());
    for (int i = 0; i < 5; i++) join(Connect.of(Version.V5, "" + i).user("ann"));
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void mqtt_publish_rates() throws Exception {
    String one = "publish_rate: 5/s, publish_bytes: off";
    for (String limits : List.of(one, "publish_bytes: 1KiB/s, publish_rate: off")) {
      with("limits: { " + limits + " }");
      burst(join("p"), 10, "x".repeat(300)).ping();
      assertThat(rejected("mqtt_publish_rate")).as(limits).isPositive();
      with(
          "limits: { publish_rate: off, publish_bytes: off, per_user: { " + limits + " } }",
          everybodyIsWhoTheySay());
      burst(join(Connect.of(Version.V5, "p").user("ann")), 10, "x".repeat(300)).ping();
      assertThat(rejected("mqtt_user_publish_rate")).as(limits).isPositive();
      assertThat(rejected("mqtt_publish_rate")).as(limits).isZero();
      with("limits: { publish_rate: off, publish_bytes: off, per_listener: { " + limits + " } }");
      burst(join("p"), 10, "x".repeat(300)).ping();
      assertThat(rejected("mqtt_listener_publish_rate")).as(limits).isPositive();
    }
  }

  /** PINGREQ waits behind what it may not send yet; it did not fall silent. */
  @Test
  void whoIsReadSlowlyIsNotTakenForSilent() throws Exception {
    with("limits: { publish_rate: 10/s, publish_bytes: off }");
    Peer peer = join(Connect.of(Version.V5, "p").keepAlive(1));
    burst(peer, 35, "x").ping(); // which takes two and a half seconds
    assertThat(rejected("mqtt_publish_rate")).isPositive();
    assertThat(rejected("mqtt_keep_alive")).isZero();
  }

  private static Peer burst(Peer peer, int count, String payload) throws IOException {
    Bytes all = new Bytes();
    for (int i = 0; i < count; i++) all.raw(Frames.publish(Version.V5, "t", payload, 0, 0));
    return peer.send(all.toArray());
  }

  @Test
  void mqtt_window() throws Exception {
    with("session: { max_inflight: 3, v3_inflight: 2 }");
    Peer rich = join("r").subscribe("t", 1);
    Peer old = join(Connect.of(Version.V3, "o")).subscribe("t", 1);
    Peer publisher = join("p");
    for (int i = 0; i < 5; i++) publisher.publish("t", "n" + i, 1);
    for (int i = 0; i < 3; i++) rich.next(Packet.PUBLISH);
    for (int i = 0; i < 2; i++) old.next(Packet.PUBLISH);
    rich.ping();
    old.ping();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(rejected("mqtt_window")).as("each once").isEqualTo(2));

    with("session: { max_inflight: off, v3_inflight: off }");
    Peer free = join(Connect.of(Version.V3, "o")).subscribe("t", 1);
    publisher = join("p");
    for (int i = 0; i < 1_100; i++) publisher.publish("t", "n" + i, 1);
    for (int i = 0; i < 1_100; i++) free.next(Packet.PUBLISH);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void mqtt_queues() throws Exception {
    for (String bound : List.of("offline: 3", "offline_bytes: 700")) {
      int lost = bound.startsWith("offline:") ? 2 : 5;
      with("session: { queue: { " + bound + ", full: drop_newest } }");
      join(Connect.of(Version.V5, "s").persistent()).subscribe("t", 1).disconnect();
      Peer publisher = join("p");
      for (int i = 0; i < 5; i++) publisher.publish("t", "x".repeat(700), 1);
      // On another event loop than the publisher's, perhaps.
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(rejected("mqtt_queue")).as(bound).isEqualTo(lost));
      Peer back = open(Version.V5);
      Packet answer = back.connect(Connect.of(Version.V5, "s").persistent());
      assertThat(answer.props().users()).containsExactly("fl-dropped=" + lost);
    }
    for (String bound : List.of("online: 3", "online_bytes: 700", "qos0: 3")) {
      with(
          "session: { max_inflight: 1, queue: { "
              + bound
              + " } }\nlimits: { publish_bytes: off, publish_rate: off }");
      int qos = bound.startsWith("qos0") ? 0 : 1;
      Peer slow = join("s").subscribe("t", qos);
      Peer publisher = join("p");
      String payload = "x".repeat(qos == 0 ? 60_000 : 130);
      await()
          .atMost(SOON)
          .until(
              () -> {
                for (int i = 0; i < 9; i++) publisher.publish("t", payload, qos);
                return rejected("mqtt_queue") > 0;
              });
      slow.close();
    }
    with("session: { queue: { offline: off, offline_bytes: off, online: off, qos0: off } }");
    join(Connect.of(Version.V5, "s").persistent()).subscribe("t", 1).disconnect();
    Peer publisher = join("p");
    for (int i = 0; i < 100; i++) publisher.publish("t", "n" + i, 1);
    Peer back = join(Connect.of(Version.V5, "s").persistent());
    for (int i = 0; i < 100; i++) back.message("n" + i);
  }

  @Test
  void mqtt_retained() throws Exception {
    for (String bound : List.of("max_messages: 1", "max_bytes: 300")) {
      with("retained: { " + bound + " }");
      Peer peer = join("p").retain("a", "x".repeat(100), 1);
      peer.send(Frames.retained(Version.V5, "b", "x".repeat(100), 1, 1));
      assertThat(peer.next(Packet.PUBACK).code()).isEqualTo(0x97);
      assertThat(rejected("mqtt_retained")).as(bound).isOne();
    }
    with("limits: { per_user: { retained: 1 } }", everybodyIsWhoTheySay());
    Peer ann = join(Connect.of(Version.V5, "a").user("ann")).retain("a", "x", 1);
    ann.send(Frames.retained(Version.V5, "b", "x", 1, 1));
    assertThat(ann.next(Packet.PUBACK).code()).isEqualTo(0x97);
    assertThat(rejected("mqtt_retained")).isOne();
    with("retained: { max_messages: off, max_bytes: off }");
    Peer peer = join("p");
    for (int i = 0; i < 20; i++) peer.retain("a/" + i, "x", 1);
  }

  @Test
  void mqtt_session_expiry() throws Exception {
    with("session: { max_expiry: 7s, v3_expiry: 5s }");
    Packet answer = open(Version.V5).connect(Connect.of(Version.V5, "c").persistent(3600));
    assertThat(answer.props().number(Props.SESSION_EXPIRY)).isEqualTo(7);
    assertThat(rejected("mqtt_session_expiry")).isOne();
    join(Connect.of(Version.V3, "old").persistent());
    assertThat(rejected("mqtt_session_expiry")).as("it asked for ever").isEqualTo(2);

    with("session: { max_expiry: off, v3_expiry: off }");
    answer = open(Version.V5).connect(Connect.of(Version.V5, "c").persistent(0xffff_ffffL));
    assertThat(answer.props().has(Props.SESSION_EXPIRY)).as("what it asked for").isFalse();
    assertThat(rejected("mqtt_session_expiry")).isZero();
    join(Connect.of(Version.V3, "old").persistent()).subscribe("t", 1).disconnect();
    join("p").publish("t", "kept", 1);
    join(Connect.of(Version.V3, "old").persistent()).message("kept");
  }

  @Test
  void mqtt_memory() throws Exception {
    AtomicLong used = new AtomicLong();
    MemoryBudget budget = new MemoryBudget(used::get);
    budget.limit(new MemoryLimit.Bytes(ByteSize.ofMebi(100)));
    with("", builder -> builder.budget(budget));
    Peer peer = join("p");
    used.set(ByteSize.ofMebi(86).bytes());
    budget.sample();
    open(Version.V5).send(Connect.of(Version.V5, "late").bytes()).refused(0x89);
    assertThat(rejected("mqtt_memory")).isOne();
    peer.publish("t", "lost", 0).ping();
    assertThat(rejected("mqtt_memory")).isEqualTo(2);
    used.set(ByteSize.ofMebi(93).bytes());
    budget.sample();
    peer.publish("t", "slower", 1);
    await().atMost(SOON).until(() -> rejected("mqtt_memory") == 3);
  }

  @Test
  void mqtt_unkept() throws Exception {
    SlowCommits store = new SlowCommits();
    with("limits: { publish_rate: off }", builder -> builder.store(store));
    Peer subscriber = join(Connect.of(Version.V5, "s").persistent());
    store.hold(); // what is committed from here on is not safe yet
    Bytes all = new Bytes();
    Peer publisher = join("p");
    for (int id = 1; id <= 80; id++) all.raw(Frames.retained(Version.V5, "t" + id, "x", 1, id));
    publisher.send(all.toArray());
    awaitRejected("mqtt_unkept");
    store.release();
    for (int id = 1; id <= 80; id++) publisher.next(Packet.PUBACK);
    subscriber.ping();
  }

  @Test
  void mqtt_awaited() throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    MqttExtension patient =
        new MqttExtension() {
          @Override
          public String name() {
            return "patient";
          }

          @Override
          public Optional<PublishReviewer> reviewsPublishes() {
            return Optional.of(
                (from, message, will) -> answer.thenApply(_ -> Optional.of(message)));
          }
        };
    with("limits: { publish_rate: off }", builder -> builder.extension(patient, Map.of()));
    Peer publisher = join("p");
    publisher.send(Frames.publish(Version.V5, "t", "x", 1, 1));
    awaitRejected("mqtt_awaited");
    Bytes all = new Bytes();
    for (int id = 2; id <= 50; id++) all.raw(Frames.publish(Version.V5, "t", "x", 1, id));
    publisher.send(all.toArray());
    answer.complete(null); // all others are answered at once
    for (int id = 1; id <= 50; id++) assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(id);
    publisher.ping();
    assertThat(rejected("mqtt_awaited")).isOne();
  }

  @Test
  void mqtt_extension_calls() throws Exception {
    AtomicReference<BrokerServices> given = new AtomicReference<>();
    MqttExtension greedy =
        new MqttExtension() {
          @Override
          public String name() {
            return "greedy";
          }

          @Override
          public void start(BrokerServices services) {
            given.set(services);
          }
        };
    SlowCommits store = new SlowCommits();
    with("", builder -> builder.store(store).extension(greedy, Map.of()));
    BrokerServices services = given.get();
    for (int i = 0; i < 10_000; i++) services.after(Duration.ofDays(1), () -> {});
    assertThatThrownBy(() -> services.after(Duration.ZERO, () -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(rejected("mqtt_extension_calls")).isOne();

    store.hold();
    Message kept =
        new Message(new byte[] {'t'}, new byte[1], 1, true, Properties.EMPTY, Message.NEVER, "");
    for (int i = 0; i < 10_000; i++) {
      var _ = services.publish(kept);
    }
    assertThat(services.publish(kept).toCompletableFuture())
        .isCompletedWithValue(ReasonCode.QUOTA_EXCEEDED);
    assertThat(rejected("mqtt_extension_calls")).isEqualTo(2);
    store.release();
    await()
        .atMost(SOON)
        .until(
            () -> services.publish(kept).toCompletableFuture().get() != ReasonCode.QUOTA_EXCEEDED);

    for (int i = 0; i < 1_000; i++) {
      services.subscribe("f/" + i, 0, _ -> {}).toCompletableFuture().get();
    }
    assertThat(services.subscribe("f", 0, _ -> {}).toCompletableFuture())
        .isCompletedExceptionally();
  }
}
