package io.fairlead.registry.reconcile;

import static io.fairlead.registry.reconcile.ReconcilerFixture.MIRROR;
import static io.fairlead.registry.reconcile.ReconcilerFixture.entry;
import static io.fairlead.registry.reconcile.ReconcilerFixture.lines;
import static io.fairlead.registry.reconcile.ReconcilerFixture.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.registry.model.Entry;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.Rails;
import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.source.SourceRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReconcilerTest {
  @TempDir private Path folder;
  private ReconcilerFixture f;
  private FakeTarget target;

  @BeforeEach
  void set() {
    f = new ReconcilerFixture(folder);
    target = new FakeTarget();
  }

  private void inSync(TargetRules rules, String... endpoints) throws Exception {
    f.list(endpoints).process(rules, target);
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    target.writes = 0;
    target.signals = 0;
    f.audit.clear();
  }

  @Test
  void mirrorsWritesAndTellsOnce() throws Exception {
    f.list("a:1", "b:1").process(MIRROR, target);
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(status.exit()).isZero();
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    assertThat(target.writes).isEqualTo(1);
    assertThat(target.signals).isEqualTo(1);
    assertThat(f.audit).extracting(line -> line.get("op")).containsExactly("add", "add");
    assertThat(folder.resolve("registry.fake.journal")).doesNotExist();
  }

  @Test
  void inSyncMeansNoWriteAndNoSignal() throws Exception {
    inSync(MIRROR, "a:1", "b:1");
    long stamp = Files.getLastModifiedTime(folder.resolve("registry.json")).toMillis();
    for (int i = 0; i < 50; i++) f.after(Duration.ofSeconds(5));
    assertThat(target.writes).isZero();
    assertThat(target.signals).isZero();
    assertThat(f.audit).isEmpty();
    assertThat(Files.getLastModifiedTime(folder.resolve("registry.json")).toMillis())
        .isEqualTo(stamp);
  }

  @Test
  void pruneOnlyTakesAwayAndNeverAdds() throws Exception {
    target.file = lines("a:1", "b:1", "c:1,d:1", "e:1");
    f.list("a:1", "c:1", "e:1", "new:1")
        .process(TargetRules.of("fake", "main", Policy.PRUNE_ONLY), target);
    TargetStatus status = f.cycle();
    assertThat(texts(target.file)).containsExactly("a:1", "c:1", "e:1");
    assertThat(status.unknown()).containsExactly("new:1");
    assertThat(status.exit()).isZero();
  }

  @Test
  void matchDecidesAboutLinesWithSeveralAddresses() throws Exception {
    TargetRules rules = TargetRules.of("fake", "main", Policy.PRUNE_ONLY);
    target.file = lines("b:1,a:1", "x:1");
    f.list("b:1", "x:1").process(rules.with(TargetRules.Match.ANY), target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("b:1,a:1", "x:1");
    f.process(rules.with(TargetRules.Match.FIRST), target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("x:1");
  }

  @Test
  void pinnedStaysAndDeniedGoes() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    f.process(MIRROR.with(java.util.Set.of("keep:1"), java.util.Set.of("a:1")), target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("b:1", "c:1", "keep:1");
    assertThat(f.audit).anyMatch(line -> "denied".equals(line.get("reason")));
  }

  @Test
  void strictExitsAndChangesNothing() throws Exception {
    TargetRules strict =
        TargetRules.of("fake", "main", Policy.PRUNE_ONLY)
            .with(TargetRules.OnUnknown.EXIT, TargetRules.ExitOrder.CHECK_FIRST);
    target.file = lines("a:1", "b:1");
    f.list("a:1", "new:1").process(strict, target);
    assertThat(f.cycle().exit()).isEqualTo(6);
    assertThat(texts(target.file)).containsExactly("a:1", "b:1");
    f.process(strict.with(TargetRules.OnUnknown.EXIT, TargetRules.ExitOrder.PRUNE_FIRST), target);
    assertThat(f.cycle().exit()).isEqualTo(6);
    assertThat(texts(target.file)).containsExactly("a:1");
  }

  @Test
  void reportTellsAndChangesNothing() throws Exception {
    target.file = lines("a:1");
    f.list("b:1").process(TargetRules.of("fake", "main", Policy.REPORT), target);
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.DRIFT);
    assertThat(status.exit()).isEqualTo(2);
    assertThat(status.open().orElseThrow().changes()).hasSize(2);
    assertThat(target.writes).isZero();
  }

  @Test
  void dryRunChangesNothing() throws Exception {
    f.list("b:1").process(MIRROR.with(RailsConfig.DEFAULTS.withDryRun(true)), target);
    assertThat(f.cycle().state()).isEqualTo(TargetState.DRIFT);
    assertThat(target.writes).isZero();
  }

  @Test
  void aProvenEmptyListIsHeldUntilSomebodyApproves() throws Exception {
    inSync(MIRROR, "a:1", "b:1");
    f.list();
    TargetStatus held = f.cycle();
    assertThat(held.state()).isEqualTo(TargetState.HOLD);
    assertThat(held.rail()).contains(Rails.Rail.EMPTY);
    assertThat(held.exit()).isEqualTo(3);
    assertThat(target.writes).isZero();
    f.after(Duration.ofSeconds(5));
    assertThat(f.audit).as("one line however long it is held").hasSize(1);
    assertThat(f.reconciler.approve("p-0", "me")).isFalse();
    assertThat(f.reconciler.approve(f.planId(), "me")).isTrue();
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(target.process).isEmpty();
  }

  @Test
  void anApprovalIsForOnePlanAndOneHour() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1", "d:1");
    f.list("a:1");
    f.cycle();
    String first = f.planId();
    assertThat(f.reconciler.approve(first, "me")).isTrue();
    f.list("b:1");
    assertThat(f.cycle().state()).isEqualTo(TargetState.HOLD);
    assertThat(f.planId()).isNotEqualTo(first);
    f.list("a:1");
    assertThat(f.after(Duration.ofMinutes(61)).state()).isEqualTo(TargetState.HOLD);
    assertThat(f.planId()).isEqualTo(first);
    assertThat(target.writes).isZero();
  }

  @Test
  void theLastRevokedEntryLeavesNobody() throws Exception {
    inSync(MIRROR, "a:1");
    f.list("a:1 revoked");
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(target.process).isEmpty();
    assertThat(f.audit).extracting(line -> line.get("op")).containsExactly("revoke");
  }

  @Test
  void revocationsGoOnAloneWhenTheRestIsHeld() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1", "d:1");
    f.list("d:1 revoked");
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.HOLD);
    assertThat(texts(target.process)).containsExactly("a:1", "b:1", "c:1");
    status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.HOLD);
    assertThat(target.writes).isEqualTo(1);
    assertThat(f.reconciler.approve(f.planId(), "me")).isTrue();
    f.cycle();
    assertThat(target.process).isEmpty();
  }

  @Test
  void tooManyRemovalsAreHeldRevocationsDoNotCount() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1", "d:1");
    f.list("a:1");
    assertThat(f.cycle().rail()).contains(Rails.Rail.TOO_MANY);
    f.list("a:1", "b:1 revoked", "c:1 revoked", "d:1 revoked");
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(texts(target.process)).containsExactly("a:1");
  }

  @Test
  void tooManyAdditionsAreHeld() throws Exception {
    inSync(MIRROR, "a:1");
    f.list(IntStream.range(0, 12).mapToObj(i -> "n" + i + ":1").toArray(String[]::new));
    assertThat(f.cycle().state()).isEqualTo(TargetState.HOLD);
    List<String> more = new ArrayList<>(List.of("a:1"));
    for (int i = 0; i < 10; i++) more.add("n" + i + ":1");
    f.list(more.toArray(String[]::new));
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
  }

  @Test
  void theFirstSyncThatTakesLocalLinesAwayIsHeld() throws Exception {
    target.file = lines("local:1");
    f.list("a:1").process(TargetRules.of("fake", "main", Policy.MIRROR), target);
    assertThat(f.cycle().rail()).contains(Rails.Rail.FIRST_SYNC);
    f.reconciler.approve(f.planId(), "me");
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(texts(target.file)).containsExactly("a:1");
  }

  @Test
  void whatLeftStaysOutForAWhileAndComesBackByItself() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    f.list("a:1", "b:1");
    f.cycle();
    f.list("a:1", "b:1", "c:1");
    f.after(Duration.ofSeconds(5));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    assertThat(f.reconciler.due()).isPresent();
    f.after(Duration.ofSeconds(25));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1", "c:1");
    assertThat(f.audit.getLast()).containsEntry("op", "restore");
  }

  @Test
  void whatComesAndGoesStaysOutUntilItIsQuiet() throws Exception {
    inSync(MIRROR.with(RailsConfig.DEFAULTS.withHoldDown(Duration.ZERO)), "a:1", "b:1", "c:1");
    for (int i = 0; i < 3; i++) {
      f.list("a:1", "b:1");
      f.after(Duration.ofSeconds(10));
      f.list("a:1", "b:1", "c:1");
      f.after(Duration.ofSeconds(10));
    }
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    f.after(Duration.ofMinutes(9));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    f.after(Duration.ofMinutes(2));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1", "c:1");
  }

  @Test
  void aLoopOfPlansIsStopped() throws Exception {
    inSync(
        MIRROR.with(RailsConfig.DEFAULTS.withMaxPlans(5).withHoldDown(Duration.ZERO)),
        "a:1",
        "b:1");
    TargetStatus last = f.reconciler.status();
    for (int i = 0; i < 8; i++) {
      f.list("a:1", "b:1", "n" + i + ":1");
      last = f.after(Duration.ofSeconds(1));
    }
    assertThat(last.rail()).contains(Rails.Rail.MAX_PLANS);
    f.list("a:1 revoked", "b:1", "n7:1");
    f.cycle();
    assertThat(texts(target.process)).doesNotContain("a:1");
  }

  @Test
  void anUnreadSourceChangesNothingAndSaysSo() throws Exception {
    inSync(MIRROR, "a:1");
    f.trouble("main: unreachable", SourceRules.Then.KEEP);
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.STALE);
    assertThat(status.why()).contains("unreachable");
    assertThat(status.exit()).isEqualTo(4);
    assertThat(target.writes).isZero();
  }

  @Test
  void patienceMayEndInNobody() throws Exception {
    inSync(MIRROR, "a:1", "b:1");
    f.trouble("main: unreachable", SourceRules.Then.CLOSE);
    f.cycle();
    assertThat(target.process).isEmpty();
  }

  @Test
  void anExpiryIsNoReadersBusiness() throws Exception {
    Entry soon = entry("b:1");
    Entry expiring =
        new Entry(
            soon.id(),
            soon.operator(),
            soon.roles(),
            soon.status(),
            soon.endpoints(),
            soon.publicKey(),
            "",
            1,
            f.clock.wall().getEpochSecond() + 60,
            0,
            soon.user());
    f.entries(List.of(entry("a:1"), expiring)).process(MIRROR, target);
    f.cycle();
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    assertThat(f.reconciler.due()).isPresent();
    f.trouble("main: unreachable", SourceRules.Then.KEEP);
    f.after(Duration.ofSeconds(60));
    assertThat(texts(target.process)).containsExactly("a:1");
    assertThat(f.audit.getLast()).containsEntry("reason", "expired");
  }

  @ParameterizedTest
  @EnumSource(value = FakeTarget.At.class, mode = EnumSource.Mode.EXCLUDE, names = "NOWHERE")
  void aCrashAtAnyStepIsHealedByTheNextProcess(FakeTarget.At step) throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    f.list("a:1", "c:1 revoked", "d:1");
    target.crash = step;
    assertThatThrownBy(f::cycle).isInstanceOf(FakeTarget.Crash.class);

    // The next process comes up while the source is away.
    Lists later = f.lists;
    f.lists = Lists.unread("main: unreachable", f.clock.wall());
    f.process(MIRROR, target);
    f.cycle();
    assertThat(target.process).as("the process obeys its file").isEqualTo(target.file);
    f.lists = later;
    f.cycle();
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(texts(target.process)).containsExactly("a:1", "d:1");
    assertThat(folder.resolve("registry.fake.journal")).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(value = FakeTarget.At.class, mode = EnumSource.Mode.EXCLUDE, names = "NOWHERE")
  void aCrashDuringARollbackIsHealedToo(FakeTarget.At step) throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    target.healthy = list -> !texts(list).contains("bad:1");
    f.list("a:1", "b:1", "c:1 revoked", "bad:1");
    FakeTarget crashing = target;
    int[] healthChecks = {0};
    target.healthy =
        list -> {
          boolean good = !texts(list).contains("bad:1");
          if (!good && healthChecks[0]++ == 0) crashing.crash = step;
          return good;
        };
    try {
      f.cycle();
    } catch (FakeTarget.Crash _) {
      f.process(MIRROR, target);
    }
    f.cycle();
    f.cycle();
    assertThat(texts(target.process)).doesNotContain("c:1", "bad:1");
    assertThat(target.process).isEqualTo(target.file);
  }

  @Test
  void anUnhealthyListIsUndoneWithoutTheRevoked() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    target.healthy = list -> !texts(list).contains("bad:1");
    f.list("a:1", "b:1", "c:1 revoked", "bad:1");
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.ROLLED_BACK);
    assertThat(status.exit()).isEqualTo(5);
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    int signals = target.signals;
    f.after(Duration.ofSeconds(5));
    assertThat(target.signals).as("not tried again at once").isEqualTo(signals);
    // 30 s, 60 s, 120 s … 600 s between tries.
    List<Long> pauses = new ArrayList<>();
    long last = 0;
    for (int second = 5; second < 3_000; second += 5) {
      if (target.signals > signals) {
        pauses.add(second - last);
        last = second;
        signals = target.signals;
      }
      f.after(Duration.ofSeconds(5));
    }
    assertThat(pauses).hasSizeBetween(5, 8).isSorted();
    assertThat(pauses.getLast()).isLessThanOrEqualTo(610);
    target.healthy = _ -> true;
    f.after(Duration.ofMinutes(11));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1", "bad:1");
  }

  @Test
  void aRefusalIsUndone() throws Exception {
    inSync(MIRROR, "a:1");
    target.processRefuses = true;
    f.list("a:1", "b:1");
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.FAILED);
    assertThat(texts(target.file)).containsExactly("a:1");
    target.processRefuses = false;
    f.after(Duration.ofMinutes(2));
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
  }

  @Test
  void anUnreachableProcessIsToldEachMinuteUntilItListens() throws Exception {
    inSync(MIRROR, "a:1");
    target.unreachable = true;
    f.list("a:1", "b:1");
    TargetStatus status = f.cycle();
    assertThat(status.state()).isEqualTo(TargetState.FAILED);
    assertThat(status.reloadPending()).isTrue();
    assertThat(texts(target.file)).containsExactly("a:1", "b:1");
    target.unreachable = false;
    f.after(Duration.ofSeconds(30));
    assertThat(texts(target.process)).containsExactly("a:1");
    f.after(Duration.ofSeconds(30));
    assertThat(texts(target.process)).containsExactly("a:1", "b:1");
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
  }

  @Test
  void aStateFileThatIsNotOursIsPutAside() throws Exception {
    Files.writeString(folder.resolve("registry.json"), "{\"version\": 1, \"targets\"");
    f.list("a:1").process(MIRROR, target);
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(folder.resolve("registry.json.bad")).exists();
  }

  @Test
  void fiveThousandEntriesWithTwoHundredChangesAreOnePlanWithinTwoSeconds() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) entries.add(entry("10.1." + i / 250 + "." + i % 250 + ":80"));
    f.entries(entries).process(MIRROR, target);
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    target.writes = 0;
    target.signals = 0;
    for (int i = 0; i < 200; i++) entries.set(i * 20, entry("10.2.0." + i + ":80"));
    f.entries(entries);
    long start = System.nanoTime();
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(target.writes).isEqualTo(1);
    assertThat(target.signals).isEqualTo(1);
    assertThat(texts(target.process)).hasSize(5_000).contains("10.2.0.199:80");
  }

  @Test
  void heapStaysBoundedOverManyCycles() throws Exception {
    int cycles = Integer.getInteger("fairlead.registry.cycles", 200);
    TargetRules rules =
        MIRROR.with(RailsConfig.DEFAULTS.withMaxPlans(100_000).withHoldDown(Duration.ZERO));
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 250; i++) entries.add(entry("10.1." + i / 250 + "." + i % 250 + ":80"));
    f.entries(entries).process(rules, target);
    f.cycle();
    long before = 0;
    for (int cycle = 0; cycle < cycles; cycle++) {
      for (int i = 0; i < 40; i++) {
        entries.set(i, entry("10." + (2 + cycle % 100) + "." + cycle / 100 + "." + i + ":80"));
      }
      f.entries(entries);
      f.after(Duration.ofSeconds(5));
      f.audit.clear();
      if (cycle == cycles / 4) before = usedHeap();
    }
    assertThat(f.reconciler.status().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(usedHeap() - before).as("bytes grown").isLessThan(24L << 20);
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void auditLinesNameWhatTheyMust() throws Exception {
    inSync(MIRROR, "a:1", "b:1", "c:1");
    f.list("a:1", "b:1", "c:1 revoked");
    f.cycle();
    Map<String, Object> line = f.audit.getFirst();
    assertThat(line.keySet())
        .contains(
            "target",
            "op",
            "result",
            "source",
            "id",
            "endpoint",
            "reason",
            "policy",
            "plan_id",
            "position",
            "cut");
  }
}
