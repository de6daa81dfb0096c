package io.fairlead.pubsub.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a node sends: ranges lie within the message, nothing throws, bounds hold. */
class WireFuzzTest {
  private static final String SAMPLE =
      "{\"jsonrpc\":\"2.0\",\"id\":\"7\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":"
          + "\"0x0aF\",\"result\":{\"a\":[1,2,{\"b\":\"\\\"}\"}]}},\"error\":null}";

  @FuzzTest(maxDuration = "60s")
  void neverThrows(byte[] bytes) {
    check(bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = SAMPLE.getBytes(StandardCharsets.US_ASCII);
      for (int n = random.nextInt(5); n > 0; n--)
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean()
                    ? random.nextInt(256)
                    : "{}[]\",:\\07".charAt(random.nextInt(10)));
      check(bytes);
    }
  }

  private static void check(byte[] bytes) {
    EnvelopeScanner scanner = new EnvelopeScanner();
    switch (scanner.scan(bytes, 0, bytes.length)) {
      case NOTIFICATION -> {
        within(scanner.subscriptionFrom(), scanner.subscriptionTo(), bytes.length);
        new ServerIdKey().read(bytes, scanner.subscriptionFrom(), scanner.subscriptionTo());
        if (scanner.hasResult()) within(scanner.resultFrom(), scanner.resultTo(), bytes.length);
      }
      case RESPONSE -> {
        assertThat(scanner.id()).isNotNegative();
        if (scanner.hasResult()) within(scanner.resultFrom(), scanner.resultTo(), bytes.length);
        if (scanner.hasError()) within(scanner.errorFrom(), scanner.errorTo(), bytes.length);
      }
      case LONE_ERROR -> within(scanner.errorFrom(), scanner.errorTo(), bytes.length);
      case OTHER, REJECTED -> {}
    }
    new JsonStreamFramer(64)
        .feed(Unpooled.wrappedBuffer(bytes), each -> assertThat(each.length).isLessThan(65));
    try (FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT, 64, 96)) {
      reader.feed(Unpooled.wrappedBuffer(bytes), new Bounded());
    }
    try (FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT, 64, 96)) {
      reader.inflating();
      reader.feed(Unpooled.wrappedBuffer(bytes), new Bounded());
    }
  }

  private static void within(int from, int to, int length) {
    assertThat(from).isBetween(0, length);
    assertThat(to).isBetween(from + 1, length);
  }

  private static final class Bounded implements FrameReader.Sink {
    @Override
    public void message(ByteBuf payload) {
      assertThat(payload.readableBytes()).isLessThanOrEqualTo(96);
    }

    @Override
    public void ping(ByteBuf payload) {
      assertThat(payload.readableBytes()).isLessThanOrEqualTo(125);
    }

    @Override
    public void pong() {}

    @Override
    public void closing(int code, String reason) {
      assertThat(code).isBetween(0, 65_535);
    }
  }
}
