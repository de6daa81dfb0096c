package io.fairlead.pubsub.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.FakeNode;
import io.fairlead.pubsub.Packed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that a server compressed (RFC 7692); examples are those of its §7.2.3. */
class DeflatedFramesTest {
  private static final int PACKED = 0x40;
  private static final int MESSAGE_MAX = 100_000;

  private final List<String> told = new ArrayList<>();
  private final FrameReader reader = reader();

  private final FrameReader.Sink sink =
      new FrameReader.Sink() {
        @Override
        public void message(ByteBuf payload) {
          told.add(payload.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void ping(ByteBuf payload) {
          told.add("ping");
        }

        @Override
        public void pong() {}

        @Override
        public void closing(int code, String reason) {}
      };

  private static FrameReader reader() {
    FrameReader reader =
        new FrameReader(UnpooledByteBufAllocator.DEFAULT, MESSAGE_MAX, MESSAGE_MAX);
    reader.inflating();
    return reader;
  }

  private FrameFault feed(byte[] frame) {
    return reader.feed(Unpooled.wrappedBuffer(frame), sink);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f248cdc9c90700",
        "000500faff48656c6c6f00",
        "f348cdc9c9070000",
        "f348cdc9c90700",
        "f248050000 00ffffcac9c90700"
      })
  void everyWayToPackAMessageIsUnderstood(String digits) {
    assertThat(feed(FakeNode.frame(1 | PACKED, hex(digits.replace(" ", ""))))).isNull();
    assertThat(told).containsExactly("Hello");
    reader.close();
  }

  @Test
  void theNextMessageMayReferToTheOneBefore() {
    assertThat(feed(FakeNode.frame(1 | PACKED, hex("f248cdc9c90700")))).isNull();
    assertThat(feed(FakeNode.frame(1, "plain".getBytes(StandardCharsets.UTF_8)))).isNull();
    assertThat(feed(FakeNode.frame(1 | PACKED, hex("f200110000")))).isNull();
    assertThat(told).containsExactly("Hello", "plain", "Hello");
    reader.close();
  }

  @Test
  void fragmentsArePutTogetherFirst() {
    assertThat(feed(FakeNode.frame(1 | PACKED, false, hex("f248cd")))).isNull();
    assertThat(feed(FakeNode.frame(9, new byte[0]))).isNull();
    assertThat(feed(FakeNode.frame(0, true, hex("c9c90700")))).isNull();
    assertThat(told).containsExactly("ping", "Hello");
    reader.close();
  }

  @Test
  void whatWouldBeTooLargeEndsItHoweverLittleItIs() {
    byte[] bomb = Packed.of(new byte[64 * 1024 * 1024]);
    assertThat(bomb.length).isLessThan(MESSAGE_MAX);
    assertThat(feed(FakeNode.frame(2 | PACKED, bomb))).isEqualTo(FrameFault.TOO_LARGE);
    assertThat(told).isEmpty();
    reader.close();
  }

  @Test
  void aMessageAsLargeAsAllowedComesThrough() {
    assertThat(feed(FakeNode.frame(1 | PACKED, Packed.of(new byte[MESSAGE_MAX])))).isNull();
    assertThat(told).singleElement().satisfies(text -> assertThat(text).hasSize(MESSAGE_MAX));
    reader.close();
  }

  @Test
  void whatIsNotPackedRightEndsIt() {
    assertThat(feed(FakeNode.frame(1 | PACKED, hex("ffff")))).isEqualTo(FrameFault.PROTOCOL);
    reader.close();
  }

  @Test
  void onlyTheFirstFrameOfAMessageSaysThatItIsPacked() {
    assertThat(feed(FakeNode.frame(9 | PACKED, new byte[0]))).isEqualTo(FrameFault.PROTOCOL);
    FrameReader other = reader();
    other.feed(Unpooled.wrappedBuffer(FakeNode.frame(1 | PACKED, false, hex("f248cd"))), sink);
    assertThat(other.feed(Unpooled.wrappedBuffer(FakeNode.frame(PACKED, hex("c9c90700"))), sink))
        .isEqualTo(FrameFault.PROTOCOL);
    other.close();
    reader.close();
  }
}
