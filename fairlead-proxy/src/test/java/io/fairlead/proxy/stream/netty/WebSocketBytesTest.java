package io.fairlead.proxy.stream.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import org.junit.jupiter.api.Test;

class WebSocketBytesTest {
  @Test
  void pingsOfAPeerThatReadsNothingFillNoMemory() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new WebSocketBytes()) {
          @Override
          protected void doWrite(ChannelOutboundBuffer in) {} // the peer reads nothing
        };
    for (int i = 0; i < 10_000; i++) {
      channel.writeInbound(new PingWebSocketFrame(Unpooled.copiedBuffer("ping", US_ASCII)));
    }
    assertThat(channel.unsafe().outboundBuffer().totalPendingWriteBytes())
        .isLessThan(channel.config().getWriteBufferHighWaterMark() + 1024L);
    channel.unsafe().close(channel.voidPromise());
    channel.finishAndReleaseAll();
  }
}
