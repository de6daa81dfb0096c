package io.fairlead.net.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import org.junit.jupiter.api.Test;

class PongsTest {
  /** A peer that reads nothing until it is told to. */
  private static final class Stuck extends EmbeddedChannel {
    private boolean taking;

    Stuck() {
      super(new BinaryFrames());
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
      if (taking) super.doWrite(in);
    }
  }

  @Test
  void whoAsksOnAndOnWithoutReadingFillsNoMemory() {
    Stuck channel = new Stuck();
    for (int i = 0; i < 10_000; i++) {
      channel.writeInbound(new PingWebSocketFrame(Unpooled.copiedBuffer("ping " + i, US_ASCII)));
    }
    long pending = channel.unsafe().outboundBuffer().totalPendingWriteBytes();
    assertThat(pending).isLessThan(channel.config().getWriteBufferHighWaterMark() + 1024L);

    channel.taking = true;
    channel.flush();
    channel.runPendingTasks();
    String last = "";
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      PongWebSocketFrame pong = (PongWebSocketFrame) out;
      last = pong.content().toString(US_ASCII);
      pong.release();
    }
    assertThat(last).as("the newest is answered").isEqualTo("ping 9999");
    channel.finishAndReleaseAll();
  }

  @Test
  void whatWaitsForAPeerThatLeavesIsReleased() {
    Stuck channel = new Stuck();
    for (int i = 0; i < 1_000; i++) {
      channel.writeInbound(new PingWebSocketFrame(Unpooled.copiedBuffer("ping", US_ASCII)));
    }
    channel.close();
    channel.finishAndReleaseAll();
    assertThat(channel.isOpen()).isFalse();
  }
}
