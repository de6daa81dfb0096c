package io.fairlead.pubsub.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames that a WebSocket server sends (RFC 6455 §5). Many frames of one read are handed
 * on as slices of it; only what is cut by the end of a read is copied. Lengths are checked before
 * anything is reserved. Confined to one thread; {@link #close} gives back what it holds.
 */
public final class FrameReader implements AutoCloseable {
  /** Takes what comes. */
  public interface Sink {
    /**
     * Takes a whole message, text or binary.
     *
     * @param payload borrows
     */
    void message(ByteBuf payload);

    /**
     * @param payload borrows; to be sent back
     */
    void ping(ByteBuf payload);

    void pong();

    /**
     * The server closes; nothing is read after it.
     *
     * @param code 1005 where it gives none
     */
    void closing(int code, String reason);
  }

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int CONTROL_MAX = 125;
  private static final int NO_CODE = 1005;
  private static final int INITIAL_MAX = 1024 * 1024;

  private final ByteBufAllocator allocator;
  private final int frameMax;
  private final int messageMax;
  private @Nullable ByteBuf rest; // begins with the frame that was cut
  private @Nullable ByteBuf parts; // fragments of one message
  private @Nullable MessageInflater inflater;
  private boolean fragmented;
  private boolean packed; // the message whose frames come is compressed
  private boolean closed;
  private long needed; // bytes of the frame that was cut, its head included; 0 = not known yet

  /**
   * @param frameMax payload bytes of one frame at most
   * @param messageMax payload bytes of one message at most
   */
  public FrameReader(ByteBufAllocator allocator, int frameMax, int messageMax) {
    this.allocator = allocator;
    this.frameMax = frameMax;
    this.messageMax = messageMax;
  }

  /** The server may compress messages from the first one on. */
  public void inflating() {
    inflater = new MessageInflater(messageMax);
  }

  /**
   * Takes bytes.
   *
   * @param in borrows
   * @return a fault after which nothing more is read
   */
  public @Nullable FrameFault feed(ByteBuf in, Sink sink) {
    if (closed) return null;
    ByteBuf held = rest;
    if (held == null) {
      FrameFault fault = frames(in, sink);
      if (fault == null && !closed && in.isReadable()) keep(in);
      return fault;
    }
    held.writeBytes(in);
    if (held.readableBytes() < needed) return null;
    FrameFault fault = frames(held, sink);
    if (closed) return fault;
    if (!held.isReadable()) {
      held.release();
      rest = null;
    } else {
      held.discardSomeReadBytes();
    }
    return fault;
  }

  private void keep(ByteBuf in) {
    // The frame's own length, checked already, says how much is needed.
    int capacity = (int) Math.min(INITIAL_MAX, Math.max(needed, in.readableBytes() * 2L));
    ByteBuf held = allocator.buffer(capacity);
    held.writeBytes(in);
    rest = held;
  }

  private @Nullable FrameFault frames(ByteBuf in, Sink sink) {
    while (!closed) {
      needed = 0;
      int available = in.readableBytes();
      if (available < 2) return null;
      int from = in.readerIndex();
      int first = in.getUnsignedByte(from);
      int second = in.getUnsignedByte(from + 1);
      if ((second & 0x80) != 0 || (first & 0x70) != 0 && !compressed(first))
        return FrameFault.PROTOCOL;
      int head = 2;
      long length = second & 0x7f;
      if (length == 126) {
        head = 4;
        if (available < head) return null;
        length = in.getUnsignedShort(from + 2);
      } else if (length == 127) {
        head = 10;
        if (available < head) return null;
        length = in.getLong(from + 2);
        if (length < 0) return FrameFault.PROTOCOL;
      }
      boolean last = (first & 0x80) != 0;
      int opcode = first & 0x0f;
      FrameFault fault = check(opcode, last, length);
      if (fault != null) return fault;
      if (available < head + length) {
        needed = head + length;
        return null;
      }
      in.skipBytes(head);
      int size = (int) length;
      ByteBuf payload = in.slice(in.readerIndex(), size);
      in.skipBytes(size);
      fault = handle(first, last, payload, sink);
      if (fault != null) return fault;
    }
    return null;
  }

  /** The bit that says so is for the first frame of a message only (RFC 7692 §6). */
  private boolean compressed(int first) {
    int opcode = first & 0x0f;
    return inflater != null && (first & 0x70) == 0x40 && (opcode == TEXT || opcode == BINARY);
  }

  private @Nullable FrameFault check(int opcode, boolean last, long length) {
    switch (opcode) {
      case CLOSE, PING, PONG -> {
        return !last || length > CONTROL_MAX ? FrameFault.PROTOCOL : null;
      }
      case CONTINUATION -> {
        if (!fragmented) return FrameFault.PROTOCOL;
      }
      case TEXT, BINARY -> {
        if (fragmented) return FrameFault.PROTOCOL;
      }
      default -> {
        return FrameFault.PROTOCOL;
      }
    }
    ByteBuf sofar = parts;
    long before = sofar == null ? 0 : sofar.readableBytes();
    return length > frameMax || before + length > messageMax ? FrameFault.TOO_LARGE : null;
  }

  private @Nullable FrameFault handle(int first, boolean last, ByteBuf payload, Sink sink) {
    int opcode = first & 0x0f;
    switch (opcode) {
      case PING -> sink.ping(payload);
      case PONG -> sink.pong();
      case CLOSE -> closing(payload, sink);
      default -> {
        if (opcode != CONTINUATION) packed = (first & 0x40) != 0;
        if (opcode != CONTINUATION && last) return whole(payload, sink);
        return fragment(last, payload, sink);
      }
    }
    return null;
  }

  private @Nullable FrameFault whole(ByteBuf message, Sink sink) {
    MessageInflater unpack = inflater;
    if (!packed || unpack == null) {
      sink.message(message);
      return null;
    }
    ByteBuf plain = allocator.buffer(Math.min(INITIAL_MAX, 4 * message.readableBytes() + 64));
    try {
      FrameFault fault = unpack.inflate(message, plain);
      if (fault == null) sink.message(plain);
      return fault;
    } finally {
      plain.release();
    }
  }

  private @Nullable FrameFault fragment(boolean last, ByteBuf payload, Sink sink) {
    fragmented = !last;
    ByteBuf message = parts;
    if (message == null) {
      message = allocator.buffer(payload.readableBytes());
      parts = message;
    }
    message.writeBytes(payload);
    if (!last) return null;
    parts = null;
    try {
      return whole(message, sink);
    } finally {
      message.release();
    }
  }

  private void closing(ByteBuf payload, Sink sink) {
    int code = payload.readableBytes() >= 2 ? payload.readUnsignedShort() : NO_CODE;
    String reason = payload.toString(StandardCharsets.UTF_8);
    close();
    sink.closing(code, reason);
  }

  @Override
  public void close() {
    closed = true;
    ByteBuf held = rest;
    rest = null;
    if (held != null) held.release();
    ByteBuf message = parts;
    parts = null;
    if (message != null) message.release();
    MessageInflater unpack = inflater;
    inflater = null;
    if (unpack != null) unpack.close();
  }
}
