package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Packs what is written into frames of up to 32 KiB and encrypts each at once: the size at which
 * the cipher is fastest. A frame goes when it is full or the channel is flushed, so at most one is
 * held here; what is sealed counts against the channel's water marks. Owned by the event loop.
 */
final class FrameSealer {
  static final int HEADER_BYTES = 2;
  private static final int FRAME_BYTES_MAX = 32_768;
  private static final int PLAIN_END = FRAME_BYTES_MAX - NoiseCipher.TAG_BYTES;

  /** Of a frame that holds little. */
  private static final int FRAME_BYTES_MIN = 256;

  private final ChannelHandlerContext ctx;
  private final FrameCipher cipher;
  private final List<ChannelPromise> waiting = new ArrayList<>(2);
  private @Nullable ByteBuf open;

  FrameSealer(ChannelHandlerContext ctx, FrameCipher cipher) {
    this.ctx = ctx;
    this.cipher = cipher;
  }

  /**
   * Adds plain bytes.
   *
   * @param plain takes ownership
   * @throws HandshakeException the channel can encrypt no more
   */
  void add(ByteBuf plain, ChannelPromise promise) throws HandshakeException {
    try {
      while (plain.isReadable()) {
        ByteBuf frame = open;
        if (frame == null) {
          int wanted = HEADER_BYTES + plain.readableBytes() + NoiseCipher.TAG_BYTES;
          int size = Math.clamp(wanted, FRAME_BYTES_MIN, FRAME_BYTES_MAX);
          frame = cipher.frame(ctx.alloc(), size, FRAME_BYTES_MAX).writerIndex(HEADER_BYTES);
          open = frame;
        }
        int count = Math.min(plain.readableBytes(), PLAIN_END - frame.writerIndex());
        cipher.add(plain, count, frame);
        boolean last = !plain.isReadable();
        if (last) await(promise);
        if (frame.writerIndex() == PLAIN_END) seal(frame);
        if (last) return;
      }
      ctx.write(plain.retain(), promise); // nothing to encrypt, but somebody waits for it
    } finally {
      plain.release();
    }
  }

  /** Encrypts and writes what is held. */
  void flush() throws HandshakeException {
    ByteBuf frame = open;
    if (frame != null) seal(frame);
  }

  /** Lets go of what is held; whoever waits for it is told. */
  void fail(Throwable cause) {
    ByteBuf frame = open;
    open = null;
    if (frame != null) frame.release();
    for (ChannelPromise promise : waiting) promise.tryFailure(cause);
    waiting.clear();
    cipher.close();
  }

  private void await(ChannelPromise promise) {
    if (!promise.isVoid()) waiting.add(promise);
  }

  private void seal(ByteBuf frame) throws HandshakeException {
    cipher.seal(frame, HEADER_BYTES);
    frame.setShort(0, frame.writerIndex() - HEADER_BYTES);
    open = null;
    ctx.write(frame, promise());
  }

  /** One promise for all whose last byte is in the frame. */
  private ChannelPromise promise() {
    if (waiting.isEmpty()) return ctx.newPromise();
    if (waiting.size() == 1) return waiting.removeFirst();
    List<ChannelPromise> all = List.copyOf(waiting);
    waiting.clear();
    ChannelPromise one = ctx.newPromise();
    one.addListener((ChannelFuture written) -> tell(all, written));
    return one;
  }

  private static void tell(List<ChannelPromise> all, ChannelFuture written) {
    for (ChannelPromise promise : all) {
      if (written.isSuccess()) promise.trySuccess();
      else promise.tryFailure(written.cause());
    }
  }
}
