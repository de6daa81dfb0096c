package io.fairlead.it.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Proc;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Peers built on go-libp2p and js-libp2p dial us: one process for each row, which does everything
 * over one connection; each test looks at one of its results.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeersThatDialUsIT {
  private final Map<PeerRow, Talk> talks = new LinkedHashMap<>();

  private record Talk(OurPeer us, Proc they) {
    /** The word of a scenario that went well. */
    String resultOf(String scenario) throws Exception {
      return they.awaitLine("ok " + scenario, PeerRow.WITHIN).split(" ")[2];
    }
  }

  static Stream<PeerRow> rows() {
    return PeerRow.all();
  }

  private Talk talk(PeerRow row) throws Exception {
    Talk there = talks.get(row);
    if (there != null) return there;
    OurPeer us = new OurPeer(row.security());
    boolean most = row.equals(new PeerRow("go", "noise", "tcp"));
    Proc they =
        row.dial(
            us.listen(row.transport()),
            List.of(
                "ping",
                "identify",
                "push",
                "echo=20000",
                "half=300000",
                "reset",
                "upload=" + row.bulk(),
                "download=" + row.bulk(),
                most ? "streams=1000" : "streams=200"));
    Talk fresh = new Talk(us, they);
    talks.put(row, fresh);
    return fresh;
  }

  @AfterAll
  void close() {
    for (Talk talk : talks.values()) {
      talk.they().close();
      talk.us().close();
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void weAnswerPings(PeerRow row) throws Exception {
    talk(row).resultOf("ping");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void weIdentifyOurselves(PeerRow row) throws Exception {
    assertThat(talk(row).resultOf("identify")).startsWith(OurPeer.AGENT);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void weTakeTheirPush(PeerRow row) throws Exception {
    Talk talk = talk(row);
    talk.resultOf("push");
    await()
        .atMost(PeerRow.WITHIN)
        .until(() -> talk.us().pushedProtocols().contains("/fairlead/pushed/1"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void weEchoWhatIsLongerThanAFrame(PeerRow row) throws Exception {
    talk(row).resultOf("echo");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void weCountWhatCameBeforeAHalfClose(PeerRow row) throws Exception {
    talk(row).resultOf("half");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void ourResetArrivesWithItsCode(PeerRow row) throws Exception {
    // The code reaches those who look at it.
    assertThat(talk(row).resultOf("reset"))
        .isEqualTo(row.kind().equals("go") ? "4242" : "StreamResetError");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void perfReceivesAndSends(PeerRow row) throws Exception {
    talk(row).resultOf("upload");
    talk(row).resultOf("download");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void manyStreamsAtOnceGetTheirOwnBytesBackAndLeaveNothing(PeerRow row) throws Exception {
    Talk talk = talk(row);
    talk.resultOf("streams");
    assertThat(talk.they().awaitExit(PeerRow.WITHIN)).as(talk.they().stderr()).isZero();
    assertThat(talk.us().failures).isEmpty();
    await().atMost(PeerRow.WITHIN).until(() -> talk.us().budget.usedBytes() == 0);
  }
}
