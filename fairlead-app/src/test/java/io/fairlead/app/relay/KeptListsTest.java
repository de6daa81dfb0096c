package io.fairlead.app.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.relay.KeptLists.Relay;
import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.RelayPeer.Standing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeptListsTest {
  @TempDir private Path dir;
  private final ManualClock clock = new ManualClock();
  private Path file;

  @BeforeEach
  void name() {
    file = dir.resolve("relay.lists");
  }

  /** As a process that starts knows them. */
  private KeptLists lists() {
    return new KeptLists(file, clock);
  }

  private static Relay relay(int number, boolean draining, long validUntil, Standing standing) {
    byte[] hash = new byte[34];
    hash[0] = 0x12;
    hash[1] = 0x20;
    hash[32] = (byte) (number >> 8);
    hash[33] = (byte) number;
    try {
      Multiaddr address = Multiaddr.parse("/ip4/192.0.2.1/tcp/" + (number + 1));
      PeerId id = PeerId.of(hash);
      return new Relay(new RelayPeer(id, List.of(address), false, standing), draining, validUntil);
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Relay relay(int number) {
    return relay(number, false, 0, Standing.NONE);
  }

  @Test
  void whatWasReadIsThereAfterARestart() {
    Standing known =
        new Standing(OptionalDouble.of(0.25), Optional.of("0xabc"), Optional.of("a\t\"region\""));
    List<Relay> relays = List.of(relay(1), relay(2, true, 0, known));
    lists().keep("main", clock.wall(), relays);
    lists().keep("other", clock.wall(), List.of());

    assertThat(lists().of("main")).contains(relays);
    assertThat(lists().of("other")).contains(List.of()); // a list that is empty was read, too
    assertThat(lists().of("unknown")).isEmpty();
    assertThat(file).satisfies(it -> assertThat(Files.getPosixFilePermissions(it)).hasSize(2));
  }

  @ParameterizedTest
  @CsvSource({"P0D, true", "P7D, true", "P7DT1S, false", "P400D, false", "-P1D, true"})
  void aListIsBelievedForAWeek(Duration age, boolean known) {
    Instant read = clock.wall();
    lists().keep("main", read, List.of(relay(1)));
    clock.jumpWallTo(read.plus(age));
    assertThat(lists().of("main").isPresent()).isEqualTo(known);
  }

  @Test
  void anEntryThatEndedMeanwhileIsNoneAnyMore() {
    long soon = clock.wall().plusSeconds(60).getEpochSecond();
    lists().keep("main", clock.wall(), List.of(relay(1, false, soon, Standing.NONE), relay(2)));
    assertThat(lists().of("main").orElseThrow()).hasSize(2);
    clock.advance(Duration.ofSeconds(60));
    assertThat(lists().of("main")).contains(List.of(relay(2)));
  }

  @Test
  void onlyALittleIsKept() {
    KeptLists lists = lists();
    lists.keep("main", clock.wall(), IntStream.range(0, 3000).mapToObj(n -> relay(n)).toList());
    assertThat(lists().of("main").orElseThrow()).hasSize(KeptLists.RELAYS_MAX);
    for (int i = 0; i < KeptLists.SOURCES_MAX; i++) {
      lists.keep("source-" + i, clock.wall(), List.of(relay(i)));
    }
    assertThat(lists().of("main")).isEmpty(); // the one that was read longest ago
    assertThat(lists().of("source-0")).isPresent();
  }

  @Test
  void itIsWrittenWhenItChangesAndOnceAnHour() throws Exception {
    KeptLists lists = lists();
    lists.keep("main", clock.wall(), List.of(relay(1)));
    Files.delete(file);
    clock.advance(Duration.ofMinutes(59));
    lists.keep("main", clock.wall(), List.of(relay(1)));
    assertThat(file).doesNotExist();
    clock.advance(Duration.ofMinutes(1));
    lists.keep("main", clock.wall(), List.of(relay(1)));
    assertThat(file).exists();
    lists.keep("main", clock.wall(), List.of(relay(2)));
    assertThat(lists().of("main")).contains(List.of(relay(2)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"version\":2,\"sources\":{}}",
        "{\"version\":1,\"sources\":{\"main\":{}}}",
        "{\"version\":1,\"sources\":{\"main\":{\"read\":\"yesterday\",\"relays\":[]}}}",
        "{\"version\":1,\"sources\":{\"main\":{\"read\":\"2030-01-01T00:00:00Z\",\"relays\":[{}]}}}",
        "{\"version\":1,\"sources\":{\"main\":{\"read\":\"2030-01-01T00:00:00Z\",\"relays\":"
            + "[{\"peer\":\"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5\",\"score\":7}]}}}",
      })
  void aDamagedFileIsNoneAndIsReplaced(String text) throws Exception {
    Files.writeString(file, text);
    KeptLists lists = lists();
    assertThat(lists.of("main")).isEmpty();
    lists.keep("main", clock.wall(), List.of(relay(1)));
    assertThat(lists().of("main")).contains(List.of(relay(1)));
  }

  @Test
  void aFileThatCannotBeWrittenIsNoReasonToStop() throws Exception {
    Files.createDirectories(file.resolve("in the way"));
    KeptLists lists = lists();
    lists.keep("main", clock.wall(), List.of(relay(1)));
    assertThat(lists.of("main")).contains(List.of(relay(1)));
  }
}
