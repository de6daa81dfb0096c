package io.fairlead.app.reload;

import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.core.config.ConfigDiff;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A change from when it is clear that it can be made. */
record Made<C>(
    ReloadRequest request,
    Loaded<C> loaded,
    List<ConfigDiff.Change> changes,
    List<String> rebinds,
    long generation,
    Running<C> before,
    Optional<Instant> confirmBy,
    long startNanos) {
  boolean numbered() {
    return generation != before.generation();
  }

  ReloadReport report(LiveWork<C> live, Duration took, boolean unchanged) {
    return new ReloadReport(
        generation,
        before.generation(),
        loaded.reading().document().sha256(),
        request.who(),
        unchanged,
        !rebinds.isEmpty(),
        request.dryRun(),
        took,
        Described.changes(changes, rebinds),
        live.kept(),
        live.draining(),
        confirmBy,
        Warnings.of(loaded.reading(), changes));
  }
}
