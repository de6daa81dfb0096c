package io.fairlead.net.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.ConnectionRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Arbitrary bytes behind a proper beginning: no exception, every request ends, nothing leaks. */
class FrameFuzzTest {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(US_ASCII);

  @FuzzTest
  void frames(byte[] input) {
    run(input);
  }

  /** A request with a body that a client takes back in the middle. */
  @Test
  void aRequestTakenBackEnds() {
    byte[] block = new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 1, 'a'};
    byte[] frames =
        Unpooled.buffer()
            .writeMedium(block.length)
            .writeByte(1)
            .writeByte(4)
            .writeInt(1)
            .writeBytes(block)
            .writeMedium(3)
            .writeByte(0)
            .writeByte(0)
            .writeInt(1)
            .writeBytes(new byte[3])
            .writeMedium(4)
            .writeByte(3)
            .writeByte(0)
            .writeInt(1)
            .writeInt(8)
            .array();
    assertThat(run(java.util.Arrays.copyOf(frames, 9 + block.length + 9 + 3 + 9 + 4))).isEqualTo(1);
  }

  /** Returns the number of requests that were handled. */
  private static int run(byte[] input) {
    Clock clock = Clock.system();
    Meters meters = new Meters(new SimpleMeterRegistry());
    EmbeddedChannel channel = new EmbeddedChannel();
    NegotiatedEdge edge =
        new NegotiatedEdge(
            new Http1Edge(clock, meters), clock, meters, Randomness.seeded(input.length));
    ConnectionRegistry registry = new ConnectionRegistry(clock, meters);
    NegotiatedEdge.allowCleartext(channel);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    edge.attach(
        channel,
        registry.register(channel, "fuzz", new InetSocketAddress("127.0.0.1", 1)),
        HttpSettings.DEFAULTS.withHttp2(Http2Limits.DEFAULTS.withExtendedConnect(true)),
        exchange -> {
          begun.incrementAndGet();
          exchange.onEnd(ended::incrementAndGet);
          handle(exchange);
        },
        Unpooled.wrappedBuffer(PREFACE));
    channel.writeInbound(Unpooled.copiedBuffer(input));
    channel.checkException();
    channel.close();
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
    assertThat(ended).hasValue(begun.get());
    return begun.get();
  }

  /** Sends a body back; answers a web socket with an error. */
  private static void handle(ServerExchange exchange) {
    if (exchange.head().upgradesToWebSocket()) {
      exchange.respond(Answer.error(400, "no", "no"));
      return;
    }
    exchange.respond(200, new FieldEdits(), BodyLength.CHUNKED);
    exchange.readBody(
        new BodyReceiver() {
          @Override
          public void onData(ByteBuf data) {
            exchange.write(data);
          }

          @Override
          public void onEnd() {
            exchange.finish();
          }

          @Override
          public void onFailed(int status, String code) {
            exchange.abort();
          }
        });
  }
}
