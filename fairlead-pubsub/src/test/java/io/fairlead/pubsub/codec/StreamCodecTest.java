package io.fairlead.pubsub.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.pubsub.FakeNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages cut out of a stream, wherever the stream is cut. */
class StreamCodecTest {
  private static final String STREAM = "{\"a\":\"}\\\"]\"} \n[1,{}]{\"b\":[\"\\\\\"]}";

  @Test
  void jsonIsCutTheSameWhereverTheStreamIs() {
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      JsonStreamFramer framer = new JsonStreamFramer(1024);
      List<String> messages = new ArrayList<>();
      for (byte[] part :
          List.of(Arrays.copyOf(bytes, cut), Arrays.copyOfRange(bytes, cut, bytes.length)))
        assertThat(
                framer.feed(
                    Unpooled.wrappedBuffer(part),
                    message -> messages.add(new String(message, StandardCharsets.UTF_8))))
            .isEqualTo(JsonStreamFramer.Outcome.OK);
      assertThat(messages)
          .as("cut at " + cut)
          .containsExactly("{\"a\":\"}\\\"]\"}", "[1,{}]", "{\"b\":[\"\\\\\"]}");
    }
  }

  @Test
  void whatIsNoJsonOrTooLargeIsSaidSo() {
    assertThat(new JsonStreamFramer(99).feed(buffer("x{}"), _ -> {}))
        .isEqualTo(JsonStreamFramer.Outcome.NOT_JSON);
    assertThat(new JsonStreamFramer(9).feed(buffer("[1,2,3,4,5,6"), _ -> {}))
        .isEqualTo(JsonStreamFramer.Outcome.TOO_LARGE);
    assertThat(new JsonStreamFramer(9).feed(buffer("[1,2,3,4,5]"), _ -> {}))
        .isEqualTo(JsonStreamFramer.Outcome.TOO_LARGE);
  }

  private static ByteBuf buffer(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a reader told, in words. */
  private static final class Told implements FrameReader.Sink {
    final List<String> words = new ArrayList<>();

    @Override
    public void message(ByteBuf payload) {
      words.add(payload.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void ping(ByteBuf payload) {
      words.add("ping " + payload.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void pong() {
      words.add("pong");
    }

    @Override
    public void closing(int code, String reason) {
      words.add("close " + code + " " + reason);
    }
  }

  private static FrameReader reader() {
    return new FrameReader(UnpooledByteBufAllocator.DEFAULT, 100_000, 150_000);
  }

  @Test
  void framesAreCutTheSameWhereverTheStreamIs() {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(FakeNode.frame(1, "one".getBytes(StandardCharsets.UTF_8)));
    stream.writeBytes(FakeNode.frame(1, false, "tw".getBytes(StandardCharsets.UTF_8)));
    stream.writeBytes(FakeNode.frame(9, "p".getBytes(StandardCharsets.UTF_8)));
    stream.writeBytes(FakeNode.frame(0, true, "o".getBytes(StandardCharsets.UTF_8)));
    stream.writeBytes(FakeNode.frame(2, "x".repeat(200).getBytes(StandardCharsets.UTF_8)));
    stream.writeBytes(FakeNode.frame(10, new byte[0]));
    stream.writeBytes(FakeNode.frame(8, new byte[] {3, (byte) 0xe8, 'b'}));
    stream.writeBytes(FakeNode.frame(1, "late".getBytes(StandardCharsets.UTF_8)));
    byte[] bytes = stream.toByteArray();
    for (int cut = 0; cut <= bytes.length; cut++) {
      Told told = new Told();
      try (FrameReader reader = reader()) {
        assertThat(reader.feed(Unpooled.wrappedBuffer(bytes, 0, cut), told)).isNull();
        assertThat(reader.feed(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut), told))
            .isNull();
      }
      assertThat(told.words)
          .as("cut at " + cut)
          .containsExactly("one", "ping p", "two", "x".repeat(200), "pong", "close 1000 b");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'-127,-128', PROTOCOL", // masked
    "'-63,0', PROTOCOL", // a reserved bit
    "'-125,0', PROTOCOL", // an opcode nobody knows
    "'-128,0', PROTOCOL", // a continuation of nothing
    "'9,0', PROTOCOL", // a ping in fragments
    "'-119,126,0,126', PROTOCOL", // a long ping
    "'1,0,-127,0', PROTOCOL", // a message inside of a message
    "'-127,127,-1,0,0,0,0,0,0,0', PROTOCOL", // a negative length
    "'-127,127,0,0,0,0,64,0,0,0', TOO_LARGE",
    "'-127,127,0,0,0,0,0,2,0,0', TOO_LARGE"
  })
  void whatAServerMayNotSendEndsIt(String octets, FrameFault fault) {
    String[] numbers = octets.split(",");
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < bytes.length; i++) bytes[i] = Byte.parseByte(numbers[i]);
    try (FrameReader reader = reader()) {
      assertThat(reader.feed(Unpooled.wrappedBuffer(bytes), new Told())).isEqualTo(fault);
    }
  }

  @Test
  void fragmentsTogetherAreBoundedToo() {
    byte[] half = FakeNode.frame(1, false, new byte[90_000]);
    byte[] rest = FakeNode.frame(0, true, new byte[90_000]);
    try (FrameReader reader = reader()) {
      assertThat(reader.feed(Unpooled.wrappedBuffer(half), new Told())).isNull();
      assertThat(reader.feed(Unpooled.wrappedBuffer(rest), new Told()))
          .isEqualTo(FrameFault.TOO_LARGE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 65_535, 65_536, 70_001})
  void whatIsWrittenIsMaskedAndWhole(int length) {
    FrameWriter writer = new FrameWriter(UnpooledByteBufAllocator.DEFAULT, Randomness.seeded(7));
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) payload[i] = (byte) (i * 31);
    ByteBuf frame = writer.text(Unpooled.wrappedBuffer(payload));
    try {
      assertThat(frame.readUnsignedByte()).isEqualTo((short) 0x81);
      int second = frame.readUnsignedByte();
      assertThat(second & 0x80).isEqualTo(0x80);
      long said = second & 0x7f;
      if (said == 126) said = frame.readUnsignedShort();
      else if (said == 127) said = frame.readLong();
      assertThat(said).isEqualTo(length);
      byte[] mask = new byte[4];
      frame.readBytes(mask);
      byte[] unmasked = new byte[length];
      frame.readBytes(unmasked);
      for (int i = 0; i < length; i++) unmasked[i] ^= mask[i & 3];
      assertThat(unmasked).isEqualTo(payload);
      assertThat(frame.isReadable()).isFalse();
    } finally {
      frame.release();
    }
  }
}
