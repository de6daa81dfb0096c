package io.fairlead.registry;

import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.TargetLoop;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.target.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that runs for one configuration, in its order. Replaced as a whole.
 *
 * @param followers by name of the source
 * @param targets by name
 */
record Fleet(
    RegistryConfig config, Map<String, SourceFollower> followers, Map<String, Running> targets) {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);

  /** A target and who keeps it in step. */
  record Running(TargetSettings settings, TargetRules rules, Target target, TargetLoop loop) {
    /** Whether the target itself may go on under other rules, with what it put in force. */
    boolean fits(TargetConfig next) {
      return !target.outlivesTheProcess()
          && settings.equals(next.settings())
          && rules.defaultPort().equals(next.rules().defaultPort());
    }

    boolean same(TargetConfig next, TargetRules nextRules) {
      return settings.equals(next.settings()) && rules.equals(nextRules);
    }
  }

  Fleet {
    followers = Collections.unmodifiableMap(new LinkedHashMap<>(followers));
    targets = Collections.unmodifiableMap(new LinkedHashMap<>(targets));
  }

  static Fleet none(RegistryConfig config) {
    return new Fleet(config, Map.of(), Map.of());
  }

  /** Names of sources whose names may only resolve to public addresses. */
  Set<String> guarded() {
    Set<String> names = new HashSet<>();
    for (SourceSettings source : config.sources()) {
      if (source.guarded()) names.add(source.rules().name());
    }
    return names;
  }

  /** The settings a source runs with. */
  Optional<SourceSettings> source(String name) {
    return config.sources().stream().filter(each -> each.rules().name().equals(name)).findFirst();
  }

  /** Which target follows which sources. */
  Map<String, Set<String>> following() {
    Map<String, Set<String>> following = new LinkedHashMap<>();
    targets.forEach((name, each) -> following.put(name, Set.copyOf(each.rules().sources())));
    return following;
  }

  /** Sources that say who may use which account. */
  Set<String> governing() {
    Set<String> names = new HashSet<>();
    for (Running each : targets.values()) {
      if (each.loop().reconciler().governsAccounts()) names.addAll(each.rules().sources());
    }
    return names;
  }

  /**
   * Reads the sources and runs a cycle of the targets; blocks up to {@code timeout}.
   *
   * @param target one of them, or empty for all
   * @return how they stand then; one that is still under way stands as it does
   */
  List<TargetStatus> sync(Optional<String> target, Duration timeout) throws InterruptedException {
    List<TargetLoop> chosen = new ArrayList<>();
    targets.forEach(
        (name, each) -> {
          if (target.isEmpty() || target.get().equals(name)) chosen.add(each.loop());
        });
    List<CompletableFuture<SourceFollower.View>> reads =
        followers.values().stream().map(SourceFollower::readNow).toList();
    CompletableFuture<?> done =
        CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
            .thenCompose(
                _ ->
                    CompletableFuture.allOf(
                        chosen.stream()
                            .map(TargetLoop::cycleNow)
                            .toArray(CompletableFuture[]::new)));
    try {
      done.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.atDebug().log("registry sync did not end in time");
    }
    return chosen.stream().map(loop -> loop.reconciler().status()).toList();
  }
}
