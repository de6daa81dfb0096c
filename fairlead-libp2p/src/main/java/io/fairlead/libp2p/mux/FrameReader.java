package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes the connection's bytes apart. Data goes on in slices as it comes, so nothing is gathered
 * but a header that is cut.
 */
final class FrameReader {
  private final YamuxSession session;
  private long head; // of a cut header, big-endian
  private int headLow;
  private int headBytes;
  private int bodyBytes;
  private boolean bodyEnds;
  private @Nullable YamuxStream body; // null: the rest of the body is of no interest

  FrameReader(YamuxSession session) {
    this.session = session;
  }

  void read(ByteBuf in) {
    while (in.isReadable() && !session.ended()) {
      if (bodyBytes > 0) body(in);
      else if (headBytes == 0 && in.readableBytes() >= YamuxFrame.HEADER_BYTES)
        frame(in.readInt(), in.readInt(), in.readInt());
      else cutHead(in);
    }
    if (in.isReadable()) in.skipBytes(in.readableBytes());
  }

  void forget(YamuxStream stream) {
    if (body == stream) body = null;
  }

  private void cutHead(ByteBuf in) {
    int next = in.readUnsignedByte();
    if (headBytes < 8) head = head << 8 | next;
    else headLow = headLow << 8 | next;
    if (++headBytes < YamuxFrame.HEADER_BYTES) return;
    headBytes = 0;
    frame((int) (head >>> 32), (int) head, headLow);
  }

  private void frame(int first, int id, int length) {
    if (first >>> 24 != YamuxFrame.VERSION) {
      session.violation("version");
      return;
    }
    int flags = first & 0xFFFF;
    switch (first >>> 16) {
      case YamuxFrame.DATA -> data(flags, id, length);
      case YamuxFrame.WINDOW -> window(flags, id, length);
      case YamuxFrame.PING -> {
        if ((flags & YamuxFrame.SYN) != 0) session.ping(length);
        else if ((flags & YamuxFrame.ACK) != 0) session.pong(length);
      }
      case YamuxFrame.GO_AWAY -> session.goAway(Integer.toUnsignedLong(length));
      default -> session.violation("frame type");
    }
  }

  private void data(int flags, int id, int length) {
    if (length < 0) {
      session.violation("data beyond any window");
      return;
    }
    bodyBytes = length;
    bodyEnds = false;
    body = null;
    YamuxStream stream = target(flags, id);
    if (stream == null) return;
    if ((flags & YamuxFrame.RST) != 0) {
      session.resetByPeer(stream, StreamCode.NONE);
      return;
    }
    if (stream.finReceived) return;
    if (length > stream.receiveWindow) {
      session.violation("data beyond the window");
      return;
    }
    boolean ends = (flags & YamuxFrame.FIN) != 0;
    if (length == 0) {
      if (ends) session.inputEnded(stream);
      return;
    }
    body = stream;
    bodyEnds = ends;
  }

  private void window(int flags, int id, int length) {
    YamuxStream stream = target(flags, id);
    if (stream == null) return;
    if ((flags & YamuxFrame.RST) != 0) {
      session.resetByPeer(stream, Integer.toUnsignedLong(length)); // a code here, not credit
      return;
    }
    session.credit(stream, Integer.toUnsignedLong(length));
    if (!stream.gone && (flags & YamuxFrame.FIN) != 0) session.inputEnded(stream);
  }

  /** The stream a frame belongs to, null where it belongs to none of those there are. */
  private @Nullable YamuxStream target(int flags, int id) {
    YamuxStream stream =
        (flags & YamuxFrame.SYN) != 0 ? session.syn(id) : session.stream(id); // late frames: none
    if (stream != null && (flags & YamuxFrame.ACK) != 0) session.ack(stream);
    return stream;
  }

  private void body(ByteBuf in) {
    int count = Math.min(bodyBytes, in.readableBytes());
    bodyBytes -= count;
    YamuxStream stream = body;
    if (stream == null) {
      in.skipBytes(count);
      return;
    }
    session.data(stream, in.readRetainedSlice(count));
    if (bodyBytes > 0) return;
    if (body == stream && bodyEnds) session.inputEnded(stream);
    body = null;
  }
}
