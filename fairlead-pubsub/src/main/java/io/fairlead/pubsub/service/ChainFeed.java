package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.log.BloomProbe;
import io.fairlead.pubsub.log.ChainFollower;
import io.fairlead.pubsub.log.ChainJson;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerEffect;
import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.FollowerInput;
import io.fairlead.pubsub.log.FollowerOptions;
import io.fairlead.pubsub.log.FollowerStart;
import io.fairlead.pubsub.log.Query;
import io.fairlead.pubsub.subscription.ItemSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Drives one {@link ChainFollower}: brings it heads, logs and answers, and does what it wants. The
 * follower belongs to the service's event loop; what it tells goes to an outlet, which says how
 * much room there is.
 */
final class ChainFeed {
  /**
   * What is followed.
   *
   * @param filter which logs; not used for heads
   */
  record Subject(FollowerOptions options, LogFilter filter, LagPolicy onLag) {
    private static final String SUBSCRIBE = "eth_subscribe";
    private static final String UNSUBSCRIBE = "eth_unsubscribe";
    static final Subscriptions.Wish HEADS =
        new Subscriptions.Wish(SUBSCRIBE, UNSUBSCRIBE, Json.array("newHeads"), true);

    boolean logs() {
      return options.content() == FollowerOptions.Content.LOGS;
    }

    /** Whether a slow consumer holds the follower back; otherwise its queue decides. */
    boolean refills() {
      return onLag == LagPolicy.REFILL;
    }

    /** What is asked of the node. */
    Subscriptions.Wish wish() {
      if (!logs()) return HEADS;
      JsonSlice params = Json.array("logs", filter.toJson());
      return new Subscriptions.Wish(SUBSCRIBE, UNSUBSCRIBE, params, true);
    }
  }

  private final ChainService service;
  private final Subject subject;
  private final Clock clock;
  private final FeedMeters meters;
  private final NodeQuestions questions;
  private final ChainFollower follower;
  private final FeedOutlet outlet;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Source heads = new Source(true);
  private final Source logs = new Source(false);
  private boolean attached;
  private boolean told; // that it is filling
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
        service.headers().apply(item).ifPresent(header -> feed(new FollowerInput.HeadSeen(header)));
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

  ChainFeed(ChainService service, Subject subject, FollowerStart start, FeedOutlet outlet) {
    this.service = service;
    this.subject = subject;
    this.outlet = outlet;
    ServicePlan.Surroundings around = service.plan().surroundings();
    this.clock = around.clock();
    this.meters = new FeedMeters(service.meters());
    this.questions =
        new NodeQuestions(service.bulk()::request, subject.filter(), service.consumers());
    this.follower =
        new ChainFollower(
            subject.options(), start, probe(subject.filter()), around.randomness().generator());
  }

  private static BloomProbe probe(LogFilter filter) {
    List<List<byte[]>> groups = new ArrayList<>();
    groups.add(filter.addresses().stream().map(Address::bytes).toList());
    for (List<Hash> place : filter.topics()) groups.add(place.stream().map(Hash::bytes).toList());
    return BloomProbe.of(groups);
  }

  // Life. Any thread.

  /**
   * Subscribes.
   *
   * @return completes when the node agreed to everything; fails with why it did not
   */
  CompletableFuture<Void> open() {
    service.hold();
    CompletableFuture<Void> opened = new CompletableFuture<>();
    List<CompletableFuture<Served>> asked = new ArrayList<>();
    asked.add(subscribe(Subject.HEADS, heads));
    if (subject.logs()) asked.add(subscribe(subject.wish(), logs));
    for (CompletableFuture<Served> each : asked) {
      each.whenComplete(
          (_, failure) -> {
            if (failure != null && opened.completeExceptionally(failure)) close();
          });
    }
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(() -> opened.complete(null));
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
          leave(heads);
          leave(logs);
          service.release();
        });
  }

  private void leave(Source source) {
    Served served = source.served;
    source.served = null;
    if (served == null) return;
    if (told && source == (subject.logs() ? logs : heads)) {
      told = false;
      service.subscriptions().filling(served, false);
    }
    service.subscriptions().detach(served, source);
  }

  private void end(EndReason reason) {
    outlet.ended(reason);
    close();
  }

  // What the service and the node tell. On the loop.

  private void settle() {
    if (closed.get()) return;
    boolean up = heads.up && (logs.up || !subject.logs());
    if (up == attached) return;
    attached = up;
    if (!up) outlet.interrupted();
    feed(up ? new FollowerInput.Attached() : new FollowerInput.Detached());
  }

  private void feed(FollowerInput input) {
    if (closed.get()) return;
    follower.accept(input, clock.nanos(), this::perform);
    ChainFollower.Phase phase = follower.phase();
    boolean filling = phase == ChainFollower.Phase.FILLING || phase == ChainFollower.Phase.LAGGING;
    Served served = (subject.logs() ? logs : heads).served;
    if (filling == told || served == null) return;
    told = filling;
    service.subscriptions().filling(served, filling);
  }

  /** So many more deliveries may come. Any thread. */
  void room(int deliveries) {
    service.execute(() -> feed(new FollowerInput.Room(deliveries)));
  }

  private void perform(FollowerEffect effect) {
    switch (effect) {
      case FollowerEffect.Ask(long id, Query query) ->
          questions
              .ask(query, service.headers())
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
    outlet.deliver(delivery);
  }

  /** Asks again about every remembered block from there on. */
  void recheck(long fromBlock) {
    feed(new FollowerInput.Recheck(fromBlock));
  }

  /** Where it is and how far it came, for reports. On the loop. */
  String state() {
    return follower.phase() + " " + follower.completeUpTo();
  }
}
