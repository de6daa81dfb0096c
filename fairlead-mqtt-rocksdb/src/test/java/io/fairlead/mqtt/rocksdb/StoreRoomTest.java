package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which room is enough. */
class StoreRoomTest {
  @ParameterizedTest
  @CsvSource({
    "1025, 100000, true",
    "1024, 100000, false",
    "51, 1000, true",
    "50, 1000, false",
    "0, 0, false"
  })
  void whatIsWantedOrATwentiethOfTheDiskIsToBeFree(long freeMebi, long totalMebi, boolean enough) {
    StoreRoom room = StoreRoom.of(freeMebi << 20, totalMebi << 20, ByteSize.ofMebi(1024));
    assertThat(room.enough()).isEqualTo(enough);
  }
}
