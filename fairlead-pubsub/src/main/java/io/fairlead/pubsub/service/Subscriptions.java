package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Keccak256;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.codec.ServerIdKey;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.subscription.EarlyItems;
import io.fairlead.pubsub.subscription.ItemSink;
import io.fairlead.pubsub.subscription.ServerIds;
import io.fairlead.pubsub.subscription.ServerToken;
import io.fairlead.pubsub.subscription.SubscriptionMachine;
import io.fairlead.pubsub.subscription.SubscriptionMachine.Effect;
import io.fairlead.pubsub.subscription.SubscriptionMachine.Input;
import io.fairlead.pubsub.subscription.SubscriptionMachine.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriptions of a service: makes them, makes them again, and brings items to those who
 * listen. Drives one {@link SubscriptionMachine} for each. On the event loop, unless a method says
 * otherwise.
 */
final class Subscriptions {
  private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);
  private static final byte[] SEPARATOR = {0};
  private static final int SALT_BYTES = 16;

  private final ServicePlan plan;
  private final Timers timers;
  private final Clock clock;
  private final ServiceMeters meters;
  private final Calls calls;
  private final ChainService service;
  private final Map<U256, Served> byLocalId = new HashMap<>();
  private final Set<Served> all = new LinkedHashSet<>(); // in creation order
  private final ServerIds<Served> ids = new ServerIds<>();
  private final EarlyItems early = new EarlyItems();
  private final ArrayDeque<Runnable> waitingAsks = new ArrayDeque<>(); // at most one each
  private final SubscriptionTally tally;
  private final Set<Served> watched = ConcurrentHashMap.newKeySet(); // all, for readers
  private final Set<Object> blocking = new LinkedHashSet<>();
  private boolean connected;
  private boolean over;
  private int asking;
  private int epoch;

  Subscriptions(
      ServicePlan plan,
      Timers timers,
      Clock clock,
      ServiceMeters meters,
      Calls calls,
      ChainService service) {
    this.plan = plan;
    this.timers = timers;
    this.clock = clock;
    this.meters = meters;
    this.calls = calls;
    this.service = service;
    this.tally = new SubscriptionTally(meters);
  }

  /** Items waiting in all handles. Any thread. */
  long waiting() {
    long sum = 0;
    for (Served each : watched) sum += each.waiting();
    return sum;
  }

  /** What to subscribe to. */
  record Wish(String method, String unsubscribeMethod, JsonSlice params, boolean shared) {}

  /**
   * Subscribes, or joins a subscription that is there. Any thread.
   *
   * @param listener gets the local id and gives who listens; called on the loop
   * @return completes on the loop when the server agreed; fails with why it did not
   */
  CompletableFuture<Served> subscribe(Wish wish, Function<Served, ItemSink> listener) {
    CompletableFuture<Served> done = new CompletableFuture<>();
    var refusal = calls.admission(wish.method(), service);
    if (refusal.isPresent()) {
      done.completeExceptionally(refusal.get());
      return done;
    }
    U256 localId;
    try {
      localId = localId(wish);
    } catch (PubSubException failure) {
      done.completeExceptionally(failure);
      return done;
    }
    service.execute(() -> join(localId, wish, listener, done));
    return done;
  }

  /** The local id that a wish gets. */
  U256 localId(Wish wish) {
    byte[] method = wish.method().getBytes(StandardCharsets.UTF_8);
    byte[] params = Json.canonical(wish.params()).bytes();
    byte[] salt =
        wish.shared() ? new byte[0] : plan.surroundings().randomness().secureBytes(SALT_BYTES);
    return U256.of(Keccak256.digest(method, SEPARATOR, params, salt));
  }

  private void join(
      U256 localId,
      Wish wish,
      Function<Served, ItemSink> listener,
      CompletableFuture<Served> done) {
    if (over) {
      done.completeExceptionally(
          service.refusal().orElseGet(() -> new PubSubException.LocalUsage("closed")));
      return;
    }
    Served known = byLocalId.get(localId);
    if (known != null && !known.over()) {
      known.add(listener.apply(known));
      follow(known, done);
      return;
    }
    if (all.size() >= plan.settings().bounds().subscriptions()) {
      done.completeExceptionally(meters.overloaded(ChainLimit.SUBSCRIPTIONS));
      return;
    }
    Served served =
        new Served(localId, wish, meters.notifications(ItemKind.of(wish.method(), wish.params())));
    byLocalId.put(localId, served);
    all.add(served);
    watched.add(served);
    settle(served);
    served.add(listener.apply(served));
    follow(served, done);
    if (connected) feed(served, new Input.Connected());
  }

  private static void follow(Served served, CompletableFuture<Served> done) {
    served.ready.whenComplete(
        (ready, failure) -> {
          if (failure == null) done.complete(ready);
          else done.completeExceptionally(failure);
        });
  }

  /** A handle for a user who knows the local id: the one that waits, or a new one. Any thread. */
  CompletableFuture<RawSubscription> claim(U256 localId) {
    CompletableFuture<RawSubscription> done = new CompletableFuture<>();
    service.execute(
        () -> {
          Served served = byLocalId.get(localId);
          if (served == null || served.over()) {
            done.completeExceptionally(new PubSubException.SubscriptionNotFound(localId));
            return;
          }
          Handle waiting = served.unclaimed;
          served.unclaimed = null;
          if (waiting == null) {
            waiting = new Handle(served, service, LagPolicy.SIGNAL);
            served.add(waiting);
          }
          done.complete(waiting.claimed());
        });
    return done;
  }

  /** The subscription that a request of a user would end, by its local id. Any thread. */
  Optional<U256> endedBy(String method, JsonSlice params) {
    for (Served each : watched) {
      if (!each.unsubscribeMethod.equals(method)) continue;
      if (params.toString().equals("[\"" + each.localId.toQuantity() + "\"]"))
        return Optional.of(each.localId);
    }
    return Optional.empty();
  }

  /** A listener goes; after the last one the server is told. */
  void detach(Served served, ItemSink sink) {
    if (served.remove(sink)) feed(served, new Input.Released());
  }

  /** Ends a subscription whoever listens. Any thread. */
  CompletableFuture<Boolean> unsubscribe(U256 localId) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    service.execute(
        () -> {
          Served served = byLocalId.get(localId);
          if (served == null || served.over()) {
            done.completeExceptionally(new PubSubException.SubscriptionNotFound(localId));
            return;
          }
          served.goodbyes.add(done);
          feed(served, new Input.Released());
        });
    return done;
  }

  // What comes from the connection.

  void connected() {
    connected = true;
    epoch++;
    for (Served each : List.copyOf(all)) feed(each, new Input.Connected());
    checkRecovered();
  }

  void lost() {
    connected = false;
    ids.clear();
    early.clear();
    waitingAsks.clear();
    asking = 0;
    epoch++;
    for (Served each : List.copyOf(all)) {
      feed(each, new Input.Lost());
      each.interrupted();
    }
  }

  /** Subscriptions that a new connection has to bring back. */
  int recovering() {
    int found = 0;
    for (Served each : all) {
      if (each.machine.state() instanceof State.Recovering) found++;
    }
    return found;
  }

  /** Asks for everything anew. */
  void renew() {
    for (Served each : List.copyOf(all)) {
      each.interrupted();
      feed(each, new Input.Renew());
    }
  }

  void item(ServerIdKey probe, JsonSlice item) {
    List<Served> found = ids.of(probe);
    switch (found.size()) {
      case 0 -> unknown(probe, item);
      case 1 -> found.getFirst().item(item);
      default -> {
        for (Served each : found) each.item(item);
      }
    }
  }

  private void unknown(ServerIdKey probe, JsonSlice item) {
    if (asking == 0 || ids.gone(probe) || !early.add(probe.copy(), item, clock.nanos())) {
      meters.orphan();
      return;
    }
    meters.early();
  }

  /** The server ended it. */
  void ended(ServerIdKey probe, String text) {
    for (Served each : ids.of(probe)) feed(each, new Input.ServerEnded(text));
  }

  void endAll(EndReason reason) {
    over = true;
    for (Served each : List.copyOf(all)) {
      // An orderly end tells the server; a listener hears the reason either way.
      if (reason instanceof EndReason.Closed) feed(each, new Input.Released());
      feed(each, new Input.Over(reason));
    }
  }

  // The machines.

  private void feed(Served served, Input input) {
    State before = served.machine.state();
    served.machine.accept(input, clock.nanos(), effect -> perform(served, effect, before));
    settle(served);
    if (before instanceof State.Recovering) checkRecovered();
  }

  private void settle(Served served) {
    SubscriptionTally.Stage before = served.stage;
    served.settle();
    tally.moved(before, served.stage);
  }

  /** One of its followers begins to ask for what was missed, or is done with it. */
  void filling(Served served, boolean on) {
    served.filling += on ? 1 : -1;
    settle(served);
  }

  private void checkRecovered() {
    if (connected && recovering() == 0) service.recovered();
  }

  private void perform(Served served, Effect effect, State before) {
    switch (effect) {
      case Effect.Ask(int ask) -> ask(served, ask);
      case Effect.Unsubscribe(ServerToken token) -> unsubscribe(served, token);
      case Effect.Bind(ServerToken token) -> bind(served, token, before);
      case Effect.Unbind(ServerToken token) -> {
        ids.unbind(token.key(), served, clock.nanos());
        served.serverId = "";
      }
      case Effect.Fill _ -> feed(served, new Input.Filled());
      case Effect.RetryIn(int ask, Duration delay) -> {
        int mine = epoch;
        var _ =
            timers.after(
                delay,
                () -> {
                  if (mine == epoch) feed(served, new Input.RetryDue(ask));
                });
      }
      case Effect.End(EndReason reason) -> end(served, reason);
    }
  }

  private void ask(Served served, int ask) {
    int mine = epoch;
    Runnable send =
        () -> {
          asking++;
          calls.subscribe(served.method, served.params, new Answer(served, ask, mine));
        };
    if (asking < plan.settings().resubscribeParallel()) send.run();
    else waitingAsks.add(send);
  }

  /** Waits for the answer to one subscribing request. */
  private final class Answer implements Request.Waiter {
    private final Served served;
    private final int ask;
    private final int mine;

    Answer(Served served, int ask, int mine) {
      this.served = served;
      this.ask = ask;
      this.mine = mine;
    }

    @Override
    public void result(JsonSlice result) {
      if (mine != epoch) return; // of a connection that is gone
      ServerToken token = token(result);
      feed(
          served,
          token == null
              ? new Input.Refused(ask, notAnId(result))
              : new Input.Subscribed(ask, token));
      next();
    }

    @Override
    public void failed(PubSubException failure) {
      if (mine != epoch || failure instanceof PubSubException.TransportError) return;
      feed(served, new Input.Refused(ask, failure));
      next();
    }

    @Override
    public void late(JsonSlice result) {
      ServerToken token = token(result);
      if (token != null && mine == epoch) unsubscribe(served, token);
    }

    private void next() {
      asking--;
      if (asking == 0 && waitingAsks.isEmpty()) early.clear();
      Runnable waiting = waitingAsks.poll();
      if (waiting != null) waiting.run();
    }
  }

  private static @Nullable ServerToken token(JsonSlice result) {
    ServerIdKey key = new ServerIdKey();
    byte[] bytes = result.bytes();
    return key.read(bytes, 0, bytes.length) ? new ServerToken(result, key.copy()) : null;
  }

  private static PubSubException notAnId(JsonSlice result) {
    return new PubSubException.DecodeError(
        result, "", new IllegalArgumentException("no subscription id (expected: text or number)"));
  }

  private void bind(Served served, ServerToken token, State before) {
    if (!ids.bind(token.key(), served))
      log.atWarn()
          .addKeyValue("chain", plan.name())
          .addKeyValue("subscription", served.localId)
          .log("server gave one subscription id twice");
    served.serverId = token.verbatim().toString();
    if (before instanceof State.Recovering) served.resumed();
    if (!served.ready.isDone()) served.ready.complete(served);
    for (JsonSlice each : early.take(token.key(), clock.nanos())) served.item(each);
  }

  private void unsubscribe(Served served, ServerToken token) {
    List<CompletableFuture<Boolean>> waiting = List.copyOf(served.goodbyes);
    served.goodbyes.clear();
    calls.onConnection(
        served.unsubscribeMethod,
        JsonSlice.of("[" + token.verbatim() + "]"),
        plan.settings().subscribeTimeout(),
        new Request.Waiter() {
          @Override
          public void result(JsonSlice result) {
            boolean agreed = result.toString().equals("true");
            for (CompletableFuture<Boolean> each : waiting) each.complete(agreed);
          }

          @Override
          public void failed(PubSubException failure) {
            for (CompletableFuture<Boolean> each : waiting) each.completeExceptionally(failure);
          }
        });
  }

  private void end(Served served, EndReason reason) {
    all.remove(served);
    watched.remove(served);
    byLocalId.remove(served.localId, served);
    served.ended(reason);
    if (!served.ready.isDone()) {
      served.ready.completeExceptionally(
          reason instanceof EndReason.SubscribeFailed(PubSubException cause)
              ? cause
              : new PubSubException.SubscriptionEnded(served.localId, reason));
    }
    // With an unsubscribing request on its way, its answer completes them.
    for (CompletableFuture<Boolean> each : served.goodbyes) each.complete(false);
    served.goodbyes.clear();
    if (!(reason instanceof EndReason.Closed))
      log.atDebug()
          .addKeyValue("chain", plan.name())
          .addKeyValue("subscription", served.localId)
          .addKeyValue("reason", reason)
          .log("subscription ended");
  }

  /** A consumer that blocks the connection is full, or has room again. */
  void block(Object handle, boolean full) {
    boolean before = !blocking.isEmpty();
    if (full) blocking.add(handle);
    else blocking.remove(handle);
    boolean now = !blocking.isEmpty();
    if (before != now) service.reading(!now);
  }

  List<ServiceReport.SubscriptionReport> reports() {
    List<ServiceReport.SubscriptionReport> reports = new ArrayList<>();
    for (Served each : all) reports.add(each.report());
    return reports;
  }
}
