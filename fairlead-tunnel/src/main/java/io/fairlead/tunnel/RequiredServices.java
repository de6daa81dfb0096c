package io.fairlead.tunnel;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.tunnel.TunnelConfig.Agent;
import io.fairlead.tunnel.TunnelConfig.Service;
import io.fairlead.tunnel.agent.netty.AgentDriver;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Services without which a configuration is refused. */
final class RequiredServices {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private RequiredServices() {}

  /** All that {@code next} requires. */
  static Set<String> of(Agent next) {
    Set<String> names = new LinkedHashSet<>();
    for (Service each : next.services()) {
      if (each.required()) names.add(each.name());
    }
    return names;
  }

  /** Those that are new in {@code next}, or other than before. */
  static Set<String> changed(Agent before, Agent next) {
    Set<String> names = of(next);
    for (Service each : before.services()) {
      if (next.services().contains(each)) names.remove(each.name());
    }
    return names;
  }

  /**
   * Waits for the server; on a thread that may wait.
   *
   * @throws ConfigException it refused one, or did not answer in time
   */
  static void await(
      Agent next,
      Set<String> names,
      AgentDriver driver,
      CompletableFuture<Optional<String>> outcome)
      throws ConfigException {
    Optional<String> objection;
    try {
      objection = outcome.get(WITHIN.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      String why = driver.status().latest();
      objection =
          Optional.of(
              "the server did not take "
                  + String.join(", ", names)
                  + " within "
                  + WITHIN.toSeconds()
                  + " s"
                  + (why.isEmpty() ? "" : " (" + why + ")"));
    } catch (ExecutionException | InterruptedException interrupted) {
      if (interrupted instanceof InterruptedException) Thread.currentThread().interrupt();
      objection = Optional.of("nobody waits for the server any more");
    } finally {
      outcome.cancel(false);
    }
    if (objection.isEmpty()) return;
    throw new ConfigException(
        Problem.error(
            TunnelCodes.REQUIRED_ABSENT.id(),
            "/tunnels/agent/services/" + first(next.services(), names),
            Problem.Place.NOWHERE,
            "a required service is not there: " + objection.get(),
            "mend the way to the server, or leave `required` out"));
  }

  private static int first(List<Service> services, Set<String> names) {
    for (int i = 0; i < services.size(); i++) {
      if (names.contains(services.get(i).name())) return i;
    }
    return 0;
  }
}
