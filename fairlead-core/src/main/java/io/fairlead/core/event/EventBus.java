package io.fairlead.core.event;

import io.fairlead.core.mailbox.Mailbox;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Hands facts to onlookers. {@link #publish} never blocks: each subscriber has its own bounded ring
 * and thread, and a subscriber that falls behind loses events, which are counted. Thread-safe.
 */
public final class EventBus implements AutoCloseable {
  /** Thousands of events a second wake an onlooker this often, not each for itself. */
  private static final Duration REST = Duration.ofMillis(2);

  private final CopyOnWriteArrayList<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final LongAdder dropped = new LongAdder();

  /** Tells every subscriber. Any thread. */
  public void publish(GatewayEvent event) {
    for (Subscription subscription : subscriptions) {
      if (!subscription.mailbox.offer(event)) {
        subscription.dropped.increment();
        dropped.increment();
      }
    }
  }

  /**
   * Calls {@code onlooker} with every event from now on, one at a time, on a thread of its own. An
   * event that comes right after another may be told of two milliseconds later.
   *
   * @param name for the thread and the meters
   * @param capacity events held for it at most; beyond that it misses events
   */
  public Subscription subscribe(String name, int capacity, Consumer<GatewayEvent> onlooker) {
    Subscription subscription =
        new Subscription(Mailbox.start("events-" + name, capacity, REST, onlooker));
    subscriptions.add(subscription);
    return subscription;
  }

  /** Events any subscriber missed since the start. */
  public long dropped() {
    return dropped.sum();
  }

  /** Ends every subscription. */
  @Override
  public void close() {
    for (Subscription subscription : subscriptions) subscription.close();
  }

  /** One onlooker's place. */
  public final class Subscription implements AutoCloseable {
    private final Mailbox<GatewayEvent> mailbox;
    private final LongAdder dropped = new LongAdder();

    private Subscription(Mailbox<GatewayEvent> mailbox) {
      this.mailbox = mailbox;
    }

    /** Events this onlooker missed. */
    public long dropped() {
      return dropped.sum();
    }

    @Override
    public void close() {
      subscriptions.remove(this);
      mailbox.close();
    }
  }
}
