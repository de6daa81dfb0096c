package io.fairlead.registry;

import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether everything that follows a list does so. Thread-safe. */
final class FleetHealth {
  private volatile boolean begun; // every target of the first start had a cycle

  /** What keeps the gateway from being ready; empty when nothing does. */
  Optional<String> unready(Fleet fleet, List<TargetStatus> targets, Instant now) {
    if (!begun) {
      for (TargetStatus status : targets) {
        if (status.state() == TargetState.INIT) {
          return Optional.of(status.name() + " has not begun");
        }
      }
      begun = true; // what a reload adds later keeps nobody from being served
    }
    if (!fleet.config().requireSync()) return Optional.empty();
    for (SourceFollower follower : fleet.followers().values()) {
      Optional<Instant> since = follower.view().failingSince();
      if (since.isPresent() && follower.rules().stale().over(since.get(), now)) {
        return Optional.of(follower.name() + " is silent since " + since.get());
      }
    }
    return Optional.empty();
  }

  /** What an operator should look at. */
  static List<String> degraded(List<TargetStatus> targets) {
    List<String> lines = new ArrayList<>();
    for (TargetStatus status : targets) {
      switch (status.state()) {
        case HOLD, STALE, ROLLED_BACK, FAILED ->
            lines.add(
                "registry target "
                    + status.name()
                    + ": "
                    + status.state().word()
                    + ", "
                    + status.why());
        case INIT, SYNCING, IN_SYNC, DRIFT, APPLYING, VERIFYING -> {}
      }
    }
    return lines;
  }
}
