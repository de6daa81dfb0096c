package io.fairlead.pubsub.log;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Deliveries that the consumer has no room for yet. What is here was promised and will be
 * delivered; how much may wait is decided by who adds. Not thread-safe.
 */
final class Outbox {
  private final Queue<Delivery> waiting = new ArrayDeque<>();
  private long bytes;
  private long room;

  void room(int more) {
    room += more;
  }

  long room() {
    return room;
  }

  void add(Delivery delivery) {
    waiting.add(delivery);
    bytes += delivery.bytes();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }

  long bytes() {
    return bytes;
  }

  void flush(Consumer<? super FollowerEffect> effects) {
    while (room > 0) {
      Delivery next = waiting.poll();
      if (next == null) return;
      room--;
      bytes -= next.bytes();
      effects.accept(new FollowerEffect.Emit(next));
    }
  }
}
