package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;

/** The wire form of a frame: version, type, flags, stream, length, big-endian (yamux). */
final class YamuxFrame {
  static final int HEADER_BYTES = 12;
  static final int VERSION = 0;

  static final int DATA = 0;
  static final int WINDOW = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;

  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  private YamuxFrame() {}

  static void writeHeader(ByteBuf out, int type, int flags, int stream, int length) {
    out.writeInt(type << 16 | flags);
    out.writeInt(stream);
    out.writeInt(length);
  }
}
