package io.fairlead.net.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkFramesTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_374, 16_375, 16_376, 32_750, 100_000})
  void aFrameIsOneBufferAndNoneIsLargerThanARecord(int count) {
    ChannelHandlerContext ctx = channel.pipeline().firstContext();
    ByteBuf data = Unpooled.directBuffer(count + 1);
    for (int i = 0; i < count; i++) data.writeByte(i * 7);
    try (LinkFrames frames = new LinkFrames(Http2HeadersEncoder.NEVER_SENSITIVE)) {
      var written = frames.writeData(ctx, 5, data, 0, true, ctx.newPromise());
      channel.flush();
      assertThat(written.isSuccess()).isTrue();
    }
    assertThat(data.refCnt()).isZero();
    int received = 0;
    boolean ended = false;
    for (ByteBuf frame; (frame = channel.readOutbound()) != null; frame.release()) {
      assertThat(frame.readableBytes()).isLessThanOrEqualTo(16 * 1024);
      int length = frame.readUnsignedMedium();
      assertThat(frame.readByte()).isZero(); // DATA
      assertThat(ended).isFalse();
      ended = frame.readByte() == 1;
      assertThat(frame.readInt()).isEqualTo(5);
      assertThat(frame.readableBytes()).isEqualTo(length);
      while (frame.isReadable()) assertThat(frame.readByte()).isEqualTo((byte) (received++ * 7));
    }
    assertThat(received).isEqualTo(count);
    assertThat(ended).isTrue();
  }
}
