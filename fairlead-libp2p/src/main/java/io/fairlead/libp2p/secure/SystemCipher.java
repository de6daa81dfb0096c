package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;

/**
 * ChaCha20-Poly1305 (RFC 8439 §2.8) of the system's libcrypto, for one direction of a channel. It
 * encrypts from where bytes are to where they go, so that nothing is copied for it. Belongs to one
 * thread; holds memory outside the heap until it is closed. A {@link HandshakeException} says that
 * the library refused, after which the channel is of no use.
 */
final class SystemCipher implements AutoCloseable {
  private final LibCrypto library;
  private final boolean encrypts;
  private final MemorySegment written = MemorySegment.ofArray(new int[1]);
  private MemorySegment context;

  /**
   * @param key 32 bytes
   */
  SystemCipher(LibCrypto library, boolean encrypts, byte[] key) {
    this.library = library;
    this.encrypts = encrypts;
    this.context = library.context(encrypts, key);
  }

  /**
   * Starts a message; one that was not ended is forgotten.
   *
   * @param nonce 12 bytes
   */
  void begin(byte[] nonce) throws HandshakeException {
    check(library.begin(encrypts, open(), MemorySegment.ofArray(nonce)));
  }

  /**
   * Goes on with the message.
   *
   * @param from borrows; its reader index advances by {@code count}
   * @param to borrows; its writer index advances by {@code count}; in one piece
   */
  void update(ByteBuf from, int count, ByteBuf to) throws HandshakeException {
    to.ensureWritable(count);
    MemorySegment source = memory(from, from.readerIndex(), count);
    MemorySegment target = memory(to, to.writerIndex(), count);
    check(library.update(encrypts, open(), target, written, source, count));
    from.skipBytes(count);
    to.writerIndex(to.writerIndex() + count);
  }

  /** Ends a message that was encrypted, and writes its tag behind it. */
  void seal(ByteBuf to) throws HandshakeException {
    to.ensureWritable(NoiseCipher.TAG_BYTES);
    MemorySegment tag = memory(to, to.writerIndex(), NoiseCipher.TAG_BYTES);
    check(library.end(true, open(), tag, written));
    check(library.tag(LibCrypto.GET_TAG, open(), tag));
    to.writerIndex(to.writerIndex() + NoiseCipher.TAG_BYTES);
  }

  /**
   * Ends a message that was decrypted: whether it is what the other side wrote.
   *
   * @param from borrows; the next bytes are the tag, and are skipped
   */
  boolean genuine(ByteBuf from) throws HandshakeException {
    MemorySegment tag = memory(from, from.readerIndex(), NoiseCipher.TAG_BYTES);
    check(library.tag(LibCrypto.SET_TAG, open(), tag));
    from.skipBytes(NoiseCipher.TAG_BYTES);
    return library.end(false, open(), tag, written);
  }

  private MemorySegment open() {
    if (context.address() == 0) throw new IllegalStateException("the cipher is closed");
    return context;
  }

  /** A buffer in several pieces is read from a copy. */
  private static MemorySegment memory(ByteBuf bytes, int from, int count) {
    if (from + count > bytes.capacity()) {
      throw new IndexOutOfBoundsException(from + " + " + count + " of " + bytes.capacity());
    }
    if (bytes.hasMemoryAddress()) return MemorySegment.ofAddress(bytes.memoryAddress() + from);
    if (bytes.hasArray()) {
      return MemorySegment.ofArray(bytes.array()).asSlice(bytes.arrayOffset() + from, count);
    }
    return MemorySegment.ofBuffer(bytes.nioBuffer(from, count));
  }

  private static void check(boolean done) throws HandshakeException {
    if (!done) {
      throw new HandshakeException(
          HandshakeException.Reason.INTERNAL, "libcrypto refused ChaCha20-Poly1305");
    }
  }

  /** Gives the memory back, with the key in it. */
  @Override
  public void close() {
    MemorySegment held = context;
    context = MemorySegment.NULL;
    if (held.address() != 0) library.free(held);
  }
}
