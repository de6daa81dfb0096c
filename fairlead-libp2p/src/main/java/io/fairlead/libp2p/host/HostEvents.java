package io.fairlead.libp2p.host;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells subscribers what happened at a node. {@link #emit} never blocks. Each subscriber has a
 * queue and a thread of its own; one whose queue is full is told the latest event of each subject
 * only, and beyond 16,384 subjects it misses the oldest, which is counted. Any thread.
 */
public final class HostEvents implements AutoCloseable {
  /** Events a subscriber is usually given room for. */
  public static final int CAPACITY = 16;

  private static final int SUBJECTS_MAX = 16_384;
  private static final Logger log = LoggerFactory.getLogger(HostEvents.class);

  private final CopyOnWriteArrayList<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();

  /** Of the lasting kinds, the last; guarded by {@code lock}. */
  private final Map<Object, HostEvent> last = new HashMap<>();

  /** Tells everyone who wants to know. */
  public void emit(HostEvent event) {
    synchronized (lock) {
      if (event.lasting()) last.put(event.subject(), event);
      for (Subscription subscription : subscriptions) subscription.add(event);
    }
  }

  /**
   * Calls {@code onlooker} with each event of some kinds, one at a time, first the last of those
   * that last.
   *
   * @param name for the thread
   * @param capacity events queued before only the latest of each subject is kept
   */
  public Subscription subscribe(
      String name,
      Set<Class<? extends HostEvent>> kinds,
      int capacity,
      Consumer<? super HostEvent> onlooker) {
    Subscription subscription = new Subscription(Set.copyOf(kinds), capacity, onlooker);
    synchronized (lock) {
      last.values().forEach(subscription::add);
      subscriptions.add(subscription);
    }
    subscription.thread = Thread.ofVirtual().name("libp2p-events-" + name).start(subscription::run);
    return subscription;
  }

  @Override
  public void close() {
    for (Subscription subscription : subscriptions) subscription.close();
  }

  /** One onlooker's place. */
  public final class Subscription implements AutoCloseable {
    private final Set<Class<? extends HostEvent>> kinds;
    private final int capacity;
    private final Consumer<? super HostEvent> onlooker;
    private final Object queue = new Object();

    /** Guarded by {@code queue}, as all below. */
    private final ArrayDeque<HostEvent> recent = new ArrayDeque<>();

    private final LinkedHashMap<Object, HostEvent> latest = new LinkedHashMap<>();
    private long missed;
    private boolean closed;
    private volatile @Nullable Thread thread;

    private Subscription(
        Set<Class<? extends HostEvent>> kinds, int capacity, Consumer<? super HostEvent> onlooker) {
      this.kinds = kinds;
      this.capacity = capacity;
      this.onlooker = onlooker;
    }

    /** Events it missed altogether. */
    public long missed() {
      synchronized (queue) {
        return missed;
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
      synchronized (queue) {
        closed = true;
        queue.notifyAll();
      }
      Thread running = thread;
      if (running != null) running.interrupt();
    }

    private void add(HostEvent event) {
      if (!kinds.contains(event.getClass())) return;
      synchronized (queue) {
        if (latest.isEmpty() && recent.size() < capacity) {
          recent.add(event);
        } else {
          latest.put(event.subject(), event);
          if (latest.size() > SUBJECTS_MAX) {
            Iterator<HostEvent> oldest = latest.values().iterator();
            oldest.next();
            oldest.remove();
            missed++;
          }
        }
        queue.notifyAll();
      }
    }

    private void run() {
      try {
        while (true) {
          HostEvent event = next();
          if (event == null) return;
          try {
            onlooker.accept(event);
          } catch (RuntimeException failure) {
            log.atError().setCause(failure).log("onlooker failed");
          }
        }
      } catch (InterruptedException _) {
        // closed; nobody else interrupts this thread
      }
    }

    private @Nullable HostEvent next() throws InterruptedException {
      synchronized (queue) {
        while (!closed && recent.isEmpty() && latest.isEmpty()) queue.wait();
        if (closed) return null;
        if (!recent.isEmpty()) return recent.remove();
        Iterator<HostEvent> oldest = latest.values().iterator();
        HostEvent event = oldest.next();
        oldest.remove();
        return event;
      }
    }
  }
}
