package io.fairlead.tunnel.agent.netty;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Services without which a configuration is not taken: waits until the server has taken each of
 * them, or has refused one.
 *
 * @param outcome empty once they are there, else why not
 */
record Awaited(Set<String> services, CompletableFuture<Optional<String>> outcome) {
  Awaited {
    services = Set.copyOf(services);
  }

  /**
   * Whether it has come to an end.
   *
   * @param refused by service; under no name, the agent as a whole
   */
  boolean seen(boolean connected, Set<String> exposed, Map<String, String> refused) {
    for (String each : services) {
      String why = refused.get(each);
      if (why != null) return outcome.complete(Optional.of("`" + each + "` is refused: " + why));
    }
    String whole = refused.get("");
    // Our own former run still holds the name: this one is let in when it goes.
    if (whole != null && whole.startsWith("conflict")) return outcome.complete(Optional.empty());
    if (whole != null) return outcome.complete(Optional.of("the agent is refused: " + whole));
    if (connected && exposed.containsAll(services)) return outcome.complete(Optional.empty());
    return outcome.isDone();
  }
}
