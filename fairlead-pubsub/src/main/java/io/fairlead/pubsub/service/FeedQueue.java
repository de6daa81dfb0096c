package io.fairlead.pubsub.service;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.subscription.ItemQueue;
import java.lang.ref.Cleaner;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer's end of a followed subscription: the queue, the room it makes, and the cursor it
 * reaches. Deliveries come on the service's event loop; everything else may come from any thread.
 */
final class FeedQueue implements FeedOutlet {
  /** What stands behind the queue. Called from any thread. */
  interface Behind {
    /** So many more deliveries may come. */
    void room(int deliveries);

    /** Nobody takes any more. */
    void close();

    /** Asks again about remembered blocks. */
    void recheck(long fromBlock);
  }

  private static final Logger log = LoggerFactory.getLogger(FeedQueue.class);

  private final ChainService service;
  private final ChainFeed.Subject subject;
  private final Optional<CursorSaver> saver;
  private final U256 localId;
  private final ItemQueue<Delivery> items;
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final int roomEach;
  private final int bytesMax;
  private int granted; // of the loop, as is what follows
  private int withheld;
  private Behind behind; // set once, before anything is delivered

  FeedQueue(ChainService service, ChainFeed.Subject subject, Optional<CursorSaver> saver) {
    this.service = service;
    this.subject = subject;
    this.saver = saver;
    this.localId = service.subscriptions().localId(subject.wish());
    int capacity = subject.options().capacity();
    this.roomEach = Math.max(1, capacity / 8);
    this.bytesMax = service.plan().settings().bounds().queueBytes();
    this.items =
        new ItemQueue<>(
            localId,
            subject.refills() ? Integer.MAX_VALUE : capacity,
            subject.refills() ? Integer.MAX_VALUE : bytesMax,
            Delivery::bytes,
            subject.onLag(),
            () -> service.execute(() -> service.subscriptions().block(this, false)),
            service::later);
    this.behind = NOTHING;
  }

  private static final Behind NOTHING =
      new Behind() {
        @Override
        public void room(int deliveries) {}

        @Override
        public void close() {}

        @Override
        public void recheck(long fromBlock) {}
      };

  /** Connects it with what fills it, and asks for as much as it holds. On the loop. */
  void begin(Behind filler) {
    behind = filler;
    service.feeds().add(this);
    granted = subject.options().capacity();
    filler.room(granted);
  }

  @Override
  public void deliver(Delivery delivery) {
    // A consumer that does not hold the follower back makes room by taking, or by losing, at once.
    if (!subject.refills()) behind.room(1);
    else hold(delivery.bytes());
    switch (items.offer(delivery)) {
      case TAKEN -> {}
      case FULL -> service.subscriptions().block(this, true);
      case DROPPED_OLDEST -> service.meters().lagged(1);
      case REFUSED -> {
        service.meters().lagged(1);
        if (items.ended().isPresent()) close();
      }
    }
  }

  /** Large items: what was granted is taken back, until a quarter of the bytes is left. */
  private void hold(int bytes) {
    granted--;
    if (queuedBytes.addAndGet(bytes) < bytesMax || granted <= 0) return;
    behind.room(-granted);
    withheld += granted;
    granted = 0;
  }

  private void give(int deliveries) {
    withheld += deliveries;
    if (queuedBytes.get() > bytesMax / 4) return;
    granted += withheld;
    behind.room(withheld);
    withheld = 0;
  }

  @Override
  public void ended(EndReason reason) {
    items.end(reason);
    close();
  }

  /** A delivery was taken out of the queue. */
  void taken(Delivery delivery) {
    if (delivery instanceof Delivery.Checkpoint(Cursor cursor)) {
      saver.ifPresent(each -> each.reached(cursor));
    }
    if (!subject.refills()) return;
    queuedBytes.addAndGet(-delivery.bytes());
    int sum = taken.incrementAndGet();
    if (sum < roomEach && items.size() > 0) return;
    service.execute(
        () -> {
          int room = taken.getAndSet(0);
          if (room > 0) give(room);
        });
  }

  /** The consumer goes; what waits is dropped. */
  void giveUp() {
    items.end(new EndReason.Closed());
    items.clear();
    close();
  }

  /** The consumer is gone, and never said so. */
  void forgotten() {
    if (closed.get()) return;
    log.atWarn()
        .addKeyValue("chain", service.name())
        .addKeyValue("subscription", localId)
        .log("a subscription was never closed");
    giveUp();
  }

  Cleaner cleaner() {
    return service.cleaner();
  }

  private void close() {
    if (!closed.compareAndSet(false, true)) return;
    service.execute(
        () -> {
          service.feeds().remove(this);
          service.subscriptions().block(this, false);
          behind.close();
        });
    saver.ifPresent(each -> service.consumers().execute(each::finish));
  }

  /** On the loop. */
  void recheck(long fromBlock) {
    behind.recheck(fromBlock);
  }

  ItemQueue<Delivery> items() {
    return items;
  }

  U256 localId() {
    return localId;
  }

  void undecodable() {
    service.meters().undecodable();
  }

  Executor consumers() {
    return service.consumers();
  }

  long nowNanos() {
    return service.plan().surroundings().clock().nanos();
  }
}
