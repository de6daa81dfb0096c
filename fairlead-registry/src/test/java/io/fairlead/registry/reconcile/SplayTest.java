package io.fairlead.registry.reconcile;

import static io.fairlead.registry.reconcile.ReconcilerFixture.MIRROR;
import static io.fairlead.registry.reconcile.ReconcilerFixture.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.TargetRules;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process is told of a new list some time later; of a revocation at once. */
class SplayTest {
  private static final Duration MOST = Duration.ofMinutes(1);
  private static final TargetRules RULES =
      MIRROR.with(RailsConfig.DEFAULTS.withHoldDown(Duration.ZERO)).withSplay(MOST);

  @TempDir private Path folder;
  private ReconcilerFixture f;
  private FakeTarget target;

  @BeforeEach
  void firstListIsWritten() throws Exception {
    f = new ReconcilerFixture(folder);
    target = new FakeTarget();
    f.list("a:1", "b:1", "c:1").process(RULES, target);
    f.cycle();
  }

  @Test
  void theProcessIsToldOnceAtItsMoment() throws Exception {
    assertThat(target.writes).isEqualTo(1);
    assertThat(target.signals).isZero();
    assertThat(f.reconciler.status().state()).isEqualTo(TargetState.APPLYING);
    Instant at = f.reconciler.due().orElseThrow();
    assertThat(at).isAfter(f.clock.wall()).isBefore(f.clock.wall().plus(MOST));
    Duration wait = Duration.between(f.clock.wall(), at);
    f.after(wait.minusMillis(1));
    assertThat(target.signals).isZero();
    assertThat(f.after(Duration.ofMillis(1)).state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(target.signals).isEqualTo(1);
    f.after(MOST);
    assertThat(target.signals).isEqualTo(1);
  }

  @Test
  void laterChangesJoinAndDoNotPutItOff() throws Exception {
    Instant at = f.reconciler.due().orElseThrow();
    f.list("a:1", "b:1", "c:1", "d:1");
    f.after(Duration.ofMillis(1));
    assertThat(target.writes).isEqualTo(2);
    assertThat(f.reconciler.due()).contains(at);
    f.after(Duration.between(f.clock.wall(), at));
    assertThat(target.signals).isEqualTo(1);
    assertThat(texts(target.process)).containsExactly("a:1", "b:1", "c:1", "d:1");
  }

  @Test
  void aRevocationIsToldAtOnceWithWhatWaited() throws Exception {
    f.list("a:1", "b:1 revoked", "c:1");
    f.cycle();
    assertThat(target.signals).isEqualTo(1);
    assertThat(texts(target.process)).containsExactly("a:1", "c:1");
    f.after(MOST);
    assertThat(target.signals).isEqualTo(1);
    f.list("a:1", "c:1 revoked");
    f.cycle();
    assertThat(target.signals).isEqualTo(2);
  }

  @Test
  void aHeldPlanDoesNotKeepWhatIsWrittenFromBeingTold() throws Exception {
    f.list();
    f.cycle();
    assertThat(f.reconciler.status().state()).isEqualTo(TargetState.HOLD);
    f.after(MOST);
    assertThat(target.signals).isEqualTo(1);
    assertThat(f.cycle().state()).isEqualTo(TargetState.HOLD);
  }

  @Test
  void aNewProcessTellsAtOnceWhatTheFormerOneOwed() throws Exception {
    new ReconcilerFixture(folder).list("a:1", "b:1", "c:1").process(RULES, target);
    assertThat(target.signals).isEqualTo(1);
  }
}
