package io.fairlead.mqtt.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TracesTest {
  private final ManualClock clock = new ManualClock();
  private final Traces traces = new Traces(clock);

  private static TraceWish wish(String client, String topic, String address) throws Exception {
    return new TraceWish(
        Optional.of(client).filter(text -> !text.isEmpty()),
        topic.isEmpty()
            ? Optional.empty()
            : Optional.of(TopicFilter.of(topic, TopicLimits.DEFAULT)),
        Optional.of(address).filter(text -> !text.isEmpty()),
        Duration.ofSeconds(60));
  }

  private static Packet message(String topic, int bytes) {
    return new Packet.Publish(
        topic.getBytes(UTF_8), new byte[bytes], 1, true, true, 7, Properties.EMPTY);
  }

  private List<TraceLine> lines(Trace trace) {
    return traces.after(trace, 0, 100_000).lines();
  }

  @Test
  void itCatchesWhatWasWishedFor() throws Exception {
    Trace all = traces.begin(wish("", "", "")).orElseThrow();
    Trace client = traces.begin(wish("a", "", "")).orElseThrow();
    Trace topic = traces.begin(wish("", "x/+", "")).orElseThrow();
    Trace address = traces.begin(wish("", "", "10.0.0.2")).orElseThrow();

    traces.saw(true, "a", "10.0.0.1", message("x/1", 3));
    traces.saw(false, "b", "10.0.0.2", message("y", 4));
    traces.saw(true, "b", "10.0.0.2", Packet.PingReq.INSTANCE);
    Packet.Wish filter = new Packet.Wish("x/+", 1);
    traces.saw(true, "c", "10.0.0.3", new Packet.Subscribe(9, List.of(filter), Properties.EMPTY));
    traces.saw(
        true, "c", "10.0.0.3", new Packet.Unsubscribe(9, List.of("x/1", "z"), Properties.EMPTY));

    assertThat(lines(all)).extracting(TraceLine::number).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(lines(client)).extracting(TraceLine::packet).containsExactly("PUBLISH");
    assertThat(lines(topic))
        .extracting(TraceLine::packet)
        .containsExactly("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE");
    assertThat(lines(address)).extracting(TraceLine::packet).containsExactly("PUBLISH", "PINGREQ");
    TraceLine first = lines(all).getFirst();
    assertThat(first)
        .isEqualTo(
            new TraceLine(
                1,
                clock.wall(),
                true,
                "a",
                "10.0.0.1",
                "PUBLISH",
                7,
                Optional.of("x/1"),
                1,
                true,
                true,
                3,
                Optional.empty()));
  }

  @Test
  void aReasonIsToldWhereItIsNotSuccess() throws Exception {
    Trace trace = traces.begin(wish("", "", "")).orElseThrow();
    traces.saw(false, "a", "", new Packet.Ack(PacketType.PUBACK, 3, ReasonCode.SUCCESS));
    traces.saw(false, "a", "", new Packet.Ack(PacketType.PUBACK, 4, ReasonCode.QUOTA_EXCEEDED));
    traces.saw(
        false, "a", "", new Packet.SubAck(5, List.of(ReasonCode.GRANTED_QOS_1), Properties.EMPTY));

    assertThat(lines(trace))
        .extracting(TraceLine::packetId, TraceLine::word)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(3, Optional.empty()),
            org.assertj.core.groups.Tuple.tuple(4, Optional.of(ReasonCode.QUOTA_EXCEEDED.word())),
            org.assertj.core.groups.Tuple.tuple(5, Optional.of(ReasonCode.GRANTED_QOS_1.word())));
  }

  @Test
  void itEndsByItselfAndCanBeReadAfterwards() throws Exception {
    assertThat(traces.idle()).isTrue();
    Trace trace = traces.begin(wish("", "", "")).orElseThrow();
    assertThat(traces.idle()).isFalse();
    traces.saw(true, "a", "", Packet.PingReq.INSTANCE);
    clock.advance(Duration.ofSeconds(60));
    traces.saw(true, "a", "", Packet.PingReq.INSTANCE);

    assertThat(traces.idle()).isTrue();
    assertThat(traces.after(trace, 0, 10).over()).isTrue();
    assertThat(lines(trace)).hasSize(1);
    assertThat(traces.end(trace.id())).isTrue();
    assertThat(traces.end(trace.id())).isFalse();
    assertThat(traces.find(trace.id())).isEmpty();
  }

  @Test
  void theOldestLinesGiveWayAndThatIsTold() throws Exception {
    Trace trace = traces.begin(wish("", "", "")).orElseThrow();
    for (int i = 0; i < Trace.LINES_MAX + 10; i++) {
      traces.saw(true, "a", "", Packet.PingReq.INSTANCE);
    }

    Trace.Page page = traces.after(trace, 0, 5);
    assertThat(page.missed()).isEqualTo(10);
    assertThat(page.lines()).extracting(TraceLine::number).containsExactly(11L, 12L, 13L, 14L, 15L);
    assertThat(traces.after(trace, 15, 1).missed()).isZero();
    assertThat(lines(trace)).hasSize(Trace.LINES_MAX);
  }

  @Test
  void onlySoManyRunAtOnceAndOneThatIsOverMakesRoom() throws Exception {
    for (int i = 0; i < Traces.TRACES_MAX; i++)
      assertThat(traces.begin(wish("", "", ""))).isPresent();
    assertThat(traces.begin(wish("", "", ""))).isEmpty();
    clock.advance(Duration.ofSeconds(60));
    assertThat(traces.begin(wish("", "", ""))).isPresent();
    assertThat(traces.list()).hasSize(1);
  }

  @Test
  void itsTimeIsBounded() {
    assertThatThrownBy(
            () ->
                new TraceWish(
                    Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofHours(2)))
        .hasMessageContaining("time");
    assertThatThrownBy(
            () ->
                new TraceWish(Optional.empty(), Optional.empty(), Optional.empty(), Duration.ZERO))
        .hasMessageContaining("time");
  }
}
