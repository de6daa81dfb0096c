package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.DatagramCapsules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that wait for their stream, in capsules (RFC 9297). When there is no room the oldest is
 * dropped, and counted. Confined to one event loop.
 */
final class WaitingDatagrams {
  private final int bytesMax;
  private final ServerMeters meters;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private int bytes;
  private @Nullable Channel stream;

  /**
   * @param bytesMax of capsules
   */
  WaitingDatagrams(int bytesMax, ServerMeters meters) {
    this.bytesMax = bytesMax;
    this.meters = meters;
  }

  /** From here on they go there, as fast as it takes them. */
  void goTo(Channel opened) {
    stream = opened;
    pass();
  }

  /**
   * @param payload borrows
   */
  void add(ByteBuf payload) {
    ByteBuf capsule = DatagramCapsules.write(payload, payload.alloc());
    waiting.add(capsule);
    bytes += capsule.readableBytes();
    while (bytes > bytesMax) {
      ByteBuf oldest = waiting.remove();
      bytes -= oldest.readableBytes();
      oldest.release();
      meters.datagramDropped();
    }
    pass();
  }

  /** Passes on what the stream has room for. */
  void pass() {
    Channel there = stream;
    if (there == null) return;
    boolean any = false;
    while (there.isWritable()) {
      ByteBuf next = waiting.poll();
      if (next == null) break;
      bytes -= next.readableBytes();
      there.write(next, there.voidPromise());
      any = true;
    }
    if (any) there.flush();
  }

  /** Ends the stream, too. */
  void close() {
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    bytes = 0;
    if (stream != null) stream.close();
  }
}
