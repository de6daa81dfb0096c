package io.fairlead.net.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PipeTest {
  private final EventLoops loops = EventLoops.create(2, TransportKind.NIO, "pipe");

  /** What one end hears. */
  private static final class Ear extends ChannelInboundHandlerAdapter {
    final AtomicLong bytes = new AtomicLong();
    final AtomicLong sum = new AtomicLong();
    volatile boolean ended;
    volatile boolean broken;
    volatile boolean closed;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf read = (ByteBuf) message;
      while (read.isReadable()) sum.set(31 * sum.get() + read.readByte());
      bytes.addAndGet(read.writerIndex());
      read.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) ended = true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      broken = true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      closed = true;
    }
  }

  @AfterEach
  void end() {
    loops.close();
  }

  private Pipe open(Ear here, Ear there) {
    Pipe pipe = Pipe.open(loops.loops().get(0), loops.loops().get(1), loops.allocator());
    await().until(() -> pipe.here().isRegistered() && pipe.there().isRegistered());
    pipe.here().pipeline().addLast(here);
    pipe.there().pipeline().addLast(there);
    return pipe;
  }

  private static void write(Channel channel, int pieces, int size) {
    for (int i = 0; i < pieces; i++) {
      byte[] bytes = new byte[size];
      for (int k = 0; k < size; k++) bytes[k] = (byte) (i + k);
      channel.write(Unpooled.wrappedBuffer(bytes));
    }
    channel.flush();
  }

  @Test
  void whatIsWrittenArrivesInOrderAndIsBoundedWhileNobodyReads() {
    Ear ear = new Ear();
    Pipe pipe = open(new Ear(), ear);
    write(pipe.here(), 1_000, 4_096);
    await().until(() -> !pipe.here().isWritable());
    assertThat(ear.bytes).hasValue(0);
    pipe.there().config().setAutoRead(true);
    await().until(() -> ear.bytes.get() == 4_096_000);
    long expected = 0;
    for (int i = 0; i < 1_000; i++) {
      for (int k = 0; k < 4_096; k++) expected = 31 * expected + (byte) (i + k);
    }
    assertThat(ear.sum).hasValue(expected);
    assertThat(pipe.here().isWritable()).isTrue();
    pipe.here().close();
    await().until(() -> ear.closed);
  }

  /** Who is told that the last bytes went may end the direction at once. */
  @Test
  void anEndThatFollowsAWriteDoesNotOvertakeIt() {
    Ear there = new Ear();
    Pipe pipe = open(new Ear(), there);
    pipe.there().config().setAutoRead(true);
    pipe.here()
        .eventLoop()
        .execute(
            () -> {
              write(pipe.here(), 10, 100);
              pipe.here()
                  .writeAndFlush(Unpooled.wrappedBuffer(new byte[100]))
                  .addListener(_ -> ((DuplexChannel) pipe.here()).shutdownOutput());
            });
    await().until(() -> there.ended);
    assertThat(there.bytes).hasValue(1_100);
    pipe.here().close();
    await().until(() -> there.closed);
  }

  @Test
  void theEndOfOneDirectionComesBehindItsBytesAndLeavesTheOtherOpen() {
    Ear here = new Ear();
    Ear there = new Ear();
    Pipe pipe = open(here, there);
    write(pipe.here(), 10, 100);
    pipe.here().eventLoop().execute(() -> ((DuplexChannel) pipe.here()).shutdownOutput());
    pipe.there().config().setAutoRead(true);
    await().until(() -> there.ended);
    assertThat(there.bytes).hasValue(1_000);
    pipe.here().config().setAutoRead(true);
    write(pipe.there(), 1, 7);
    await().until(() -> here.bytes.get() == 7);
    pipe.there().close();
    await().until(() -> here.closed);
    assertThat(here.broken).isFalse();
  }

  @Test
  void aResetIsToldAsOne() {
    Ear there = new Ear();
    Pipe pipe = open(new Ear(), there);
    pipe.here().config().setOption(ChannelOption.SO_LINGER, 0);
    pipe.here().close();
    await().until(() -> there.closed);
    assertThat(there.broken).isTrue();
    assertThat(there.ended).isFalse();
  }
}
