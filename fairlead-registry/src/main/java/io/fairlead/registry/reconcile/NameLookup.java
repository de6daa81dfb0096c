package io.fairlead.registry.reconcile;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Says where names lead. Implemented by whoever composes the program. Thread-safe. */
@FunctionalInterface
public interface NameLookup {
  /**
   * An answer.
   *
   * @param timeToLive how long it may be believed
   */
  record Answer(List<InetAddress> addresses, Duration timeToLive) {
    public Answer {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Asks.
   *
   * @return fails when there is no answer
   */
  CompletionStage<Answer> ask(String name);
}
