package io.fairlead.libp2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.ProtoWriter;
import io.fairlead.testkit.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer may say on the streams of identify and ping, and what it may not. */
@ExtendWith(LeakWatch.class)
class NodeProtocolsTest {
  private final CompletableFuture<IdentifyMessage> said = new CompletableFuture<>();
  private final EmbeddedChannel stream = new EmbeddedChannel();

  @Test
  void messagesAreMergedUpToTheEnd() {
    reads(new IdentifyReader(said));
    for (int i = 0; i < 3; i++) send(Delimited.frame(protocol("/" + i)));
    assertThat(said).isNotDone();
    stream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertThat(said.join().protocols()).containsExactly("/0", "/1", "/2");
    assertThat(stream.isActive()).isFalse();
    stream.finishAndReleaseAll();
  }

  @Test
  void tenMessagesAreEnough() {
    reads(new IdentifyReader(said));
    ByteBuf many = Unpooled.buffer();
    for (int i = 0; i < 12; i++) many.writeBytes(Delimited.frame(protocol("/" + i)));
    stream.writeInbound(many);
    assertThat(said.join().protocols()).hasSize(10);
    assertThat(stream.isActive()).isFalse();
    stream.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(ints = {8193, 1 << 20})
  void aMessageTooLongEndsTheStream(int length) {
    reads(new IdentifyReader(said));
    ByteBuf frame = Unpooled.buffer();
    io.fairlead.libp2p.codec.Varint.write(length, frame);
    stream.writeInbound(frame);
    assertThat(said).isCompletedExceptionally();
    assertThat(stream.isActive()).isFalse();
    stream.finishAndReleaseAll();
  }

  @Test
  void whoSaysNothingHasFiveSeconds() {
    reads(new IdentifyReader(said));
    send(new byte[] {10});
    stream.advanceTimeBy(4900, TimeUnit.MILLISECONDS);
    stream.runScheduledPendingTasks();
    assertThat(said).isNotDone();
    stream.advanceTimeBy(200, TimeUnit.MILLISECONDS);
    stream.runScheduledPendingTasks();
    assertThat(said).isCompletedExceptionally();
    assertThat(stream.isActive()).isFalse();
    stream.finishAndReleaseAll();
  }

  @Test
  void anEndWithoutAWordIsAFailure() {
    reads(new IdentifyReader(said));
    stream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertThat(said).isCompletedExceptionally();
    stream.finishAndReleaseAll();
  }

  @Test
  void aPingMeasuresTheWayBack() {
    ManualClock clock = new ManualClock();
    CompletableFuture<Duration> result = new CompletableFuture<>();
    reads(new Pinging(clock, Randomness.system()).new Asker(result));
    ByteBuf sent = stream.readOutbound();
    assertThat(sent.readableBytes()).isEqualTo(32);
    clock.advance(Duration.ofMillis(7));
    stream.writeInbound(sent.readRetainedSlice(30));
    assertThat(result).isNotDone();
    stream.writeInbound(sent);
    assertThat(result.join()).isEqualTo(Duration.ofMillis(7));
    assertThat(stream.isActive()).isFalse();
    stream.finishAndReleaseAll();
  }

  @Test
  void otherBytesAndSilenceAreNoAnswer() {
    for (boolean silent : new boolean[] {false, true}) {
      EmbeddedChannel channel = new EmbeddedChannel();
      CompletableFuture<Duration> result = new CompletableFuture<>();
      channel
          .pipeline()
          .addLast(new Pinging(new ManualClock(), Randomness.system()).new Asker(result));
      channel.pipeline().fireChannelActive();
      if (silent) {
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
      } else {
        channel.writeInbound(Unpooled.buffer().writeZero(32));
      }
      assertThat(result)
          .failsWithin(Duration.ofSeconds(1))
          .withThrowableThat()
          .withCauseInstanceOf(IOException.class);
      assertThat(channel.isActive()).isFalse();
      channel.finishAndReleaseAll();
    }
  }

  private void reads(io.netty.channel.ChannelHandler handler) {
    stream.pipeline().addLast(handler);
    stream.pipeline().fireChannelActive();
  }

  private void send(byte[] bytes) {
    stream.writeInbound(Unpooled.wrappedBuffer(bytes));
  }

  private static byte[] protocol(String id) {
    return new ProtoWriter().string(3, id).toBytes();
  }
}
