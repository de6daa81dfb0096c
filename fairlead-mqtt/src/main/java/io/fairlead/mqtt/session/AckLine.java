package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.Packet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers to a client's messages leave in the order the messages came (MQTT 5.0 §4.6), however long
 * each commit takes, and so do messages that are delivered only once they are kept. Home thread
 * only; bounded by the receive maximum and by how much of a client is read.
 */
final class AckLine {
  /** The place of one answer. */
  static final class Place {
    private final boolean counts;
    private @Nullable Packet answer;
    private @Nullable Route route;

    private Place(boolean counts) {
      this.counts = counts;
    }
  }

  private final Deque<Place> line = new ArrayDeque<>();
  private final Consumer<Packet> output;
  private int counted;
  private volatile int seen;

  AckLine(Consumer<Packet> output) {
    this.output = output;
  }

  /** How many wait. */
  int size() {
    return line.size();
  }

  /** How many of those count by themselves for the receive maximum. */
  int counted() {
    return counted;
  }

  /** {@link #size}, a moment ago. Any thread. */
  int seen() {
    return seen;
  }

  /** The next place, of a message that counts until the answer has left. */
  Place take() {
    counted++;
    return take(true);
  }

  /** The same of a message whose id is held, which counts until that is released. */
  Place takeHeld() {
    return take(false);
  }

  private Place take(boolean counts) {
    Place place = new Place(counts);
    line.add(place);
    seen = line.size();
    return place;
  }

  /** The answer is known; it leaves when those before it have. */
  void answer(Place place, Packet answer) {
    answer(place, answer, null);
  }

  /**
   * The same.
   *
   * @param route is delivered just before the answer leaves; null: nothing is
   */
  void answer(Place place, Packet answer, @Nullable Route route) {
    place.answer = answer;
    place.route = route;
    while (true) {
      Place head = line.peek();
      if (head == null || head.answer == null) break;
      line.remove();
      if (head.counts) counted--;
      if (head.route != null) head.route.deliver();
      output.accept(head.answer);
    }
    seen = line.size();
  }
}
