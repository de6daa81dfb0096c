package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Moves the messages of a {@link NoiseHandshake} and then the frames of the channel. While a step
 * of the handshake is computed elsewhere nothing is read. Owned by the event loop.
 */
final class NoiseHandler extends ChannelDuplexHandler {
  /** Room for the keys of an RSA identity of 8192 bits, its signature, and names of muxers. */
  private static final int HANDSHAKE_BYTES_MAX = 8192;

  private static final int FRAME_BYTES_MAX = 65_535;

  /** What may come in one go before reading stops. */
  private static final int HELD_BYTES_MAX = 2 * 1024 * 1024;

  private final boolean dialler;
  private final NoiseHandshake handshake;
  private final Executor crypto;
  private final SystemCiphers ciphers;
  private final SecureMeters.Handshakes meters;

  /** Bytes that came while a step was computed. */
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();

  private int heldBytes;
  private boolean started;
  private boolean computing;
  private boolean readingStopped;
  private boolean readByItself;
  private boolean readWanted;
  private boolean forwarded;
  private boolean ended;
  private @Nullable FrameAssembler frames;
  private @Nullable FrameSealer sealer;
  private @Nullable FrameCipher receiving;

  NoiseHandler(
      boolean dialler,
      NoiseHandshake handshake,
      Executor crypto,
      SystemCiphers ciphers,
      SecureMeters.Handshakes meters) {
    this.dialler = dialler;
    this.handshake = handshake;
    this.crypto = crypto;
    this.ciphers = ciphers;
    this.meters = meters;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    frames = new FrameAssembler(ctx.alloc());
    if (ctx.channel().isActive()) start(ctx);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    start(ctx);
    ctx.fireChannelActive();
  }

  private void start(ChannelHandlerContext ctx) {
    if (started) return;
    started = true;
    if (dialler) {
      try {
        send(ctx, handshake.start());
      } catch (HandshakeException failure) {
        fail(ctx, failure);
        return;
      }
    }
    if (!ctx.channel().config().isAutoRead()) ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf in)) {
      ctx.fireChannelRead(message);
      return;
    }
    if (ended) {
      in.release();
    } else if (computing) {
      hold(ctx, in);
    } else {
      consume(ctx, in);
    }
  }

  /** Takes ownership of {@code in}. */
  private void hold(ChannelHandlerContext ctx, ByteBuf in) {
    if (ended) {
      in.release();
      return;
    }
    held.add(in);
    heldBytes += in.readableBytes();
    if (heldBytes > HELD_BYTES_MAX) {
      fail(
          ctx,
          new HandshakeException(
              HandshakeException.Reason.MALFORMED, "noise: too many bytes before the end"));
    }
  }

  /** Takes ownership of {@code in}. */
  private void consume(ChannelHandlerContext ctx, ByteBuf in) {
    FrameAssembler assembler = frames;
    try {
      while (!ended && assembler != null) {
        FrameCipher cipher = receiving;
        ByteBuf frame =
            cipher == null
                ? assembler.next(in, 1, HANDSHAKE_BYTES_MAX, false)
                : assembler.next(in, NoiseCipher.TAG_BYTES, FRAME_BYTES_MAX, cipher.beyondHeap());
        if (frame == null) return;
        if (cipher == null) {
          step(ctx, frame);
          if (in.isReadable()) hold(ctx, in.retain());
          return;
        }
        pass(ctx, cipher, frame);
      }
    } catch (HandshakeException failure) {
      fail(ctx, failure);
    } finally {
      in.release();
    }
  }

  private void pass(ChannelHandlerContext ctx, FrameCipher cipher, ByteBuf frame)
      throws HandshakeException {
    ByteBuf plain = cipher.open(ctx.alloc(), frame);
    if (plain.isReadable()) {
      forwarded = true;
      ctx.fireChannelRead(plain);
    } else {
      plain.release();
    }
  }

  /** Has the next message computed. */
  private void step(ChannelHandlerContext ctx, ByteBuf frame) {
    byte[] message = new byte[frame.readableBytes()];
    frame.readBytes(message);
    frame.release();
    computing = true;
    if (!readingStopped) {
      readingStopped = true;
      readByItself = ctx.channel().config().isAutoRead();
      ctx.channel().config().setAutoRead(false);
    }
    try {
      crypto.execute(() -> compute(ctx, message));
    } catch (RejectedExecutionException busy) {
      fail(ctx, new HandshakeException(HandshakeException.Reason.INTERNAL, "noise: too busy"));
    }
  }

  private void compute(ChannelHandlerContext ctx, byte[] message) {
    try {
      NoiseHandshake.Step step = handshake.read(message);
      ctx.executor().execute(() -> perform(ctx, step));
    } catch (HandshakeException failure) {
      ctx.executor().execute(() -> fail(ctx, failure));
    } catch (RuntimeException bug) {
      ctx.executor()
          .execute(
              () -> {
                fail(ctx, new HandshakeException(HandshakeException.Reason.INTERNAL, "noise"));
                throw bug; // ours: the loop logs it
              });
    }
  }

  private void perform(ChannelHandlerContext ctx, NoiseHandshake.Step step) {
    if (ended) return;
    computing = false;
    switch (step) {
      case NoiseHandshake.Step.Answer(byte[] message) -> send(ctx, message);
      case NoiseHandshake.Step.Done done -> {
        done.last().ifPresent(last -> send(ctx, last));
        sealer = new FrameSealer(ctx, new FrameCipher(done.sending(), ciphers, true));
        receiving = new FrameCipher(done.receiving(), ciphers, false);
        meters.completed();
        ctx.fireUserEventTriggered(done.secured());
      }
    }
    resume(ctx);
  }

  private void resume(ChannelHandlerContext ctx) {
    boolean any = !held.isEmpty();
    while (!held.isEmpty() && !computing && !ended) {
      ByteBuf in = held.remove();
      heldBytes -= in.readableBytes();
      consume(ctx, in);
    }
    if (computing || ended) return;
    if (any && forwarded) channelReadComplete(ctx);
    boolean wanted = readWanted || receiving == null;
    readWanted = false;
    readingStopped = false;
    if (readByItself) ctx.channel().config().setAutoRead(true);
    else if (wanted) ctx.read();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    boolean told = forwarded;
    forwarded = false;
    if (computing) return;
    if (told) ctx.fireChannelReadComplete();
    // A read was asked for and gave nothing whole: ask again.
    else if (!ended && !ctx.channel().config().isAutoRead()) ctx.read();
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (computing) readWanted = true;
    else ctx.read();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    FrameSealer to = sealer;
    if (!(message instanceof ByteBuf plain)) {
      ctx.write(message, promise);
    } else if (to == null || ended) {
      plain.release();
      promise.tryFailure(new ClosedChannelException());
    } else {
      try {
        to.add(plain, promise);
      } catch (HandshakeException failure) {
        fail(ctx, failure);
      }
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    FrameSealer to = sealer;
    if (to != null && !ended) {
      try {
        to.flush();
      } catch (HandshakeException failure) {
        fail(ctx, failure);
      }
    }
    ctx.flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!ended && receiving == null) {
      fail(
          ctx,
          new HandshakeException(
              HandshakeException.Reason.CLOSED_EARLY, "noise: closed during the handshake"));
    }
    end(new ClosedChannelException());
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    end(new ClosedChannelException());
  }

  private static void send(ChannelHandlerContext ctx, byte[] message) {
    ByteBuf head = ctx.alloc().buffer(FrameSealer.HEADER_BYTES).writeShort(message.length);
    ctx.writeAndFlush(Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(message)));
  }

  private void fail(ChannelHandlerContext ctx, HandshakeException failure) {
    if (ended) return;
    if (receiving == null) meters.failed(failure.reason());
    end(failure);
    ctx.fireExceptionCaught(failure);
    ctx.close();
  }

  private void end(Throwable cause) {
    ended = true;
    computing = false;
    for (ByteBuf in : held) in.release();
    held.clear();
    FrameAssembler assembler = frames;
    if (assembler != null) assembler.release();
    FrameSealer to = sealer;
    if (to != null) to.fail(cause);
    FrameCipher from = receiving;
    if (from != null) from.close();
  }
}
