package io.fairlead.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.rocksdb.StoreRoom;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is said of the broker's room. */
class BrokerChecksTest {
  private static final Path STORE = Path.of("store");

  @Test
  void littleRoomIsToldWithBothFigures() {
    assertThat(BrokerChecks.room(STORE, new StoreRoom(7 << 20, 8 << 20)))
        .hasValueSatisfying(
            found ->
                assertThat(found.toString())
                    .contains("7 MiB are free")
                    .contains("no more than 8 the broker takes no message to keep"));
    assertThat(BrokerChecks.room(STORE, new StoreRoom(9 << 20, 8 << 20))).isEmpty();
  }
}
