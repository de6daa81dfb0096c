package io.fairlead.registry.external;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.Chronicle;
import io.fairlead.registry.reconcile.Lists;
import io.fairlead.registry.reconcile.PlanJournal;
import io.fairlead.registry.reconcile.Reconciler;
import io.fairlead.registry.reconcile.RegistryMeters;
import io.fairlead.registry.reconcile.StateFile;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.rewrite.FileSwap;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A list that the process does not survive is undone; what left stays out. Time is the test's. */
class RollbackTest {
  private static final String FILE =
      """
      subscribe:
        - 10.0.0.11:8500
        - 10.0.0.12:8500   # makes the process fail
        - 10.0.0.13:8500
        - 10.0.0.14:8500
      """;

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock();
  private Path config;
  private Path tries;
  private Reconciler reconciler;
  private Lists lists;

  @BeforeEach
  void start() throws Exception {
    config = Files.writeString(folder.resolve("proxy.yaml"), FILE);
    tries = folder.resolve("tries");
    Actions actions =
        new Actions(
            clock,
            clock::advance,
            new Meters(new SimpleMeterRegistry()),
            ProcessTable.system(),
            Map.of());
    ReloadConfig reload =
        new ReloadConfig.Exec(
            List.of("sh", "-c", "echo \"-$FAIRLEAD_REMOVED +$FAIRLEAD_ADDED\" >> '" + tries + "'"),
            List.of(0),
            Duration.ofSeconds(30));
    VerifyConfig verify =
        new VerifyConfig.Exec(
            List.of("sh", "-c", "! grep -q 10.0.0.12 '" + config + "'"),
            List.of(0),
            VerifyConfig.Timing.TYPE.defaults());
    ExternalConfigTarget target =
        new ExternalConfigTarget(
            "legacy",
            ExternalConfig.of(config, "/subscribe", reload, verify),
            OptionalInt.of(8500),
            folder.resolve("lines"),
            new FileSwap(5, Randomness.system(), clock::advance),
            actions);
    RailsConfig usual = RailsConfig.DEFAULTS;
    RailsConfig rails =
        new RailsConfig(
            false,
            usual.maxRemove(),
            usual.maxAdd(),
            usual.minEntries(),
            Duration.ZERO,
            1000,
            usual.flapWindow(),
            1000,
            false);
    reconciler =
        new Reconciler(
            TargetRules.of("legacy", "list", Policy.PRUNE_ONLY).with(rails),
            target,
            () -> lists,
            StateFile.open(folder.resolve("registry.json")),
            new PlanJournal(folder.resolve("legacy.journal")),
            new Chronicle(
                AuditTrail.none(),
                new EventBus(),
                new RegistryMeters(new Meters(new SimpleMeterRegistry())),
                clock),
            clock,
            Randomness.seeded(1));
    reconciler.start();
  }

  @Test
  void scenarioITheLastGoodListComesBackWithoutWhatLeftSince() throws Exception {
    listed(11, 13, 14);
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    String without12 = FILE.replace("  - 10.0.0.12:8500   # makes the process fail\n", "");
    assertThat(config).hasContent(without12);

    // 12 returns, which the process does not survive; 14 leaves in the same plan.
    listed(11, 12, 13);
    long start = clock.nanos();
    assertThat(reconciler.cycle().state()).isEqualTo(TargetState.ROLLED_BACK);
    assertThat(config).hasContent(without12.replace("  - 10.0.0.14:8500\n", ""));
    // 10.2 s until it is known, 5.7 s to see that the list before is good.
    assertThat(Duration.ofNanos(clock.nanos() - start)).isLessThan(Duration.ofSeconds(17));
    assertThat(Files.readAllLines(tries))
        .containsExactly(
            "-10.0.0.12:8500 +", "-10.0.0.14:8500 +10.0.0.12:8500", "-10.0.0.14:8500 +");
  }

  @Test
  void scenarioIWhatWasUndoneIsTriedAgainLaterAndLater() throws Exception {
    listed(11, 13, 14);
    reconciler.cycle();
    listed(11, 12, 13, 14);
    List<Long> pauses = new ArrayList<>();
    long last = -1;
    int seen = tries();
    for (int second = 0; second < 400 && pauses.size() < 3; second++) {
      long before = clock.nanos();
      reconciler.cycle();
      if (tries() > seen) {
        if (last >= 0) pauses.add(Duration.ofNanos(before - last).toSeconds());
        last = clock.nanos();
        seen = tries();
      }
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(pauses.get(0)).isBetween(29L, 31L);
    assertThat(pauses.get(1)).isBetween(59L, 61L);
    assertThat(pauses.get(2)).isBetween(119L, 121L);
    assertThat(Files.readString(config)).doesNotContain("10.0.0.12");
  }

  private int tries() throws Exception {
    return Files.readAllLines(tries).size();
  }

  private void listed(int... last) throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (int each : last) {
      entries.add(Entry.of(AddressParser.ofOperator().node("10.0.0." + each + ":8500")));
    }
    lists =
        new Lists(
            List.of(
                new Snapshot(
                    "list",
                    new Position.Fixed("x" + entries.size()),
                    entries,
                    0,
                    List.of(),
                    clock.wall())),
            java.util.Set.of(),
            Optional.empty());
  }
}
