package io.fairlead.it.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.testkit.Proc;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** We dial peers built on go-libp2p and js-libp2p: one process and one connection for each row. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeersWeDialIT {
  private final Map<PeerRow, Talk> talks = new LinkedHashMap<>();

  private record Talk(OurPeer us, Proc they, PeerConnection to) {}

  static java.util.stream.Stream<PeerRow> rows() {
    return PeerRow.all();
  }

  /** The connection of a row; a test that found it broken leaves it to those behind it. */
  private Talk talk(PeerRow row) throws Exception {
    Talk there = talks.get(row);
    if (there != null) return there;
    Proc they = row.listen();
    OurPeer us = new OurPeer(row.security());
    Talk fresh = new Talk(us, they, us.dial(PeerRow.addressOf(they)));
    talks.put(row, fresh);
    return fresh;
  }

  private PeerConnection to(PeerRow row) throws Exception {
    return talk(row).to();
  }

  @AfterAll
  void close() {
    for (Talk talk : talks.values()) {
      talk.us().close();
      talk.they().close();
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theyAnswerPings(PeerRow row) throws Exception {
    OurPeer.ping(to(row));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theyIdentifyThemselves(PeerRow row) throws Exception {
    IdentifyMessage said = OurPeer.identify(to(row));
    assertThat(said.protocols()).contains(OurPeer.ECHO, OurPeer.PUSH);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theyTakeAPush(PeerRow row) throws Exception {
    Talk talk = talk(row);
    talk.us().push(talk.to());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theyEchoWhatIsLongerThanAFrame(PeerRow row) throws Exception {
    OurPeer.echo(to(row), "hello".repeat(20_000));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theyCountWhatCameBeforeAHalfClose(PeerRow row) throws Exception {
    assertThat(OurPeer.counted(to(row), OurPeer.HALF, 300_000)).isEqualTo("300000");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theirResetArrives(PeerRow row) throws Exception {
    // The code of it comes from those who send one.
    assertThat(OurPeer.resetOf(to(row)))
        .contains(row.kind().equals("go") ? "reset, code 4242" : "reset");
    assertThat(to(row).isOpen()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void perfSendsAndReceives(PeerRow row) throws Exception {
    assertThat(OurPeer.upload(to(row), row.bulk())).isZero();
    assertThat(OurPeer.download(to(row), row.bulk())).isEqualTo(row.bulk());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void manyStreamsAtOnceEchoTheirOwnBytes(PeerRow row) throws Exception {
    OurPeer.manyEchoes(to(row), row.equals(new PeerRow("go", "noise", "tcp")) ? 1000 : 200);
    assertThat(to(row).isOpen()).isTrue();
  }
}
