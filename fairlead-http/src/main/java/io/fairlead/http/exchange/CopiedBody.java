package io.fairlead.http.exchange;

import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.BurstReceiver;
import io.fairlead.net.http.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Copies a body on its way, up to a bound. Confined to the exchange's event loop. */
final class CopiedBody implements BurstReceiver {
  private static final int FIRST = 1024;

  /** Hears once what became of the copy. */
  interface End {
    /** Takes ownership. */
    void complete(ByteBuf body);

    void without(boolean tooLong);
  }

  private final BodyReceiver receiver;
  private final int max;
  private final End end;
  private @Nullable ByteBuf copy;

  CopiedBody(BodyReceiver receiver, ByteBufAllocator allocator, int max, End end) {
    this.receiver = receiver;
    this.max = max;
    this.end = end;
    this.copy = allocator.buffer(Math.min(FIRST, max), max);
  }

  @Override
  public void onData(ByteBuf data) {
    ByteBuf kept = copy;
    if (kept != null) {
      if (kept.readableBytes() + data.readableBytes() <= max) {
        kept.writeBytes(data, data.readerIndex(), data.readableBytes());
      } else {
        giveUp(true);
      }
    }
    receiver.onData(data);
  }

  @Override
  public void onTrailers(Trailers trailers) {
    receiver.onTrailers(trailers);
  }

  @Override
  public void onEnd() {
    receiver.onEnd();
    ByteBuf kept = copy;
    copy = null;
    if (kept != null) end.complete(kept);
  }

  @Override
  public void onFailed(int status, String code) {
    receiver.onFailed(status, code);
    giveUp(false);
  }

  @Override
  public void onBurstEnd() {
    if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
  }

  private void giveUp(boolean tooLong) {
    ByteBuf kept = copy;
    if (kept == null) return;
    copy = null;
    kept.release();
    end.without(tooLong);
  }
}
