package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made how large. */
class SizesTest {
  private static final long DISK = 1L << 40;

  @ParameterizedTest
  @CsvSource({"16, 1024", "64, 1024", "128, 16384", "4096, 1048576", "128, 16", "128, 64"})
  void allPartsKeepToTheBoundAndToTheTwentiethOfTheDisk(long memoryMebi, long diskMebi) {
    long memory = memoryMebi << 20;
    long disk = diskMebi << 20;
    Sizes sizes = Sizes.of(Optional.of(new ByteSize(memory)), disk);
    long memtables = sizes.memtables().orElseThrow();
    assertThat(sizes.cache()).isLessThan(memory);
    assertThat(memtables + sizes.group()).isLessThan(sizes.cache());
    assertThat(sizes.memtable()).isBetween(sizes.smallMemtable(), memtables);
    // A memtable's part of the log is reserved when it is begun, the rest as it is written out.
    assertThat(memtables + sizes.memtable() * 11 / 10).isLessThan(disk / 20);
    assertThat(sizes.log()).isLessThanOrEqualTo(disk / 16);
  }

  @Test
  void whatWasMeasuredToBeFastIsNeverExceeded() {
    Sizes large = Sizes.of(Optional.of(new ByteSize(DISK)), DISK);
    Sizes unbounded = Sizes.of(Optional.empty(), DISK);
    assertThat(large.memtable()).isEqualTo(unbounded.memtable()).isEqualTo(64 << 20);
    assertThat(large.log()).isEqualTo(unbounded.log()).isEqualTo(256 << 20);
    assertThat(unbounded.memtables()).isEmpty();
    assertThat(unbounded.filesOpen()).isEqualTo(Sizes.ALL_FILES);
  }
}
