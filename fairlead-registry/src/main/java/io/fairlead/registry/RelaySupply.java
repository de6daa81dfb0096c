package io.fairlead.registry;

import io.fairlead.core.watch.Watch;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.target.RelayCandidate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the lists say to a node that looks for relays. Any thread. */
public final class RelaySupply {
  private final Supplier<Fleet> fleet;
  private final Watch<List<RelayCandidate>> candidates;

  RelaySupply(Supplier<Fleet> fleet, Watch<List<RelayCandidate>> candidates) {
    this.fleet = fleet;
    this.candidates = candidates;
  }

  /** The relays that targets of kind {@code relay_candidates} name, as they change. */
  public Watch<List<RelayCandidate>> candidates() {
    return candidates;
  }

  /** How a source stands, if there is one of that name. */
  public Optional<SourceFollower.View> view(String source) {
    return Optional.ofNullable(fleet.get().followers().get(source)).map(SourceFollower::view);
  }

  /** Whether targets say which relays of a source may be used; if not, all that it lists may. */
  public boolean selects(String source) {
    // By the configuration: it is so before the targets run, too.
    return fleet.get().config().targets().stream()
        .anyMatch(
            each ->
                each.settings() instanceof TargetSettings.Relays
                    && each.rules().sources().contains(source));
  }

  /** Whether a source may name public addresses only. */
  public boolean guarded(String source) {
    return fleet.get().guarded().contains(source);
  }
}
