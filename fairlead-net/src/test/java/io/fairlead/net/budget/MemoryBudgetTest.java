package io.fairlead.net.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.unit.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryBudgetTest {
  private static final long MEBI = 1024 * 1024;

  private final AtomicLong buffers = new AtomicLong();
  private final MemoryBudget budget = new MemoryBudget(buffers::get);
  private final List<Pressure> seen = new ArrayList<>();

  @BeforeEach
  void hundredMebi() {
    budget.limit(new MemoryLimit.Bytes(ByteSize.ofMebi(100)));
    budget.onPressure(seen::add);
  }

  private Pressure at(long mebi) {
    buffers.set(mebi * MEBI);
    budget.sample();
    return budget.pressure();
  }

  @Test
  void levelsAreLeftLowerThanTheyAreEntered() {
    assertThat(at(79)).isEqualTo(Pressure.NORMAL);
    assertThat(at(80)).isEqualTo(Pressure.HIGH);
    assertThat(at(71)).isEqualTo(Pressure.HIGH);
    assertThat(at(95)).isEqualTo(Pressure.CRITICAL);
    assertThat(at(86)).isEqualTo(Pressure.CRITICAL);
    assertThat(at(84)).isEqualTo(Pressure.HIGH);
    assertThat(at(94)).isEqualTo(Pressure.HIGH);
    assertThat(at(69)).isEqualTo(Pressure.NORMAL);
    assertThat(at(75)).isEqualTo(Pressure.NORMAL);
    assertThat(seen)
        .containsExactly(Pressure.HIGH, Pressure.CRITICAL, Pressure.HIGH, Pressure.NORMAL);
  }

  @Test
  void classesAreShedOneAfterTheOtherAndAllTakenBackAtOnce() {
    List<Integer> shed = new ArrayList<>();
    for (int i = 0; i < 3 * MemoryBudget.SAMPLES_PER_CLASS; i++) {
      at(96);
      int classes = 0;
      for (ShedClass work : ShedClass.values()) classes += budget.sheds(work) ? 1 : 0;
      shed.add(classes);
    }
    assertThat(shed).containsExactly(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3);
    at(84);
    for (ShedClass work : ShedClass.values()) assertThat(budget.sheds(work)).isFalse();
  }

  @Test
  void sheddersAreAskedForWhatIsTooMuchWhileTheirClassIsShed() {
    List<Long> asked = new ArrayList<>();
    budget.onShed(ShedClass.SLOW_CONSUMERS, asked::add);
    for (int i = 0; i < 2 * MemoryBudget.SAMPLES_PER_CLASS; i++) at(99);
    assertThat(asked).isEmpty();
    at(99);
    at(97);
    assertThat(asked).hasSize(2);
    assertThat(asked.getFirst()).isBetween(13 * MEBI, 15 * MEBI);
    at(50);
    assertThat(asked).hasSize(2);
  }

  @Test
  void whatAccountsHoldCounts() {
    Account account = budget.account();
    account.add(90 * MEBI);
    assertThat(at(0)).isEqualTo(Pressure.HIGH);
    account.add(-40 * MEBI);
    assertThat(at(0)).isEqualTo(Pressure.NORMAL);
    account.set(10 * MEBI);
    assertThat(at(86)).isEqualTo(Pressure.CRITICAL);
    assertThat(budget.usedBytes()).isEqualTo(96 * MEBI);
  }

  @Test
  void offIsNeverFullAndANewLimitHoldsFromTheNextSampleOn() {
    budget.limit(new MemoryLimit.Off());
    assertThat(at(1_000_000)).isEqualTo(Pressure.NORMAL);
    budget.limit(new MemoryLimit.Bytes(ByteSize.ofMebi(10)));
    assertThat(at(10)).isEqualTo(Pressure.CRITICAL);
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 100, 80, 50", // half of the heap, which is larger
    "0.5, 80, 100, 50", // or of direct memory
    "1.0, 100, 100, 90", // never more than there is
    "0.5, 400, 100, 90"
  })
  void aShareIsOfTheLargerOfHeapAndDirectMemory(double share, long heap, long direct, long most) {
    assertThat(new MemoryLimit.Share(share).bytes(heap, direct)).isEqualTo(most);
  }

  @Test
  void aShareIsMoreThanNothingAndAtMostAll() {
    assertThatThrownBy(() -> new MemoryLimit.Share(0)).hasMessageContaining("expected");
    assertThatThrownBy(() -> new MemoryLimit.Share(1.1)).hasMessageContaining("expected");
  }
}
