package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.relay.reservation.CircuitLimit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryFileTest {
  private static final Instant WALL = Instant.parse("2030-01-01T00:00:00Z");
  private static final CircuitLimit LIMIT =
      new CircuitLimit(Optional.of(Duration.ofMinutes(2)), Optional.of(131_072L));
  private static final long DAY = Duration.ofDays(1).toNanos();

  @TempDir private Path dir;

  private RelayHistory history() {
    RelayHistory history = new RelayHistory();
    history.measured(id(1), Duration.ofMillis(20), 5);
    history.granted(id(1), LIMIT, 5);
    history.granted(id(1), LIMIT, 5);
    history.failed(id(2), ReserveResult.RESERVATION_REFUSED, 5);
    history.granted(id(3), CircuitLimit.NONE, 5);
    return history;
  }

  private HistoryFile file() {
    return HistoryFile.in(dir.resolve("relay.history"));
  }

  /** As another process reads it, whose nanoseconds begin elsewhere. */
  private RelayHistory again(long nowNanos, Instant wall) {
    RelayHistory again = new RelayHistory();
    again.restore(file().read(), nowNanos, wall);
    return again;
  }

  @Test
  void whatIsKeptGoesOnAsIfNothingHadBeen() {
    RelayHistory before = history();
    file().changed(before.remembered(5, WALL), 5);

    RelayHistory at = again(-77, WALL);
    for (int peer = 1; peer <= 3; peer++) {
      assertThat(at.of(id(peer), -77)).isEqualTo(before.of(id(peer), 5));
    }
    RelayHistory later = again(1_000, WALL.plus(Duration.ofDays(1)));
    assertThat(later.of(id(1), 1_000).grants()).isCloseTo(1, within(1e-9));
    assertThat(later.of(id(1), 1_000).roundTrip()).contains(Duration.ofMillis(20));
    assertThat(later.of(id(1), 1_001).roundTrip()).isEmpty(); // older than a day
    assertThat(later.of(id(1), 1_000).limit()).contains(LIMIT);
    assertThat(later.of(id(2), 1_000).refusals()).isZero(); // older than an hour
    assertThat(later.of(id(2), 1_000).attempts()).isCloseTo(0.5, within(1e-9));
    assertThat(before.of(id(1), 5 + DAY).grants()).isCloseTo(1, within(1e-9)); // like that
  }

  @Test
  void aClockThatWentBackMakesNothingYounger() {
    file().changed(history().remembered(5, WALL), 5);
    RelayHistory earlier = again(0, WALL.minusSeconds(3600));
    assertThat(earlier.of(id(1), 0).grants()).isEqualTo(2);
    assertThat(earlier.of(id(2), Duration.ofMinutes(61).toNanos()).refusals()).isZero();
  }

  @Test
  void whatIsWeeksOldIsNotTaken() {
    file().changed(history().remembered(5, WALL), 5);
    RelayHistory late = again(0, WALL.plus(Duration.ofDays(8)));
    assertThat(late.of(id(1), 0).attempts()).isZero();
    assertThat(late.of(id(1), 0).limit()).isEmpty();
  }

  @Test
  void itIsWrittenAtAPaceAndAtTheEnd() throws Exception {
    Path path = dir.resolve("relay.history");
    HistoryFile file = file();
    RelayHistory history = history();
    file.changed(List.of(), 0);
    file.changed(history.remembered(5, WALL), 29_000_000_000L);
    file.look(29_999_999_999L);
    assertThat(Files.readAllLines(path)).hasSize(1);
    file.look(30_000_000_000L);
    assertThat(Files.readAllLines(path)).hasSize(4);
    file.changed(List.of(), 31_000_000_000L);
    assertThat(Files.readAllLines(path)).hasSize(4);
    file.close();
    assertThat(Files.readAllLines(path)).containsExactly("relay-history 1");
  }

  @Test
  void noMoreThanAThousandPeersAreKept() {
    RelayHistory history = new RelayHistory();
    for (int i = 0; i < 1_500; i++) history.measured(id(i), Duration.ofMillis(i), i);
    file().changed(history.remembered(1_500, WALL), 0);
    List<Remembered> kept = file().read();
    assertThat(kept).hasSize(1_024);
    assertThat(kept.getLast().peer()).isEqualTo(id(1_499));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "relay-history 2",
        "relay-history 1\nnobody",
        "relay-history 1\nPEER\t-\t-\t1\t1\t0\t-",
        "relay-history 1\nPEER\t-\t-\t1\t2\t0\t-\t-",
        "relay-history 1\nPEER\t-\t-\tNaN\t0\t0\t-\t-",
        "relay-history 1\nPEER\t-\t-\t1\t1\t-1\t-\t-",
        "relay-history 1\nPEER\t-\t-\t1\t1\t9223372036854775807\t-\t-",
        "relay-history 1\nPEER\t-1\t0\t1\t1\t0\t-\t-",
        "relay-history 1\nPEER\t5\t-\t1\t1\t0\t-\t-",
        "relay-history 1\nPEER\t-\t-\t1\t1\t0\t1,\t-",
        "relay-history 1\nPEER\t-\t-\t1\t1\t0\t-\t0/0",
        "relay-history 1\nPEER\t-\t-\t1\t1\t0\t-\t5",
      })
  void aDamagedFileIsNoneAndIsReplaced(String text) throws Exception {
    Path path = dir.resolve("relay.history");
    Files.writeString(path, text.replace("PEER", id(1).toString()));
    assertThat(file().read()).isEmpty();
    file().changed(history().remembered(5, WALL), 5);
    assertThat(file().read()).hasSize(3);
  }

  @Test
  void aFileThatIsTooLongOrNoTextIsNone() throws Exception {
    Path path = dir.resolve("relay.history");
    Files.write(path, new byte[(1 << 20) + 1]);
    assertThat(file().read()).isEmpty();
    Files.write(path, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(file().read()).isEmpty();
    HistoryFile nowhere = HistoryFile.in(dir.resolve("none").resolve("relay.history"));
    nowhere.changed(history().remembered(5, WALL), 5);
    nowhere.close(); // told, and that is all
  }
}
