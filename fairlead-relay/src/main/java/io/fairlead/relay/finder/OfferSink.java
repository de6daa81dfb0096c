package io.fairlead.relay.finder;

import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.RelayPeerSource.Cancel;
import io.fairlead.relay.source.RelayPeerSource.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One search's way to the finder: of offers that come faster than they are read, some are lost. */
final class OfferSink implements Sink, Cancel {
  private final long query;
  private final int unreadMax;
  private final Consumer<FinderInput> finder;
  private final Runnable passedOver;
  private final AtomicInteger unread = new AtomicInteger();
  private final AtomicBoolean complete = new AtomicBoolean();
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private final List<Runnable> actions = new ArrayList<>();

  private boolean cancelled;

  /**
   * @param unreadMax offers that may wait
   * @param passedOver is run for each that is lost
   */
  OfferSink(long query, int unreadMax, Consumer<FinderInput> finder, Runnable passedOver) {
    this.query = query;
    this.unreadMax = unreadMax;
    this.finder = finder;
    this.passedOver = passedOver;
  }

  @Override
  public void offer(RelayPeer peer) {
    if (complete.get()) return;
    if (unread.incrementAndGet() > unreadMax) {
      unread.decrementAndGet();
      passedOver.run();
      return;
    }
    finder.accept(new FinderInput.Offered(query, peer));
  }

  /** One was read. */
  void read() {
    unread.decrementAndGet();
  }

  @Override
  public void complete() {
    if (complete.compareAndSet(false, true)) finder.accept(new FinderInput.SourceDone(query));
  }

  void cancel() {
    List<Runnable> due;
    synchronized (lock) {
      if (cancelled) return;
      cancelled = true;
      due = List.copyOf(actions);
      actions.clear();
    }
    due.forEach(Runnable::run);
  }

  @Override
  public boolean cancelled() {
    synchronized (lock) {
      return cancelled;
    }
  }

  @Override
  public void onCancel(Runnable action) {
    synchronized (lock) {
      if (!cancelled) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }
}
