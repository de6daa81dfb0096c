package io.fairlead.libp2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordSequenceTest {
  private static final long NOW = 1_800_000_000_000_000_000L;
  private static final long MINUTE = 60_000_000_000L;

  @TempDir private Path folder;

  @Test
  void numbersFollowTheClockAndNeverStandStill() {
    RecordSequence sequence = RecordSequence.forgotten();
    assertThat(sequence.next(NOW)).isEqualTo(NOW);
    assertThat(sequence.next(NOW)).isEqualTo(NOW + 1);
    assertThat(sequence.next(NOW - MINUTE)).isEqualTo(NOW + 2);
    assertThat(sequence.next(NOW + MINUTE)).isEqualTo(NOW + MINUTE);
  }

  @Test
  void aClockSetBackAcrossARestartDoesNotTakeThemBack() {
    Path file = folder.resolve("sequence");
    long last = RecordSequence.in(file).next(NOW);
    RecordSequence again = RecordSequence.in(file);
    assertThat(again.next(NOW - 100 * MINUTE)).isGreaterThan(last);
    long later = again.next(NOW - 99 * MINUTE);
    assertThat(RecordSequence.in(file).next(NOW - 200 * MINUTE)).isGreaterThan(later);
    assertThat(RecordSequence.in(file).next(NOW + 100 * MINUTE)).isEqualTo(NOW + 100 * MINUTE);
  }

  /** A record is renewed with each protocol: that must not cost a sync of the disk. */
  @Test
  void theFileIsWrittenOnceInTenMinutes() throws IOException {
    Path file = folder.resolve("sequence");
    RecordSequence sequence = RecordSequence.in(file);
    sequence.next(NOW);
    byte[] first = Files.readAllBytes(file);
    for (int i = 1; i < 10; i++) sequence.next(NOW + i * MINUTE);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
    sequence.next(NOW + 11 * MINUTE);
    assertThat(Files.readAllBytes(file)).isNotEqualTo(first);
  }

  @Test
  void aFileThatCannotBeReadOrWrittenStopsNothing() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken"), "not a number");
    RecordSequence sequence = RecordSequence.in(broken);
    assertThat(sequence.next(NOW)).isEqualTo(NOW);
    assertThat(RecordSequence.in(broken).next(0)).isGreaterThan(NOW);
    RecordSequence nowhere = RecordSequence.in(folder.resolve("none").resolve("sequence"));
    assertThat(nowhere.next(NOW)).isEqualTo(NOW);
    assertThat(nowhere.next(NOW)).isEqualTo(NOW + 1);
  }
}
