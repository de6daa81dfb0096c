package io.fairlead.net.dial;

import io.fairlead.core.mailbox.Machine;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decides which address of a destination is tried when (RFC 8305 §4, §5).
 *
 * <pre>
 * New       --start-->                     Trying    (Connect first, WakeAfter delay)
 * Trying    --wake, more addresses-->      Trying    (Connect next, WakeAfter delay)
 * Trying    --failed, more addresses-->    Trying    (Connect next, WakeAfter delay)
 * Trying    --failed, others running-->    Trying
 * Trying    --failed, none left-->         Over      (GiveUp)
 * Trying    --connected-->                 Over      (Win, Abandon every other attempt)
 * Over      --connected-->                 Over      (Abandon: a late one)
 * </pre>
 *
 * Not thread-safe: owned by the event loop of the dial.
 */
final class HappyEyeballs implements Machine<HappyEyeballs.Input, HappyEyeballs.Effect> {
  static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

  /** Addresses tried at most. */
  static final int CANDIDATES_MAX = 16;

  sealed interface Input {
    record Start() implements Input {}

    /** The delay after attempt {@code attempt} is over. */
    record Wake(int attempt) implements Input {}

    record Connected(int attempt) implements Input {}

    record Failed(int attempt) implements Input {}
  }

  sealed interface Effect {
    record Connect(int attempt, InetSocketAddress address) implements Effect {}

    record WakeAfter(int attempt, Duration delay) implements Effect {}

    record Win(int attempt) implements Effect {}

    record Abandon(int attempt) implements Effect {}

    record GiveUp() implements Effect {}
  }

  private final Deque<InetSocketAddress> waiting;
  private final List<Integer> running = new ArrayList<>(2);
  private int lastAttempt;
  private boolean over;

  /**
   * @param candidates at least one, best first
   */
  HappyEyeballs(List<InetSocketAddress> candidates) {
    if (candidates.isEmpty()) throw new IllegalArgumentException("candidates: none");
    this.waiting = new ArrayDeque<>(interleave(candidates));
  }

  /** Alternates families beginning with that of the first address (RFC 8305 §4). */
  static List<InetSocketAddress> interleave(List<InetSocketAddress> candidates) {
    boolean firstIsV6 = candidates.getFirst().getAddress() instanceof Inet6Address;
    Deque<InetSocketAddress> preferred = new ArrayDeque<>();
    Deque<InetSocketAddress> other = new ArrayDeque<>();
    for (InetSocketAddress candidate : candidates) {
      ((candidate.getAddress() instanceof Inet6Address) == firstIsV6 ? preferred : other)
          .add(candidate);
    }
    List<InetSocketAddress> order = new ArrayList<>(candidates.size());
    while (order.size() < CANDIDATES_MAX && !(preferred.isEmpty() && other.isEmpty())) {
      if (!preferred.isEmpty()) order.add(preferred.remove());
      if (!other.isEmpty() && order.size() < CANDIDATES_MAX) order.add(other.remove());
    }
    return order;
  }

  @Override
  public void accept(Input input, long nowNanos, Consumer<? super Effect> effects) {
    switch (input) {
      case Input.Start _ -> next(effects);
      case Input.Wake(int attempt) -> {
        // A wake of an attempt that already failed belongs to a delay that no longer counts.
        if (!over && attempt == lastAttempt) next(effects);
      }
      case Input.Connected(int attempt) -> connected(attempt, effects);
      case Input.Failed(int attempt) -> failed(attempt, effects);
    }
  }

  private void connected(int attempt, Consumer<? super Effect> effects) {
    running.remove(Integer.valueOf(attempt));
    if (over) {
      effects.accept(new Effect.Abandon(attempt));
      return;
    }
    over = true;
    effects.accept(new Effect.Win(attempt));
    for (int other : running) effects.accept(new Effect.Abandon(other));
    running.clear();
  }

  private void failed(int attempt, Consumer<? super Effect> effects) {
    running.remove(Integer.valueOf(attempt));
    if (over) return;
    if (!waiting.isEmpty()) {
      next(effects);
    } else if (running.isEmpty()) {
      over = true;
      effects.accept(new Effect.GiveUp());
    }
  }

  private void next(Consumer<? super Effect> effects) {
    if (waiting.isEmpty()) return;
    int attempt = ++lastAttempt;
    InetSocketAddress address = waiting.remove();
    running.add(attempt);
    if (!waiting.isEmpty()) effects.accept(new Effect.WakeAfter(attempt, ATTEMPT_DELAY));
    effects.accept(new Effect.Connect(attempt, address));
  }
}
