package io.fairlead.control.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One reader of the event stream. {@link #offer} may be called from any thread; writing happens on
 * the connection's event loop, as fast as the reader takes it.
 */
final class EventWatcher implements Feed {
  private final Predicate<EventFrame> wanted;
  private final Duration keepAlive;
  private final byte[] comment;
  private final Consumer<EventWatcher> onGone;
  private final ArrayDeque<EventFrame> waiting = new ArrayDeque<>(); // guarded by waiting
  private final ArrayDeque<EventFrame> missed = new ArrayDeque<>(); // guarded by waiting
  private long dropped; // guarded by waiting
  private boolean pumping; // guarded by waiting
  private @Nullable Outlet outlet; // guarded by waiting

  EventWatcher(
      Predicate<EventFrame> wanted,
      Duration keepAlive,
      byte[] comment,
      Consumer<EventWatcher> onGone) {
    this.wanted = wanted;
    this.keepAlive = keepAlive;
    this.comment = comment;
    this.onGone = onGone;
  }

  /** What comes first; before {@link #open}. */
  void begin(List<EventFrame> frames) {
    synchronized (waiting) {
      frames.stream().filter(wanted).forEach(missed::add);
    }
  }

  /**
   * One more event.
   *
   * @return false when the reader is too far behind and loses it
   */
  boolean offer(EventFrame frame) {
    if (!wanted.test(frame)) return true;
    Outlet ready;
    synchronized (waiting) {
      if (waiting.size() >= EventStream.BUFFERED_MAX) {
        dropped++;
        return false;
      }
      waiting.add(frame);
      if (pumping || outlet == null) return true;
      pumping = true;
      ready = outlet;
    }
    ready.execute(() -> pump(ready));
    return true;
  }

  @Override
  public void open(Outlet opened) {
    opened.onEnd(() -> onGone.accept(this));
    opened.onWritable(() -> pump(opened));
    opened.write(comment); // the head leaves at once, and a proxy between sees bytes
    synchronized (waiting) {
      outlet = opened;
      pumping = true;
    }
    pump(opened);
    opened.after(keepAlive, () -> stayAlive(opened));
  }

  private void pump(Outlet to) {
    while (to.writable()) {
      EventFrame next;
      long lost = 0;
      synchronized (waiting) {
        next = missed.isEmpty() ? waiting.poll() : missed.poll();
        if (next == null) {
          lost = dropped;
          dropped = 0;
          if (lost == 0) {
            pumping = false;
            break;
          }
        }
      }
      to.write(
          next == null
              ? EventFrame.encode("", "dropped", Json.object().put("dropped", lost))
              : next.bytes());
    }
    to.flush();
  }

  private void stayAlive(Outlet to) {
    if (to.writable()) {
      to.write(comment);
      to.flush();
    }
    to.after(keepAlive, () -> stayAlive(to));
  }
}
