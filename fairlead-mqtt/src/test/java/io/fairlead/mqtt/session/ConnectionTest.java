package io.fairlead.mqtt.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.trace.Trace;
import io.fairlead.mqtt.trace.TraceLine;
import io.fairlead.mqtt.trace.TraceWish;
import io.fairlead.mqtt.trace.Traces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for one connection: how it ends, who sees what it says, what it may do. */
class ConnectionTest {
  private static final InetSocketAddress REMOTE = new InetSocketAddress("192.0.2.7", 4711);

  private final Written written = new Written();

  /** Remembers packets, and the end. */
  private static final class Written implements ConnectionOutput {
    final List<Packet> packets = new ArrayList<>();
    final List<Optional<Packet>> ends = new ArrayList<>();
    final ByteBuf bytes = Unpooled.buffer();
    boolean room = true;

    @Override
    public void send(Packet packet) {
      packets.add(packet);
    }

    @Override
    public ByteBuf buffer(int count) {
      return bytes;
    }

    @Override
    public void append(byte[] more) {
      bytes.writeBytes(more);
    }

    @Override
    public boolean writable() {
      return room;
    }

    @Override
    public void close(Optional<Packet> lastWord) {
      ends.add(lastWord);
    }
  }

  private static MqttClient client(SocketAddress remote) {
    return new MqttClient("c", Principal.of("ann"), Set.of(), remote);
  }

  private Connection connection(MqttVersion version, Properties wishes) {
    return connection(version, wishes, REMOTE);
  }

  private Connection connection(MqttVersion version, Properties wishes, SocketAddress remote) {
    Packet.Connect connect =
        new Packet.Connect(version, true, 0, "c", Optional.empty(), Optional.empty(), null, wishes);
    return new Connection(client(remote), connect, written, MqttConfig.DEFAULTS.protocol());
  }

  private Connection rich() {
    return connection(MqttVersion.V5, Properties.EMPTY);
  }

  private static Message message(String topic, String payload) {
    return new Message(
        topic.getBytes(UTF_8),
        payload.getBytes(UTF_8),
        1,
        false,
        Properties.EMPTY,
        Message.NEVER,
        "p");
  }

  private static void publish(Connection connection, Message message, boolean dup) {
    connection.publish(message, 1, dup, false, 3, new int[0], 0);
  }

  @ParameterizedTest
  @EnumSource(MqttVersion.class)
  void itEndsOnceAndTellsWhoUnderstands(MqttVersion version) {
    Connection connection = connection(version, Properties.EMPTY);
    assertThat(connection.endedBy()).isEqualTo("lost");
    assertThat(connection.writable()).isTrue();
    Properties where = Properties.of().with(PropertyId.SERVER_REFERENCE, "there").build();
    connection.end(ReasonCode.SERVER_MOVED, where);

    assertThat(written.ends)
        .containsExactly(
            version.rich()
                ? Optional.of(new Packet.Disconnect(ReasonCode.SERVER_MOVED, where))
                : Optional.empty());
    assertThat(connection.ended()).isTrue();
    assertThat(connection.writable()).isFalse();
    assertThat(connection.endedBy()).isEqualTo(ReasonCode.SERVER_MOVED.word());
    connection.end(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY);
    connection.end();
    connection.refuse(new Packet.ConnAck(false, ReasonCode.BANNED, Properties.EMPTY));
    connection.send(Packet.PingResp.INSTANCE);
    publish(connection, message("t", "x"), false);
    assertThat(written.ends).hasSize(1);
    assertThat(connection.endedBy()).isEqualTo(ReasonCode.SERVER_MOVED.word());
    assertThat(written.packets).isEmpty();
    assertThat(written.bytes.readableBytes()).isZero();
  }

  @Test
  void whoSaidGoodbyeIsToldNothing() {
    Connection connection = rich();
    connection.end();
    assertThat(written.ends).containsExactly(Optional.empty());
    assertThat(connection.ended()).isTrue();
    assertThat(connection.endedBy()).isEqualTo("client");
  }

  @ParameterizedTest
  @CsvSource({
    "V5, TOPIC_NAME_INVALID, true",
    "V3_1_1, TOPIC_NAME_INVALID, false",
    "V3_1_1, QUOTA_EXCEEDED, true",
    "V3_1, NOT_AUTHORIZED, true"
  })
  void aRefusalIsToldWhereTheVersionHasAWordForIt(
      MqttVersion version, ReasonCode reason, boolean told) {
    Connection connection = connection(version, Properties.EMPTY);
    Packet.ConnAck answer = new Packet.ConnAck(false, reason, Properties.EMPTY);
    connection.refuse(answer);
    assertThat(written.ends).containsExactly(told ? Optional.of(answer) : Optional.empty());
    assertThat(connection.ended()).isTrue();
  }

  @Test
  void itIsWritableWhereItsOutputIs() {
    Connection connection = rich();
    written.room = false;
    assertThat(connection.writable()).isFalse();
    written.room = true;
    assertThat(connection.writable()).isTrue();
  }

  @Test
  void explanationsAreOnlyForThoseWhoWantThem() {
    Packet explained =
        new Packet.Ack(
            PacketType.PUBACK,
            1,
            ReasonCode.QUOTA_EXCEEDED,
            Properties.of().with(PropertyId.REASON_STRING, "because").build());
    rich().send(explained);
    Properties none = Properties.of().with(PropertyId.REQUEST_PROBLEM_INFO, 0).build();
    connection(MqttVersion.V5, none).send(explained);
    connection(MqttVersion.V3_1_1, none).send(explained);
    assertThat(written.packets)
        .containsExactly(
            explained, new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.QUOTA_EXCEEDED), explained);
  }

  @Test
  void aTraceSeesWhatIsSaidAndToldFromWhenItBegins() throws Exception {
    ManualClock clock = new ManualClock();
    Traces traces = new Traces(clock);
    Connection connection = rich();
    connection.received(Packet.PingReq.INSTANCE); // nobody can look yet
    connection.tracedBy(traces);
    connection.received(Packet.PingReq.INSTANCE); // nobody does
    connection.send(Packet.PingResp.INSTANCE);
    publish(connection, message("before", "x"), false);
    Trace trace =
        traces
            .begin(
                new TraceWish(
                    Optional.of("c"),
                    Optional.empty(),
                    Optional.of("192.0.2.7"),
                    Duration.ofMinutes(1)))
            .orElseThrow();
    connection.received(Packet.PingReq.INSTANCE);
    connection.send(Packet.PingResp.INSTANCE);
    publish(connection, message("t", "abc"), true);
    connection.end(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY);

    List<TraceLine> lines = traces.after(trace, 0, 99).lines();
    assertThat(lines)
        .extracting(line -> (line.received() ? "<" : ">") + line.packet())
        .containsExactly("<PINGREQ", ">PINGRESP", ">PUBLISH", ">DISCONNECT");
    TraceLine message = lines.get(2);
    assertThat(message.topic()).contains("t");
    assertThat(message.packetId()).isEqualTo(3);
    assertThat(message.payloadBytes()).isEqualTo(3);
    assertThat(message.dup()).isTrue();
    assertThat(lines.get(3).word()).contains(ReasonCode.QUOTA_EXCEEDED.word());

    Connection refused = rich();
    refused.tracedBy(traces);
    refused.refuse(new Packet.ConnAck(false, ReasonCode.BANNED, Properties.EMPTY));
    assertThat(traces.after(trace, 4, 99).lines())
        .extracting(TraceLine::packet)
        .containsExactly("CONNACK");
    Connection nameless =
        connection(
            MqttVersion.V5,
            Properties.EMPTY,
            InetSocketAddress.createUnresolved("somewhere.example", 1));
    nameless.tracedBy(traces);
    nameless.received(Packet.PingReq.INSTANCE); // from another address
    assertThat(traces.after(trace, 5, 99).lines()).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    refused.received(Packet.PingReq.INSTANCE); // it is over
    assertThat(traces.after(trace, 5, 99).lines()).isEmpty();
  }

  @Test
  void aTraceNamesTheTopicThatANumberStandsFor() throws Exception {
    Traces traces = new Traces(new ManualClock());
    Connection connection = rich();
    connection.tracedBy(traces);
    connection.inbound().name(4, "the/topic".getBytes(UTF_8));
    Trace trace =
        traces
            .begin(
                new TraceWish(
                    Optional.empty(),
                    Optional.of(
                        TopicFilter.of("the/#", io.fairlead.mqtt.topic.TopicLimits.DEFAULT)),
                    Optional.empty(),
                    Duration.ofMinutes(1)))
            .orElseThrow();
    for (int alias : new int[] {4, 5}) {
      connection.received(
          new Packet.Publish(
              new byte[0],
              new byte[7],
              2,
              true,
              true,
              9,
              Properties.of().with(PropertyId.TOPIC_ALIAS, alias).build()));
    }
    List<TraceLine> lines = traces.after(trace, 0, 9).lines();
    assertThat(lines).hasSize(1);
    TraceLine line = lines.getFirst();
    assertThat(line.topic()).contains("the/topic");
    assertThat(List.of(line.qos(), line.packetId(), line.payloadBytes())).containsExactly(2, 9, 7);
    assertThat(line.retain()).isTrue();
    assertThat(line.dup()).isTrue();
  }

  @Test
  void rightsArePreparedOnceForEachWhoAndByWhom() {
    List<MqttClient> asked = new ArrayList<>();
    MqttAuthorizer first = counting(asked);
    MqttAuthorizer second = counting(asked);
    Connection connection = rich();
    MqttRights rights = connection.rights(first);
    assertThat(connection.rights(first)).isSameAs(rights);
    connection.become(connection.client());
    assertThat(connection.rights(first)).isSameAs(rights);
    assertThat(asked).hasSize(1);
    connection.rights(second);
    assertThat(asked).hasSize(2);
    MqttClient grouped = connection.client().in(Set.of("g"));
    connection.become(grouped);
    assertThat(connection.client()).isSameAs(grouped);
    connection.rights(second);
    assertThat(asked).hasSize(3).last().isSameAs(grouped);
    Connection inside = Connection.within(client(REMOTE), connection.connect(), written);
    assertThat(inside.rights(first)).isSameAs(MqttRights.ALL);
    assertThat(inside.inside()).isTrue();
    assertThat(connection.inside()).isFalse();
    assertThat(asked).hasSize(3);
  }

  private static MqttAuthorizer counting(List<MqttClient> asked) {
    return new MqttAuthorizer() {
      @Override
      public MqttRights rights(MqttClient client) {
        asked.add(client);
        return MqttAuthorizer.super.rights(client);
      }

      @Override
      public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
        return false;
      }

      @Override
      public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
        return false;
      }

      @Override
      public boolean mayReceive(MqttClient client, byte[] topic) {
        return false;
      }
    };
  }

  @Test
  void whatTheClientAsksForIsWhatHolds() {
    Connection plain = rich();
    assertThat(plain.receiveMaximum()).isEqualTo(65_535);
    assertThat(plain.inbound().valid(32)).isTrue();
    assertThat(plain.inbound().valid(33)).isFalse();
    assertThat(connection(MqttVersion.V3_1_1, Properties.EMPTY).inbound().valid(1))
        .as("numbers of topics are version 5's")
        .isFalse();
    Connection modest =
        connection(
            MqttVersion.V5,
            Properties.of()
                .with(PropertyId.RECEIVE_MAXIMUM, 7)
                .with(PropertyId.MAXIMUM_PACKET_SIZE, 30)
                .build());
    assertThat(modest.receiveMaximum()).isEqualTo(7);
    // Header 2, topic 3, id 2, properties 1.
    assertThat(modest.fits(message("t", "x".repeat(22)), 1, false, new int[0])).isTrue();
    assertThat(modest.fits(message("t", "x".repeat(23)), 1, false, new int[0])).isFalse();
    assertThat(modest.fits(message("t", "x".repeat(17)), 1, true, new int[0])).isTrue();
    assertThat(modest.fits(message("t", "x".repeat(18)), 1, true, new int[0])).isFalse();
    assertThat(modest.fits(message("t", "x".repeat(20)), 1, false, new int[] {5})).isTrue();
    assertThat(modest.fits(message("t", "x".repeat(21)), 1, false, new int[] {5})).isFalse();
    assertThat(plain.fits(message("t", "x".repeat(100_000)), 1, true, new int[] {5})).isTrue();
  }

  @Test
  void answersThatWaitAreCounted() {
    Connection connection = rich();
    AckLine.Place first = connection.acks().take();
    AckLine.Place second = connection.acks().take();
    assertThat(connection.unacknowledged()).isEqualTo(2);
    Packet one = new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.SUCCESS);
    Packet two = new Packet.Ack(PacketType.PUBACK, 2, ReasonCode.SUCCESS);
    connection.acks().answer(second, two);
    assertThat(written.packets).isEmpty();
    assertThat(connection.unacknowledged()).isEqualTo(2);
    List<String> delivered = new ArrayList<>();
    connection
        .acks()
        .answer(
            first,
            one,
            new Route() {
              @Override
              public ReasonCode reason() {
                return ReasonCode.SUCCESS;
              }

              @Override
              public void deliver() {
                delivered.add("before " + written.packets.size());
              }
            });
    assertThat(written.packets).containsExactly(one, two);
    assertThat(delivered).containsExactly("before 0");
    assertThat(connection.unacknowledged()).isZero();
    assertThat(connection.acks().size()).isZero();
  }

  @Test
  void anAddressThatIsNoneIsNoHindrance() throws Exception {
    Traces traces = new Traces(new ManualClock());
    Connection connection =
        connection(
            MqttVersion.V5,
            Properties.EMPTY,
            java.net.UnixDomainSocketAddress.of(Path.of("/run/a.sock")));
    connection.tracedBy(traces);
    Trace trace =
        traces
            .begin(
                new TraceWish(
                    Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofMinutes(1)))
            .orElseThrow();
    connection.received(Packet.PingReq.INSTANCE);
    assertThat(traces.after(trace, 0, 9).lines())
        .extracting(TraceLine::address)
        .containsExactly("");
  }
}
