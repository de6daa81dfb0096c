package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.Packet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers to a client's messages leave in the order the messages came (MQTT 5.0 §4.6), however long
 * each commit takes. Home thread only; bounded by the receive maximum.
 */
final class AckLine {
  /** The place of one answer. */
  static final class Place {
    private @Nullable Packet answer;
  }

  private final Deque<Place> line = new ArrayDeque<>();
  private final Consumer<Packet> output;

  AckLine(Consumer<Packet> output) {
    this.output = output;
  }

  /** How many wait. */
  int size() {
    return line.size();
  }

  /** The next place. */
  Place take() {
    Place place = new Place();
    line.add(place);
    return place;
  }

  /** The answer is known; it leaves when those before it have. */
  void answer(Place place, Packet answer) {
    place.answer = answer;
    while (true) {
      Place head = line.peek();
      if (head == null || head.answer == null) return;
      line.remove();
      output.accept(head.answer);
    }
  }
}
