package io.fairlead.relay.source;

import java.util.Collection;
import java.util.function.IntFunction;

/** Knows peers that may be relays. Any thread. */
@FunctionalInterface
public interface RelayPeerSource {
  /**
   * Offers peers, now or later.
   *
   * @param max peers that are wanted; of more, the rest may be passed over
   * @param sink is completed once, also when the search is cancelled; one that is never completed
   *     is never followed by another search
   * @param cancel says when nobody wants more
   */
  void find(int max, Sink sink, Cancel cancel);

  /** Takes what a search finds. Any thread, never blocks. */
  interface Sink {
    /** Offers one; the same may be offered again. */
    void offer(RelayPeer peer);

    /** There are no more; calling it again does nothing. */
    void complete();
  }

  /** Whether a search is still wanted. Any thread. */
  interface Cancel {
    boolean cancelled();

    /** Runs {@code action} when it is wanted no more, at once when that is so already. */
    void onCancel(Runnable action);
  }

  /**
   * A source that is asked and answers at once.
   *
   * @param answer given how many are wanted; on the thread that owns the search, must not block
   */
  static RelayPeerSource of(IntFunction<? extends Collection<RelayPeer>> answer) {
    return (max, sink, cancel) -> {
      try {
        answer.apply(max).stream().limit(max).forEach(sink::offer);
      } finally {
        sink.complete();
      }
    };
  }
}
