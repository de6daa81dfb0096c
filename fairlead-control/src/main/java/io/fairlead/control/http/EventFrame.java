package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.event.GatewayEvent;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One server-sent event. What nobody watches is never written out: the text is made for the first
 * who asks, and kept for the others. Thread-safe: two who ask at once make the same text.
 */
final class EventFrame {
  private final long sequence;
  private final Instant at;
  private final String kind;
  private final Supplier<byte[]> text;
  private volatile byte @Nullable [] bytes;

  private EventFrame(long sequence, Instant at, String kind, Supplier<byte[]> text) {
    this.sequence = sequence;
    this.at = at;
    this.kind = kind;
    this.text = text;
  }

  /** What happened, with the number by which a watcher says how far it got. */
  static EventFrame of(GatewayEvent event, String epoch, long sequence) {
    return new EventFrame(
        sequence,
        event.at(),
        event.kind(),
        () -> encode(epoch + "-" + sequence, event.kind(), EventJson.tree(event)));
  }

  /** A word to one watcher, which moves its place in the stream no further. */
  static EventFrame aside(Instant at, String kind, ObjectNode data) {
    return new EventFrame(0, at, kind, () -> encode("", kind, data));
  }

  /** Counts up by one from event to event; 0 for an aside. */
  long sequence() {
    return sequence;
  }

  Instant at() {
    return at;
  }

  String kind() {
    return kind;
  }

  /** As it goes to watchers; not to be changed. */
  byte[] bytes() {
    byte[] made = bytes;
    if (made == null) {
      made = text.get();
      bytes = made;
    }
    return made;
  }

  static byte[] encode(String id, String kind, ObjectNode data) {
    StringBuilder text = new StringBuilder(256);
    if (!id.isEmpty()) text.append("id: ").append(id).append('\n');
    text.append("event: ").append(kind).append("\ndata: ");
    text.append(new String(Json.bytes(data), UTF_8)).append("\n\n");
    return text.toString().getBytes(UTF_8);
  }
}
