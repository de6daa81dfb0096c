package io.fairlead.pubsub.service;

import io.fairlead.pubsub.subscription.SubscriptionMachine.State;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** How many subscriptions of a service are in which state. Written on its event loop. */
final class SubscriptionTally {
  /** Where a subscription stands, as reports and meters say it. */
  enum Stage {
    PENDING,
    ACTIVE,
    RECOVERING,
    /** What was missed is being asked for. */
    FILLING,
    CLOSING,
    ENDED;

    static Stage of(State state, boolean filling) {
      return switch (state) {
        case State.Pending _ -> PENDING;
        case State.Active _ -> filling ? FILLING : ACTIVE;
        case State.Recovering _ -> RECOVERING;
        case State.Filling _ -> FILLING;
        case State.Closing _ -> CLOSING;
        case State.Ended _ -> ENDED;
      };
    }
  }

  private final AtomicIntegerArray counts = new AtomicIntegerArray(Stage.values().length);

  SubscriptionTally(ServiceMeters meters) {
    for (Stage each : Stage.values()) {
      if (each == Stage.ENDED) continue;
      meters.gauge(
          "subscriptions",
          "Subscriptions, by how they stand.",
          () -> counts.get(each.ordinal()),
          "state",
          each.name().toLowerCase(Locale.ROOT));
    }
  }

  /** A subscription that was {@code ENDED} so far, which is one that is new. */
  void moved(Stage from, Stage to) {
    if (from == to) return;
    counts.decrementAndGet(from.ordinal());
    counts.incrementAndGet(to.ordinal());
  }
}
