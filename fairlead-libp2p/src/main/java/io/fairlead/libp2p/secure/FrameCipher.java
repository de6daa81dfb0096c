package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a channel, frame by frame, with the cipher that {@link SystemCiphers} choose.
 * The platform's works in place, in arrays; the system's from one buffer to the next, outside the
 * heap, where the socket takes them from. Owned by the event loop.
 */
final class FrameCipher implements AutoCloseable {
  private final NoiseCipher platform;
  private final SystemCiphers ciphers;
  private final boolean encrypts;
  private @Nullable SystemCipher system;
  private boolean begun;
  private boolean closed;

  FrameCipher(NoiseCipher platform, SystemCiphers ciphers, boolean encrypts) {
    this.platform = platform;
    this.ciphers = ciphers;
    this.encrypts = encrypts;
  }

  /** Whether the next frame is not the platform's: a channel goes over between two frames. */
  boolean beyondHeap() {
    if (system == null && !closed) {
      system = ciphers.forChannel(platform.counter(), encrypts, platform.key());
    }
    return system != null;
  }

  /** An empty frame to encrypt to. */
  ByteBuf frame(ByteBufAllocator allocator, int size, int max) {
    return beyondHeap() ? allocator.directBuffer(size, max) : allocator.heapBuffer(size, max);
  }

  /**
   * Moves bytes into a frame.
   *
   * @param plain borrows; its reader index advances by {@code count}
   */
  void add(ByteBuf plain, int count, ByteBuf frame) throws HandshakeException {
    SystemCipher direct = system;
    if (direct == null) {
      frame.writeBytes(plain, count);
      return;
    }
    if (!begun) direct.begin(platform.nonce());
    begun = true;
    direct.update(plain, count, frame);
  }

  /** Completes a frame whose bytes begin at {@code from}. */
  void seal(ByteBuf frame, int from) throws HandshakeException {
    SystemCipher direct = system;
    if (begun && direct != null) {
      begun = false;
      direct.seal(frame);
      platform.advance();
      return;
    }
    int length = frame.writerIndex() - from;
    frame.ensureWritable(NoiseCipher.TAG_BYTES);
    platform.seal(frame.array(), frame.arrayOffset() + from, length);
    frame.writerIndex(frame.writerIndex() + NoiseCipher.TAG_BYTES);
  }

  /**
   * Opens a frame.
   *
   * @param frame takes ownership; in an array, unless {@link #beyondHeap}
   * @return its bytes, which the caller owns
   * @throws HandshakeException it is not what the other side sealed
   */
  ByteBuf open(ByteBufAllocator allocator, ByteBuf frame) throws HandshakeException {
    SystemCipher direct = system;
    int plain = frame.readableBytes() - NoiseCipher.TAG_BYTES;
    if (direct == null) {
      boolean opened = false;
      try {
        platform.open(
            frame.array(), frame.arrayOffset() + frame.readerIndex(), frame.readableBytes());
        opened = true;
      } finally {
        if (!opened) frame.release();
      }
      return frame.writerIndex(frame.readerIndex() + plain);
    }
    ByteBuf to = allocator.directBuffer(plain, plain);
    boolean genuine = false;
    try {
      direct.begin(platform.nonce());
      direct.update(frame, plain, to);
      genuine = direct.genuine(frame);
    } finally {
      frame.release();
      if (!genuine) to.release();
    }
    if (!genuine) throw NoiseCipher.unauthentic();
    platform.advance();
    return to;
  }

  @Override
  public void close() {
    closed = true;
    SystemCipher direct = system;
    system = null;
    if (direct != null) direct.close();
  }
}
