package io.fairlead.net.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.proxyprotocol.codec.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProxyHeaderHandlerTest {
  private static final String HEADER = "PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n";

  /** Reads one piece after the other until it has so many bytes. */
  private static final class Pieces extends ChannelInboundHandlerAdapter {
    private final int wanted;
    private final StringBuilder got = new StringBuilder();

    Pieces(int wanted) {
      this.wanted = wanted;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      got.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (got.length() < wanted) ctx.read();
    }
  }

  /** What the socket is asked. */
  private static final class Asked extends ChannelOutboundHandlerAdapter {
    private int reads;

    @Override
    public void read(ChannelHandlerContext ctx) {
      reads++;
      ctx.read();
    }
  }

  private final Asked asked = new Asked();
  private final Pieces pieces = new Pieces(4);
  private final EmbeddedChannel channel = new EmbeddedChannel();

  private void begin() {
    channel.config().setAutoRead(false);
    ProxyHeaderHandler handler =
        new ProxyHeaderHandler(
            Duration.ofSeconds(3),
            new ProxyHeaderHandler.Outcome() {
              @Override
              public void announced(ProxyHeader header) {
                channel.pipeline().addLast(pieces);
              }

              @Override
              public void refused(String reason, boolean late) {}
            });
    channel.pipeline().addLast(asked, handler);
    handler.begin(channel);
  }

  private void arrives(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    channel.runPendingTasks();
  }

  @Test
  void whoeverWantsMoreThanCameBehindTheHeaderGetsIt() {
    begin();
    arrives(HEADER + "a");
    assertThat(pieces.got).hasToString("a");
    assertThat(asked.reads).as("one for the header, one for the rest").isEqualTo(2);
    arrives("bcd");
    assertThat(pieces.got).hasToString("abcd");
    assertThat(asked.reads).isEqualTo(2);
    channel.finishAndReleaseAll();
  }

  @Test
  void nothingIsReadThatNobodyWants() {
    begin();
    arrives(HEADER + "abcd");
    assertThat(pieces.got).hasToString("abcd");
    assertThat(asked.reads).isEqualTo(1);
    channel.finishAndReleaseAll();
  }
}
