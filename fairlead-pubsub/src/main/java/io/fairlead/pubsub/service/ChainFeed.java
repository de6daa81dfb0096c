package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.log.BloomProbe;
import io.fairlead.pubsub.log.ChainFollower;
import io.fairlead.pubsub.log.ChainJson;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerEffect;
import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.FollowerInput;
import io.fairlead.pubsub.log.FollowerOptions;
import io.fairlead.pubsub.log.FollowerStart;
import io.fairlead.pubsub.log.Query;
import io.fairlead.pubsub.subscription.ItemQueue;
import io.fairlead.pubsub.subscription.ItemSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Drives one {@link ChainFollower}: brings it heads, logs and answers, and does what it wants. The
 * follower belongs to the service's event loop; consumers take from a queue and say, now and then,
 * how much room they made.
 */
final class ChainFeed {
  /**
   * What is followed.
   *
   * @param filter which logs; not used for heads
   */
  record Subject(FollowerOptions options, LogFilter filter, LagPolicy onLag) {
    boolean logs() {
      return options.content() == FollowerOptions.Content.LOGS;
    }
  }

  private static final String SUBSCRIBE = "eth_subscribe";
  private static final String UNSUBSCRIBE = "eth_unsubscribe";

  private final ChainService service;
  private final Subject subject;
  private final Clock clock;
  private final FeedMeters meters;
  private final NodeQuestions questions;
  private final ChainFollower follower;
  private final ItemQueue<Delivery> queue;
  private final Optional<CursorSaver> saver;
  private final U256 localId;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicInteger taken = new AtomicInteger();
  private final int roomEach;
  private final Source heads = new Source(true);
  private final Source logs = new Source(false);
  private boolean attached;
  private boolean feeding;
  private int roomOwed;
  private Delivery.@Nullable Gap lastGap;

  /** One of the subscriptions that feed it. */
  private final class Source implements ItemSink {
    private final boolean heads;
    private @Nullable Served served;
    private boolean up;

    Source(boolean heads) {
      this.heads = heads;
    }

    @Override
    public void item(JsonSlice item) {
      if (heads) {
        ChainJson.header(item).ifPresent(header -> feed(new FollowerInput.HeadSeen(header)));
      } else {
        ChainJson.log(item)
            .ifPresent(log -> feed(new FollowerInput.LogSeen(log.entry(), log.removed())));
      }
    }

    @Override
    public void interrupted() {
      up = false;
      settle();
    }

    @Override
    public void resumed() {
      up = true;
      settle();
    }

    @Override
    public void ended(EndReason reason) {
      served = null;
      end(reason);
    }
  }

  ChainFeed(
      ChainService service, Subject subject, FollowerStart start, Optional<CursorSaver> saver) {
    this.service = service;
    this.subject = subject;
    this.saver = saver;
    ServicePlan.Surroundings around = service.plan().surroundings();
    this.clock = around.clock();
    this.meters = new FeedMeters(service.meters());
    this.questions =
        new NodeQuestions(service.bulk()::request, subject.filter(), service.consumers());
    this.follower =
        new ChainFollower(
            subject.options(), start, probe(subject.filter()), around.randomness().generator());
    this.localId = service.subscriptions().localId(subject.logs() ? logsWish() : headsWish());
    int capacity = subject.options().capacity();
    this.roomEach = Math.max(1, capacity / 8);
    this.queue =
        new ItemQueue<>(
            localId,
            refills() ? Integer.MAX_VALUE : capacity,
            Integer.MAX_VALUE,
            _ -> 1,
            subject.onLag(),
            () -> service.execute(() -> service.subscriptions().block(this, false)));
  }

  private boolean refills() {
    return subject.onLag() == LagPolicy.REFILL;
  }

  private static BloomProbe probe(LogFilter filter) {
    List<List<byte[]>> groups = new ArrayList<>();
    groups.add(filter.addresses().stream().map(Address::bytes).toList());
    for (List<Hash> place : filter.topics()) groups.add(place.stream().map(Hash::bytes).toList());
    return BloomProbe.of(groups);
  }

  private static Subscriptions.Wish headsWish() {
    return new Subscriptions.Wish(SUBSCRIBE, UNSUBSCRIBE, Json.array("newHeads"), true);
  }

  private Subscriptions.Wish logsWish() {
    JsonSlice params = Json.array("logs", subject.filter().toJson());
    return new Subscriptions.Wish(SUBSCRIBE, UNSUBSCRIBE, params, true);
  }

  // Life. Any thread.

  /**
   * Subscribes.
   *
   * @return completes when the node agreed to everything; fails with why it did not
   */
  <T> CompletableFuture<Followed<T>> open(Function<Delivery, Optional<T>> decoder) {
    service.hold();
    service.execute(() -> feed(new FollowerInput.Room(subject.options().capacity())));
    CompletableFuture<Followed<T>> opened = new CompletableFuture<>();
    List<CompletableFuture<Served>> asked = new ArrayList<>();
    asked.add(subscribe(headsWish(), heads));
    if (subject.logs()) asked.add(subscribe(logsWish(), logs));
    for (CompletableFuture<Served> each : asked) {
      each.whenComplete(
          (_, failure) -> {
            if (failure != null && opened.completeExceptionally(failure)) close();
          });
    }
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(() -> opened.complete(new Followed<>(localId, queue, decoder, this)));
    return opened;
  }

  private CompletableFuture<Served> subscribe(Subscriptions.Wish wish, Source source) {
    return service
        .subscriptions()
        .subscribe(
            wish,
            served -> {
              source.served = served;
              return source;
            })
        .thenApply(
            served -> {
              source.resumed(); // completes on the loop
              return served;
            });
  }

  /** Gives everything back. Idempotent. */
  void close() {
    if (!closed.compareAndSet(false, true)) return;
    service.execute(
        () -> {
          service.feeds().remove(this);
          service.subscriptions().block(this, false);
          leave(heads);
          leave(logs);
          service.consumers().execute(() -> saver.ifPresent(CursorSaver::finish));
          service.release();
        });
  }

  private void leave(Source source) {
    Served served = source.served;
    source.served = null;
    if (served != null) service.subscriptions().detach(served, source);
  }

  private void end(EndReason reason) {
    queue.end(reason);
    close();
  }

  // What the service and the node tell. On the loop.

  private void settle() {
    if (closed.get()) return;
    boolean up = heads.up && (logs.up || !subject.logs());
    if (up == attached) return;
    attached = up;
    feed(up ? new FollowerInput.Attached() : new FollowerInput.Detached());
  }

  private void feed(FollowerInput input) {
    if (closed.get()) return;
    follower.accept(input, clock.nanos(), this::perform);
    // A consumer that does not hold the follower back makes room by taking, or by losing, at once.
    while (roomOwed > 0 && !feeding) {
      feeding = true;
      int room = roomOwed;
      roomOwed = 0;
      follower.accept(new FollowerInput.Room(room), clock.nanos(), this::perform);
      feeding = false;
    }
  }

  private void perform(FollowerEffect effect) {
    switch (effect) {
      case FollowerEffect.Ask(long id, Query query) ->
          questions
              .ask(query)
              .thenAccept(
                  answer -> service.execute(() -> feed(new FollowerInput.Answered(id, answer))));
      case FollowerEffect.WakeAt(long token, long at) -> {
        Duration wait = Duration.ofNanos(at - clock.nanos());
        var _ = service.timers().after(wait, () -> feed(new FollowerInput.Woken(token)));
      }
      case FollowerEffect.Emit(Delivery delivery) -> emit(delivery);
      case FollowerEffect.FailOver(FailOverCause cause) ->
          service.leaveEndpoint(
              switch (cause) {
                case LAGS -> "endpoint stays behind what was seen";
                case FAILS -> "endpoint does not answer questions";
              });
      case FollowerEffect.Count(Tally tally, long by) -> meters.count(tally, by);
      case FollowerEffect.End(Delivery.GapCause _) -> {
        Delivery.Gap gap = lastGap;
        if (gap != null) end(new EndReason.GapGivenUp(ChainEvents.gap(gap)));
      }
    }
  }

  private void emit(Delivery delivery) {
    if (delivery instanceof Delivery.Gap gap) {
      lastGap = gap;
      meters.gap(gap.cause());
    }
    if (!refills()) roomOwed++;
    switch (queue.offer(delivery)) {
      case TAKEN -> {}
      case FULL -> service.subscriptions().block(this, true);
      case DROPPED_OLDEST -> service.meters().lagged(1);
      case REFUSED -> {
        service.meters().lagged(1);
        if (queue.ended().isPresent()) close();
      }
    }
  }

  /** Asks again about every remembered block from there on. */
  void recheck(long fromBlock) {
    feed(new FollowerInput.Recheck(fromBlock));
  }

  // What consumers tell. Any thread.

  /** A delivery was taken out of the queue. */
  void taken(Delivery delivery) {
    if (delivery instanceof Delivery.Checkpoint(Cursor cursor)) {
      saver.ifPresent(each -> each.reached(cursor));
    }
    if (!refills()) return;
    int sum = taken.incrementAndGet();
    if (sum < roomEach && queue.size() > 0) return;
    service.execute(
        () -> {
          int room = taken.getAndSet(0);
          if (room > 0) feed(new FollowerInput.Room(room));
        });
  }

  void undecodable() {
    service.meters().undecodable();
  }

  Executor consumers() {
    return service.consumers();
  }

  long nowNanos() {
    return clock.nanos();
  }

  U256 localId() {
    return localId;
  }

  int waiting() {
    return queue.size();
  }

  /** Where it is and how far it came, for reports. On the loop. */
  String state() {
    return follower.phase() + " " + follower.completeUpTo();
  }
}
