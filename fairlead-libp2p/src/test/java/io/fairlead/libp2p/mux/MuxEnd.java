package io.fairlead.libp2p.mux;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One end of a session over a pipe in memory: what it writes is kept until the test moves it. */
final class MuxEnd implements FrameOutput, SessionListener {
  final List<End> accepted = new ArrayList<>();
  final ArrayDeque<ByteBuf> written = new ArrayDeque<>();
  final WindowBudget budget;
  final YamuxSession session;
  boolean autoAccept = true;
  boolean peerLeaves;
  int outputMax = 64 * 1024;
  @Nullable SessionEnd end;
  long now;

  MuxEnd(boolean dialer, YamuxSettings settings) {
    this(dialer, settings, new WindowBudget(new ByteSize(1L << 40)));
  }

  MuxEnd(boolean dialer, YamuxSettings settings, WindowBudget budget) {
    this.budget = budget;
    MuxMeters meters = new MuxMeters(new Meters(new SimpleMeterRegistry()));
    session = new YamuxSession(dialer, settings, budget, meters, this, this, 0);
  }

  End open() {
    End stream = new End();
    stream.stream = session.open(now);
    stream.stream().sink(stream);
    return stream;
  }

  int writtenBytes() {
    return written.stream().mapToInt(ByteBuf::readableBytes).sum();
  }

  /** Moves up to {@code max} bytes of what was written to the other end. */
  int moveTo(MuxEnd other, int max) {
    int moved = 0;
    while (moved < max && !written.isEmpty()) {
      ByteBuf first = written.element();
      int count = Math.min(max - moved, first.readableBytes());
      ByteBuf part = first.readSlice(count);
      moved += count;
      other.session.receive(part, other.now);
      if (!first.isReadable()) written.remove().release();
    }
    return moved;
  }

  /** All that was written, as bytes. */
  byte[] takeWritten() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf part; (part = written.poll()) != null; part.release()) all.writeBytes(part);
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  void receive(ByteBuf bytes) {
    session.receive(bytes, now);
    bytes.release();
    session.pump(now);
  }

  void release() {
    session.disconnected();
    for (End stream : accepted) stream.drop();
    for (ByteBuf part; (part = written.poll()) != null; ) part.release();
  }

  @Override
  public ByteBufAllocator alloc() {
    return PooledByteBufAllocator.DEFAULT;
  }

  @Override
  public boolean writable() {
    return writtenBytes() < outputMax;
  }

  @Override
  public void write(ByteBuf bytes) {
    written.add(bytes);
  }

  @Override
  public void flush() {}

  @Override
  public void pumpSoon() {}

  @Override
  public StreamSink inbound(YamuxStream stream) {
    End end = new End();
    end.stream = stream;
    accepted.add(end);
    return end;
  }

  void acceptAll() {
    for (End stream : accepted) stream.stream().accept();
  }

  @Override
  public void peerLeaves() {
    peerLeaves = true;
  }

  @Override
  public void ended(SessionEnd end) {
    this.end = end;
  }

  /** The application of one stream: keeps what came until it is read, and what is to be sent. */
  static final class End implements StreamSink {
    private @Nullable YamuxStream stream;
    final ArrayDeque<ByteBuf> received = new ArrayDeque<>();
    final ArrayDeque<ByteBuf> toSend = new ArrayDeque<>();
    long receivedBytes;
    long sentBytes;
    boolean inputEnded;
    @Nullable StreamEnd end;

    YamuxStream stream() {
      if (stream == null) throw new IllegalStateException("stream: none yet");
      return stream;
    }

    void send(ByteBuf bytes) {
      toSend.add(bytes);
      stream().ready();
    }

    void send(int bytes) {
      send(Unpooled.wrappedBuffer(new byte[bytes]));
    }

    int heldBytes() {
      return received.stream().mapToInt(ByteBuf::readableBytes).sum();
    }

    /** Reads up to {@code max} bytes and gives the window back. */
    byte[] read(int max) {
      byte[] bytes = new byte[Math.min(max, heldBytes())];
      for (int at = 0; at < bytes.length; ) {
        ByteBuf first = received.element();
        int count = Math.min(bytes.length - at, first.readableBytes());
        first.readBytes(bytes, at, count);
        at += count;
        if (!first.isReadable()) received.remove().release();
      }
      stream().consumed(bytes.length);
      return bytes;
    }

    void drop() {
      for (ByteBuf part; (part = received.poll()) != null; ) part.release();
      for (ByteBuf part; (part = toSend.poll()) != null; ) part.release();
    }

    @Override
    public void data(ByteBuf data) {
      if (inputEnded || end != null) throw new IllegalStateException("data behind the end");
      receivedBytes += data.readableBytes();
      received.add(data);
    }

    @Override
    public void inputEnded() {
      if (inputEnded) throw new IllegalStateException("ended twice");
      inputEnded = true;
    }

    @Override
    public void peek(int max, Consumer<? super ByteBuf> pieces) {
      int left = max;
      for (ByteBuf part : toSend) {
        int count = Math.min(left, part.readableBytes());
        if (count > 0) pieces.accept(part.retainedSlice(part.readerIndex(), count));
        left -= count;
        if (left == 0) return;
      }
    }

    @Override
    public void taken(int count) {
      sentBytes += count;
      for (int left = count; left > 0; ) {
        ByteBuf first = toSend.element();
        int some = Math.min(left, first.readableBytes());
        first.skipBytes(some);
        left -= some;
        if (!first.isReadable()) toSend.remove().release();
      }
    }

    @Override
    public void closed(StreamEnd end) {
      if (this.end != null) throw new IllegalStateException("closed twice");
      this.end = end;
      if (!(end instanceof StreamEnd.Finished)) drop();
    }
  }
}
