package io.fairlead.pubsub.service;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.subscription.ItemSink;
import io.fairlead.pubsub.subscription.SubscriptionMachine;
import io.micrometer.core.instrument.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One subscription of a service, and who listens. On the service's event loop. */
final class Served {
  final U256 localId;
  final String method;
  final String unsubscribeMethod;
  final JsonSlice params;
  final boolean shared;
  final SubscriptionMachine machine = new SubscriptionMachine(false);
  final CompletableFuture<Served> ready = new CompletableFuture<>();
  private volatile ItemSink[] sinks = {}; // written by the event loop
  final List<CompletableFuture<Boolean>> goodbyes = new ArrayList<>();
  private final Counter notifications;
  long items;
  int filling; // followers that ask for what was missed
  SubscriptionTally.Stage stage = SubscriptionTally.Stage.ENDED; // not counted yet
  volatile String serverId = "";
  @Nullable EndReason end;

  /** A handle that waits for somebody to ask for it by the local id. */
  @Nullable Handle unclaimed;

  Served(U256 localId, Subscriptions.Wish wish, Counter notifications) {
    this.localId = localId;
    this.method = wish.method();
    this.unsubscribeMethod = wish.unsubscribeMethod();
    this.params = wish.params();
    this.shared = wish.shared();
    this.notifications = notifications;
  }

  /** Works out where it stands now. */
  void settle() {
    stage = SubscriptionTally.Stage.of(machine.state(), filling > 0);
  }

  void add(ItemSink sink) {
    ItemSink[] next = new ItemSink[sinks.length + 1];
    System.arraycopy(sinks, 0, next, 0, sinks.length);
    next[sinks.length] = sink;
    sinks = next;
  }

  /**
   * @return whether nobody listens any more
   */
  boolean remove(ItemSink sink) {
    List<ItemSink> left = new ArrayList<>();
    for (ItemSink each : sinks) {
      if (each != sink) left.add(each);
    }
    sinks = left.toArray(ItemSink[]::new);
    return sinks.length == 0;
  }

  boolean unheard() {
    return sinks.length == 0;
  }

  void item(JsonSlice item) {
    items++;
    notifications.increment();
    for (ItemSink each : sinks) each.item(item);
  }

  void interrupted() {
    for (ItemSink each : sinks) each.interrupted();
  }

  void resumed() {
    for (ItemSink each : sinks) each.resumed();
  }

  void ended(EndReason reason) {
    end = reason;
    for (ItemSink each : sinks) each.ended(reason);
    sinks = new ItemSink[0];
  }

  /** Items waiting in its handles. Any thread. */
  long waiting() {
    long sum = 0;
    for (ItemSink each : sinks) {
      if (each instanceof Handle handle) sum += handle.waiting();
    }
    return sum;
  }

  ServiceReport.SubscriptionReport report() {
    long dropped = 0;
    for (ItemSink each : sinks) {
      if (each instanceof Handle handle) dropped += handle.dropped();
    }
    return new ServiceReport.SubscriptionReport(
        localId.toQuantity(),
        serverId,
        method,
        stage.name(),
        sinks.length,
        (int) waiting(),
        items,
        dropped);
  }

  boolean over() {
    return machine.state() instanceof SubscriptionMachine.State.Ended
        || machine.state() instanceof SubscriptionMachine.State.Closing;
  }
}
