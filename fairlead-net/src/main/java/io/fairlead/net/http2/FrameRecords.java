package io.fairlead.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a link's frames what TLS enciphers at a time: small ones together, large ones alone, and
 * no frame in two records, so that who receives a record can take its frames as they are. Stands
 * between the frames and TLS, which need not join anything by itself.
 *
 * <p>Holds one record at most, until the next flush. Confined to the event loop.
 */
final class FrameRecords extends ChannelOutboundHandlerAdapter {
  private static final int RECORD_BYTES = 16 * 1024;

  /** From here on a frame is a record of its own: copying it costs more than the record's frame. */
  private static final int ALONE_BYTES = 4 * 1024;

  private @Nullable ByteBuf joined;
  private List<ChannelPromise> promises = new ArrayList<>();

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf bytes)) {
      emit(ctx);
      ctx.write(message, promise);
      return;
    }
    int count = bytes.readableBytes();
    ByteBuf record = joined;
    if (record != null && record.readableBytes() + count > RECORD_BYTES) emit(ctx);
    if (count >= ALONE_BYTES || (count == 0 && joined == null)) {
      emit(ctx);
      ctx.write(bytes, promise);
      return;
    }
    record = joined;
    if (record == null) {
      record = ctx.alloc().heapBuffer(ALONE_BYTES, RECORD_BYTES);
      joined = record;
    }
    record.writeBytes(bytes);
    bytes.release();
    if (!promise.isVoid()) promises.add(promise);
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    emit(ctx);
    ctx.flush();
  }

  private void emit(ChannelHandlerContext ctx) {
    ByteBuf record = joined;
    if (record == null) return;
    joined = null;
    if (promises.isEmpty()) {
      ctx.write(record, ctx.voidPromise());
      return;
    }
    Written written = new Written(promises);
    promises = new ArrayList<>();
    ctx.write(record).addListener(written);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf record = joined;
    if (record == null) return;
    joined = null;
    record.release();
    List<ChannelPromise> lost = promises;
    promises = new ArrayList<>();
    for (ChannelPromise promise : lost) promise.tryFailure(new ClosedChannelException());
  }

  /** What became of a record became of its frames. */
  private record Written(List<ChannelPromise> frames) implements ChannelFutureListener {
    @Override
    public void operationComplete(ChannelFuture record) {
      for (int i = 0; i < frames.size(); i++) {
        if (record.isSuccess()) frames.get(i).trySuccess();
        else frames.get(i).tryFailure(record.cause());
      }
    }
  }
}
