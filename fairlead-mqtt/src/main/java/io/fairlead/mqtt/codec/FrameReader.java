package io.fairlead.mqtt.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Turns a stream of bytes, cut anywhere, into packets. Whole frames are decoded where they lie;
 * only the piece of a frame that is not complete is kept, in a buffer that grows as bytes come and
 * not as the length field promises. Confined to its connection's event loop; close it in the end.
 */
public final class FrameReader implements AutoCloseable {
  private static final int FIRST_CAPACITY = 256;
  private static final int HEADER_MAX = 5;

  private final ByteBufAllocator allocator;
  private final DecodeLimits limits;
  private final boolean fromServer;
  private final PacketDecoder decoder;
  private @Nullable ByteBuf pending;
  private boolean begun;
  private boolean paused;
  private boolean accepted;
  private int frameBytesMax;

  // Of the frame whose header was seen last.
  private PacketType type = PacketType.PINGREQ;
  private int flags;
  private int headerBytes;
  private int bodyBytes;

  private FrameReader(ByteBufAllocator allocator, DecodeLimits limits, boolean fromServer) {
    this.allocator = allocator;
    this.limits = limits;
    this.fromServer = fromServer;
    this.decoder = new PacketDecoder(limits, fromServer);
    this.accepted = fromServer;
    this.frameBytesMax = fromServer ? limits.packetBytes() : limits.connectBytes();
  }

  /** Reads what a client sends: CONNECT first. */
  public static FrameReader ofClient(ByteBufAllocator allocator, DecodeLimits limits) {
    return new FrameReader(allocator, limits, false);
  }

  /** Reads what a server sends to a client of that version. */
  public static FrameReader ofServer(
      ByteBufAllocator allocator, DecodeLimits limits, MqttVersion version) {
    FrameReader reader = new FrameReader(allocator, limits, true);
    reader.decoder.version(version);
    return reader;
  }

  /** Takes packets, one by one. */
  @FunctionalInterface
  public interface Packets {
    void accept(Packet packet);
  }

  /**
   * Reads all there is, unless {@link #pause} is called meanwhile; then the rest is kept.
   *
   * @param in borrowed; wholly read
   * @throws MqttCodecException the peer broke the protocol; packets before it were handed out, and
   *     nothing after it can be read
   */
  public void read(ByteBuf in, Packets packets) throws MqttCodecException {
    while (in.isReadable()) {
      if (paused) {
        keep(in, in.readableBytes());
        return;
      }
      ByteBuf held = pending;
      if (held == null) {
        int missing = missing(in);
        if (missing == 0) {
          packets.accept(next(in));
        } else {
          keep(in, in.readableBytes());
        }
      } else {
        topUp(held, in, packets);
      }
    }
  }

  /** Hands out what was kept during a pause. */
  public void resume(Packets packets) throws MqttCodecException {
    paused = false;
    ByteBuf held = pending;
    if (held == null) return;
    while (!paused && held.isReadable() && missing(held) == 0) packets.accept(next(held));
    if (!held.isReadable()) drop();
  }

  /** Keeps what follows instead of decoding it. */
  public void pause() {
    paused = true;
  }

  /** CONNECT was accepted: from here on frames may have the full size. */
  public void connected() {
    accepted = true;
    frameBytesMax = limits.packetBytes();
  }

  /** Whether a frame has begun and is not whole. */
  public boolean midFrame() {
    return pending != null;
  }

  /** Bytes kept now. */
  public int heldBytes() {
    ByteBuf held = pending;
    return held == null ? 0 : held.capacity();
  }

  /** Gives back what it keeps. Idempotent. */
  @Override
  public void close() {
    drop();
  }

  private void topUp(ByteBuf held, ByteBuf in, Packets packets) throws MqttCodecException {
    int missing = missing(held);
    if (missing > 0) {
      keep(in, Math.min(missing, in.readableBytes()));
      if (missing(held) > 0) return;
    }
    packets.accept(next(held));
    if (!held.isReadable()) drop();
  }

  /** The frame at the reader index, which is whole. */
  private Packet next(ByteBuf in) throws MqttCodecException {
    ByteBuf body = in.skipBytes(headerBytes).readSlice(bodyBytes);
    begun = true;
    Packet packet = decoder.decode(type, flags, body);
    if (packet instanceof Packet.Connect connect) decoder.version(connect.version());
    return packet;
  }

  /**
   * Looks at the header at the reader index as far as it is there.
   *
   * @return bytes that are needed before there can be a frame; 0: it is whole
   */
  private int missing(ByteBuf in) throws MqttCodecException {
    int readable = in.readableBytes();
    int at = in.readerIndex();
    if (readable == 0) return 2;
    first(in.getUnsignedByte(at));
    int value = 0;
    for (int i = 1; i < HEADER_MAX; i++) {
      if (i >= readable) return 1;
      int next = in.getUnsignedByte(at + i);
      value |= (next & 0x7f) << (7 * (i - 1));
      if ((next & 0x80) == 0) {
        if (next == 0 && i > 1) throw MqttCodecException.malformed("length has idle bytes");
        headerBytes = i + 1;
        bodyBytes = value;
        if (headerBytes + value > frameBytesMax) {
          throw MqttCodecException.beyond(
              accepted ? MqttLimit.PACKET : MqttLimit.CONNECT_PACKET,
              ReasonCode.PACKET_TOO_LARGE,
              "frame of " + value + " bytes");
        }
        return Math.max(0, headerBytes + value - readable);
      }
    }
    throw MqttCodecException.malformed("length is longer than four bytes");
  }

  private void first(int octet) throws MqttCodecException {
    int number = octet >> 4;
    if (number == 0) throw MqttCodecException.malformed("packet type 0");
    type = PacketType.of(number);
    flags = octet & 15;
    if (!fromServer && !begun && type != PacketType.CONNECT) {
      throw MqttCodecException.protocol("the first packet is not CONNECT");
    }
    if (!fromServer && begun && type == PacketType.CONNECT) {
      throw MqttCodecException.protocol("a second CONNECT");
    }
    if (type.flags() >= 0 && type.flags() != flags) {
      throw MqttCodecException.malformed("header flags of " + type);
    }
    if (!(fromServer ? type.fromServer() : type.fromClient())) {
      throw MqttCodecException.protocol(type + " from this side");
    }
  }

  private void keep(ByteBuf in, int bytes) {
    ByteBuf held = pending;
    if (held == null) {
      held = allocator.buffer(Math.max(FIRST_CAPACITY, bytes));
      pending = held;
    } else {
      held.discardSomeReadBytes();
    }
    held.writeBytes(in, bytes);
  }

  private void drop() {
    ByteBuf held = pending;
    if (held != null) held.release();
    pending = null;
  }
}
