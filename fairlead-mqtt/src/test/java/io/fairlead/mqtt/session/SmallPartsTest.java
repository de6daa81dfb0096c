package io.fairlead.mqtt.session;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.Rate;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.MemoryLimit;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of a session that need nothing but themselves. */
class SmallPartsTest {
  private static final Properties EXPLAINED =
      Properties.of()
          .with(PropertyId.REASON_STRING, "because")
          .user("k", "v")
          .with(PropertyId.SESSION_EXPIRY, 3)
          .build();
  private static final Properties BARE = Properties.of().with(PropertyId.SESSION_EXPIRY, 3).build();

  static List<Packet> answers() {
    return answers(EXPLAINED);
  }

  private static List<Packet> answers(Properties with) {
    return List.of(
        new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.QUOTA_EXCEEDED, with),
        new Packet.SubAck(2, List.of(ReasonCode.GRANTED_QOS_1), with),
        new Packet.UnsubAck(3, List.of(ReasonCode.SUCCESS), with),
        new Packet.Auth(ReasonCode.CONTINUE_AUTHENTICATION, with),
        new Packet.ConnAck(true, ReasonCode.SUCCESS, with),
        new Packet.Disconnect(ReasonCode.QUOTA_EXCEEDED, with));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void explanationsAreLeftOutWhereTheyAreNotWanted(Packet packet) {
    boolean always = packet instanceof Packet.ConnAck || packet instanceof Packet.Disconnect;
    Packet bare = answers(BARE).get(answers().indexOf(packet));
    assertThat(Explanations.fitting(packet, true, Long.MAX_VALUE)).contains(packet);
    assertThat(Explanations.fitting(packet, false, Long.MAX_VALUE))
        .contains(always ? packet : bare);
    assertThat(Explanations.fitting(bare, false, 1)).as("and is not sent").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("answers")
  void explanationsAreLeftOutWhereThePacketWouldBeTooLarge(Packet packet) {
    Packet bare = answers(BARE).get(answers().indexOf(packet));
    var out = Unpooled.buffer();
    PacketEncoder.encode(out, packet, MqttVersion.V5);
    int bytes = out.readableBytes();
    assertThat(Explanations.fitting(packet, true, bytes)).contains(packet);
    assertThat(Explanations.fitting(packet, true, bytes - 1L)).contains(bare);
  }

  @Test
  void whatHasNoExplanationGoesAsItIs() {
    assertThat(Explanations.fitting(Packet.PingResp.INSTANCE, false, 2))
        .containsSame(Packet.PingResp.INSTANCE);
    assertThat(Explanations.fitting(Packet.PingResp.INSTANCE, false, 1)).isEmpty();
    Packet onlyUser =
        new Packet.Ack(
            PacketType.PUBREL, 1, ReasonCode.SUCCESS, Properties.of().user("a", "b").build());
    assertThat(
            ((Packet.Ack) Explanations.fitting(onlyUser, false, 99).orElseThrow())
                .properties()
                .isEmpty())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    // bytes, packet: what is left of an answer to CONNECT with all it can do without
    "36, RECEIVE_MAXIMUM MAXIMUM_PACKET_SIZE TOPIC_ALIAS_MAXIMUM RESPONSE_INFO REASON_STRING",
    "35, RECEIVE_MAXIMUM MAXIMUM_PACKET_SIZE TOPIC_ALIAS_MAXIMUM RESPONSE_INFO",
    "26, RECEIVE_MAXIMUM MAXIMUM_PACKET_SIZE TOPIC_ALIAS_MAXIMUM RESPONSE_INFO",
    "25, RECEIVE_MAXIMUM MAXIMUM_PACKET_SIZE",
    "13, RECEIVE_MAXIMUM MAXIMUM_PACKET_SIZE",
    "12, ''",
    "1, ''"
  })
  void whatAClientCanDoWithoutGoesAfterWhatOnlyExplains(long most, String left) {
    Properties all =
        Properties.of()
            .with(PropertyId.RECEIVE_MAXIMUM, 100)
            .with(PropertyId.MAXIMUM_PACKET_SIZE, 1000)
            .with(PropertyId.TOPIC_ALIAS_MAXIMUM, 32)
            .with(PropertyId.RESPONSE_INFO, "answers")
            .with(PropertyId.REASON_STRING, "because")
            .build();
    Packet whole = new Packet.ConnAck(false, ReasonCode.SUCCESS, all);
    Optional<Packet> said = Explanations.fitting(whole, true, most);
    List<PropertyId> ids =
        Arrays.stream(left.split(" ")).filter(w -> !w.isEmpty()).map(PropertyId::valueOf).toList();
    assertThat(said.isPresent()).isEqualTo(!ids.isEmpty());
    if (said.isEmpty()) return;
    Properties kept = ((Packet.ConnAck) said.get()).properties();
    for (PropertyId id : PropertyId.values()) {
      assertThat(kept.has(id)).as("%s", id).isEqualTo(ids.contains(id));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "69, false, false, false",
    "70, true, false, false",
    "84, true, false, false",
    "85, true, true, false",
    "91, true, true, false",
    "92, true, true, true",
    "100, true, true, true"
  })
  void memoryHasThreeSteps(int percent, boolean clients, boolean droppable, boolean publishers) {
    AtomicLong used = new AtomicLong();
    MemoryBudget budget = new MemoryBudget(used::get);
    MemorySteps steps = new MemorySteps(budget);
    used.set(percent * 10_000L);
    budget.sample();
    assertThat(steps.refusesClients()).as("no limit").isFalse();
    budget.limit(new MemoryLimit.Bytes(new io.fairlead.core.unit.ByteSize(1_000_000)));
    budget.sample();
    assertThat(steps.refusesClients()).isEqualTo(clients);
    assertThat(steps.dropsDroppable()).isEqualTo(droppable);
    assertThat(steps.slowsPublishers()).isEqualTo(publishers);
  }

  @Test
  void placesArePromisedUpToTheBoundsAndNoFurther() {
    Places places = new Places();
    assertThat(places.promise(40, 3, 100)).isTrue();
    places.standing(1, 40);
    assertThat(places.promise(40, 3, 100)).as("bytes").isFalse();
    assertThat(places.promise(20, 3, 100)).isTrue();
    assertThat(places.promise(0, 3, 100)).as("messages").isFalse();
    places.release(40); // it stands now
    assertThat(places.promise(40, 3, 100)).isTrue();
    assertThat(places.promise(1, 3, 100)).isFalse();
    places.standing(0, 0);
    assertThat(places.promise(40, 3, 100)).isTrue();
    places.release(40);
    places.release(40);
    places.release(20);
    assertThat(places.promise(100, 1, 100)).isTrue();
    assertThat(places.promise(1, 1, 200)).isFalse();
  }

  @Test
  void numbersGivenToTopicsAreNoMoreThanAreWorthTheirMemory() {
    OutboundAliases few = new OutboundAliases(2);
    OutboundAliases many = new OutboundAliases(65_535);
    assertThat(new OutboundAliases(0).of(new byte[] {1})).isZero();
    for (int i = 0; i < OutboundAliases.MOST + 5; i++) {
      byte[] topic = {(byte) i, (byte) (i >> 8)};
      assertThat(few.of(topic)).isEqualTo(1 + i % 2);
      assertThat(few.fresh()).isTrue();
      assertThat(many.of(topic)).isEqualTo(1 + i % OutboundAliases.MOST);
      assertThat(many.of(topic.clone())).isEqualTo(1 + i % OutboundAliases.MOST);
      assertThat(many.fresh()).isFalse();
    }
  }

  @Test
  void aTopicTheClientWasNotToldAfterAllIsToldAgain() {
    OutboundAliases aliases = new OutboundAliases(5);
    byte[] topic = {7};
    assertThat(aliases.of(topic)).isOne();
    aliases.forget(topic);
    assertThat(aliases.of(topic)).isOne();
    assertThat(aliases.fresh()).isTrue();
    assertThat(aliases.of(topic)).isOne();
    assertThat(aliases.fresh()).isFalse();
  }

  @Test
  void aNumberGivenInVainIsGivenAgainAndNoneThatStandsForATopic() {
    OutboundAliases aliases = new OutboundAliases(2);
    byte[] first = {1};
    byte[] second = {2};
    byte[] never = {3};
    byte[] third = {4};
    assertThat(aliases.of(first)).isEqualTo(1);
    assertThat(aliases.of(second)).isEqualTo(2);
    assertThat(aliases.of(never)).isEqualTo(1); // the one used longest ago
    aliases.forget(never);
    assertThat(aliases.of(third)).isEqualTo(1);
    assertThat(aliases.fresh()).isTrue();
    assertThat(aliases.of(second)).isEqualTo(2);
    assertThat(aliases.fresh()).isFalse();
  }

  @Test
  void subscriptionsArePacedBySecondsNotByCalls() {
    SubscribePace pace = new SubscribePace();
    Optional<Rate> three = Optional.of(new Rate(3));
    long second = 1_000_000_000;
    assertThat(pace.take(Optional.empty(), 0)).isTrue();
    for (int i = 0; i < 3; i++) assertThat(pace.take(three, 5 * second)).isTrue();
    assertThat(pace.take(three, 5 * second)).isFalse();
    assertThat(pace.take(three, 5 * second + second / 4)).isFalse();
    assertThat(pace.take(three, 5 * second + second / 2)).isTrue();
    assertThat(pace.take(three, 5 * second + second / 2)).isFalse();
    for (int i = 0; i < 3; i++) assertThat(pace.take(three, 60 * second)).isTrue();
    assertThat(pace.take(three, 60 * second)).isFalse();
    assertThat(pace.take(Optional.empty(), 60 * second)).isTrue();
  }

  @Test
  void boundsThatAClientMetAreCountedByName() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    BrokerMeters meters = new BrokerMeters(new Meters(registry));
    meters.rejected(MqttLimit.PACKET);
    meters.rejected(MqttLimit.PACKET);
    meters.dropped(BrokerMeters.Drop.QUEUE_FULL);
    meters.dropped(BrokerMeters.Drop.EXPIRED);
    for (MqttLimit limit : MqttLimit.values()) {
      int expected = limit == MqttLimit.PACKET ? 2 : limit == MqttLimit.QUEUE ? 1 : 0;
      assertThat(
              registry
                  .get("fairlead.limit.rejections")
                  .tag("limit", limit.label())
                  .counter()
                  .count())
          .isEqualTo(expected);
    }
    assertThat(meters.droppedTotal()).isEqualTo(2);
    meters.matched(5_000_000);
    meters.delivered(7_000_000);
    assertThat(registry.get("fairlead.mqtt.match").timer().totalTime(MILLISECONDS)).isEqualTo(5);
    assertThat(registry.get("fairlead.mqtt.deliver").timer().totalTime(MILLISECONDS)).isEqualTo(7);
  }

  @Test
  void aClientMayNumberTopicsUpToItsMaximum() {
    InboundAliases aliases = new InboundAliases(5);
    assertThat(aliases.valid(0)).isFalse();
    assertThat(aliases.valid(1)).isTrue();
    assertThat(aliases.valid(5)).isTrue();
    assertThat(aliases.valid(6)).isFalse();
    assertThat(aliases.topic(3)).isNull();
    byte[] whole = new byte[65_536];
    assertThat(aliases.name(3, whole)).isTrue();
    assertThat(aliases.name(3, whole)).isTrue();
    assertThat(aliases.topic(3)).isSameAs(whole);
    assertThat(aliases.topic(2)).isNull();
    assertThat(aliases.name(2, new byte[1])).isFalse();
    byte[] less = new byte[65_535];
    assertThat(aliases.name(3, less)).isTrue();
    assertThat(aliases.name(2, new byte[1])).isTrue();
    assertThat(aliases.name(1, new byte[1])).isFalse();
  }
}
