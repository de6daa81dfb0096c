package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what waits: answers to pings, resets, credit, then one frame of each stream in turn.
 * Headers and small pieces are gathered in one buffer; larger pieces follow as they are.
 */
final class FrameWriter {
  private static final int PONGS_MAX = 32;

  /** A peer that makes us reset so many streams without reading one of the resets. */
  private static final int RESETS_MAX = 1024;

  /** Pieces up to this size are copied behind their header. */
  private static final int COPY_MAX = 2 * 1024;

  private static final int GATHER_START = 256;
  private static final int GATHER_MAX = 16 * 1024;

  /** The output knows whether it is writable only after a flush. */
  private static final int FLUSH_EVERY = 128 * 1024;

  private record Reset(int id, long code) {}

  private final YamuxSession session;
  private final FrameOutput output;
  private final ArrayDeque<Reset> resets = new ArrayDeque<>(0);
  private final ArrayDeque<YamuxStream> credits = new ArrayDeque<>(4);
  private final ArrayDeque<YamuxStream> ring = new ArrayDeque<>(4);
  private final List<ByteBuf> pieces = new ArrayList<>();
  private final Consumer<ByteBuf> collect = this::collect;
  private final int[] pongs = new int[PONGS_MAX];
  private int pongCount;
  private int piecesBytes;
  private int unflushed;
  private boolean pumping;
  private @Nullable ByteBuf gathered;

  FrameWriter(YamuxSession session, FrameOutput output) {
    this.session = session;
    this.output = output;
  }

  // ---- what waits ---------------------------------------------------------------------------

  boolean pong(int value) {
    if (pongCount == PONGS_MAX) return false;
    pongs[pongCount++] = value;
    wake();
    return true;
  }

  void reset(int id, long code) {
    if (resets.size() == RESETS_MAX) {
      session.flooded("resets");
      return;
    }
    resets.add(new Reset(id, code));
    wake();
  }

  void creditDue(YamuxStream stream) {
    stream.creditQueued = true;
    credits.add(stream);
    wake();
  }

  void ready(YamuxStream stream) {
    stream.inRing = true;
    ring.add(stream);
    wake();
  }

  private void wake() {
    if (!pumping) output.pumpSoon();
  }

  // ---- writing ------------------------------------------------------------------------------

  void pump(long nowNanos) {
    if (pumping) return;
    pumping = true;
    try {
      while (!session.ended() && output.writable() && step()) {
        if (unflushed >= FLUSH_EVERY) flush();
      }
    } finally {
      pumping = false;
    }
    if (!session.ended()) flush();
  }

  /** Says good-bye and forgets what waits. */
  void last(long goAwayCode) {
    if (goAwayCode >= 0) control(YamuxFrame.GO_AWAY, 0, 0, (int) goAwayCode);
    flush();
    resets.clear();
    credits.clear();
    ring.clear();
    pongCount = 0;
  }

  private boolean step() {
    long ping = session.takePing();
    if (ping >= 0) {
      control(YamuxFrame.PING, YamuxFrame.SYN, 0, (int) ping);
      return true;
    }
    if (pongCount > 0) {
      for (int i = 0; i < pongCount; i++) control(YamuxFrame.PING, YamuxFrame.ACK, 0, pongs[i]);
      pongCount = 0;
      return true;
    }
    Reset reset = resets.poll();
    if (reset != null) {
      control(YamuxFrame.WINDOW, YamuxFrame.RST, reset.id, (int) reset.code);
      return true;
    }
    YamuxStream stream = credits.poll();
    if (stream != null) {
      stream.creditQueued = false;
      if (!stream.gone) credit(stream);
      return true;
    }
    stream = ring.poll();
    if (stream == null) return false;
    stream.inRing = false;
    if (!stream.gone) turn(stream);
    return true;
  }

  private void credit(YamuxStream stream) {
    int credit = session.takeCredit(stream, true);
    if (credit > 0) control(YamuxFrame.WINDOW, session.takeFlags(stream), stream.id, credit);
  }

  /**
   * One frame of a stream: data if there is any and the peer lets us, else the flags due. The end
   * has a frame of its own: there are peers that look at the flags of a frame before its data, and
   * drop what comes behind an end.
   */
  private void turn(YamuxStream stream) {
    int allowed = (int) Math.min(stream.sendWindow, session.settings.frameMax());
    if (stream.dataReady && allowed > 0) stream.sink.peek(allowed, collect);
    int count = piecesBytes;
    piecesBytes = 0;
    if (stream.dataReady && allowed > 0 && count < allowed) stream.dataReady = false;
    boolean ends = stream.finWanted && !stream.dataReady && !stream.finSent;
    int flags = session.takeFlags(stream);
    stream.finSent |= ends;
    if (count > 0) {
      YamuxFrame.writeHeader(room(), YamuxFrame.DATA, flags, stream.id, count);
      unflushed += YamuxFrame.HEADER_BYTES + count;
      for (ByteBuf piece : pieces) append(piece);
      pieces.clear();
      stream.sendWindow -= count;
      flags = 0;
    }
    if (ends) flags |= YamuxFrame.FIN;
    if (flags != 0) control(YamuxFrame.WINDOW, flags, stream.id, session.takeCredit(stream, false));
    if (count > 0) {
      stream.sink.taken(count);
      if (stream.dataReady && stream.sendWindow > 0) session.enqueue(stream);
    }
    if (ends && !stream.gone) session.forgetIfOver(stream);
  }

  private void collect(ByteBuf piece) {
    pieces.add(piece);
    piecesBytes += piece.readableBytes();
  }

  private void control(int type, int flags, int id, int length) {
    YamuxFrame.writeHeader(room(), type, flags, id, length);
    unflushed += YamuxFrame.HEADER_BYTES;
  }

  private ByteBuf room() {
    if (gathered != null && gathered.readableBytes() >= GATHER_MAX) writeGathered();
    ByteBuf there = gathered;
    if (there == null) {
      int max = GATHER_MAX + COPY_MAX + YamuxFrame.HEADER_BYTES;
      there = output.alloc().directBuffer(GATHER_START, max);
      gathered = there;
    }
    return there;
  }

  private void append(ByteBuf piece) {
    if (piece.readableBytes() <= COPY_MAX) {
      ByteBuf there = room();
      there.writeBytes(piece);
      piece.release();
      return;
    }
    writeGathered();
    output.write(piece);
  }

  private void writeGathered() {
    ByteBuf there = gathered;
    if (there == null) return;
    gathered = null;
    output.write(there);
  }

  private void flush() {
    writeGathered();
    if (unflushed == 0) return;
    unflushed = 0;
    output.flush();
  }
}
