package io.fairlead.proxy.udp;

import io.fairlead.core.dial.Destination;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Consumer;

/**
 * Datagrams that wait for their destination's address. At most {@code max} of them and {@link
 * #BYTES_MAX} bytes; a new one pushes the oldest out. Confined to one event loop.
 */
final class WaitingDatagrams {
  static final int BYTES_MAX = 1 << 20;

  private record Waiting(Destination.HostPort to, ByteBuf data) {}

  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final int max;
  private final Runnable onDrop;
  private int bytes;

  /**
   * @param onDrop hears of each one pushed out
   */
  WaitingDatagrams(int max, Runnable onDrop) {
    this.max = max;
    this.onDrop = onDrop;
  }

  /** Keeps one; takes ownership. */
  void add(Destination.HostPort to, ByteBuf data) {
    bytes += data.readableBytes();
    queue.add(new Waiting(to, data));
    while (queue.size() > max || bytes > BYTES_MAX) {
      Waiting oldest = queue.remove();
      bytes -= oldest.data().readableBytes();
      oldest.data().release();
      onDrop.run();
    }
  }

  /**
   * Hands out those for one destination, in order.
   *
   * @param taker takes ownership of each
   */
  void take(Destination.HostPort to, Consumer<ByteBuf> taker) {
    for (Iterator<Waiting> each = queue.iterator(); each.hasNext(); ) {
      Waiting waiting = each.next();
      if (!waiting.to().equals(to)) continue;
      each.remove();
      bytes -= waiting.data().readableBytes();
      taker.accept(waiting.data());
    }
  }

  int size() {
    return queue.size();
  }

  void close() {
    queue.forEach(waiting -> waiting.data().release());
    queue.clear();
    bytes = 0;
  }
}
