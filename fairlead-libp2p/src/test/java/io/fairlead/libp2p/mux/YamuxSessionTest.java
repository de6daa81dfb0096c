package io.fairlead.libp2p.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of a session, one frame at a time. Frames are written as type, flags, id, length. */
class YamuxSessionTest {
  private static final YamuxSettings SETTINGS = YamuxSettings.DEFAULTS;
  private static final int DATA = YamuxFrame.DATA;
  private static final int WINDOW = YamuxFrame.WINDOW;
  private static final int PING = YamuxFrame.PING;
  private static final int GO_AWAY = YamuxFrame.GO_AWAY;
  private static final int SYN = YamuxFrame.SYN;
  private static final int ACK = YamuxFrame.ACK;
  private static final int FIN = YamuxFrame.FIN;
  private static final int RST = YamuxFrame.RST;

  private final List<MuxEnd> ends = new ArrayList<>();

  @AfterEach
  void releaseAll() {
    ends.forEach(MuxEnd::release);
  }

  private MuxEnd end(boolean dialer, YamuxSettings settings) {
    MuxEnd end = new MuxEnd(dialer, settings);
    ends.add(end);
    end.session.pump(0);
    end.takeWritten(); // the first ping
    return end;
  }

  private MuxEnd dialer() {
    return end(true, SETTINGS);
  }

  private MuxEnd listener() {
    return end(false, SETTINGS);
  }

  private static ByteBuf frame(int type, int flags, int id, long length, int... body) {
    ByteBuf out = Unpooled.buffer();
    YamuxFrame.writeHeader(out, type, flags, id, (int) length);
    for (int b : body) out.writeByte(b);
    return out;
  }

  private static ByteBuf dataFrame(int flags, int id, int length) {
    return frame(DATA, flags, id, length).writeZero(length);
  }

  /** Frames as {@code type flags id length}, bodies left out. */
  private static List<String> frames(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    List<String> frames = new ArrayList<>();
    while (in.isReadable()) {
      int head = in.readInt();
      int id = in.readInt();
      long length = in.readUnsignedInt();
      frames.add((head >>> 16) + " " + (head & 0xFFFF) + " " + id + " " + length);
      if (head >>> 16 == DATA) in.skipBytes((int) length);
    }
    return frames;
  }

  private static List<String> pumped(MuxEnd end) {
    end.session.pump(end.now);
    return frames(end.takeWritten());
  }

  @Test
  void headerIsTwelveBytesBigEndian() {
    ByteBuf out = frame(WINDOW, SYN | FIN, 0x01020304, 0xA0B0C0D0L);
    assertThat(HexFormat.of().formatHex(out.array(), 0, 12)).isEqualTo("0001000501020304a0b0c0d0");
  }

  @Test
  void theFirstFrameOfAStreamOpensItAndMayCarryData() {
    MuxEnd end = dialer();
    MuxEnd.End first = end.open();
    end.open();
    first.send(5);
    assertThat(pumped(end)).containsExactly("0 1 1 5", "1 1 3 0");
  }

  @Test
  void listenersUseEvenIds() {
    MuxEnd end = listener();
    end.open();
    assertThat(pumped(end)).containsExactly("1 1 2 0");
  }

  @Test
  void aStreamOfThePeerIsAcknowledgedWhenAcceptedOrAnswered() {
    MuxEnd end = listener();
    end.receive(frame(WINDOW, SYN, 1, 0));
    end.receive(frame(WINDOW, SYN, 3, 0));
    assertThat(pumped(end)).isEmpty();
    end.accepted.get(0).stream().accept();
    end.accepted.get(1).send(2);
    assertThat(pumped(end)).containsExactly("1 2 1 0", "0 2 3 2");
    end.accepted.get(0).send(1);
    assertThat(pumped(end)).containsExactly("0 0 1 1");
  }

  @Test
  void creditReturnsOnlyWhenHalfTheWindowWasConsumed() {
    MuxEnd end = listener();
    end.receive(dataFrame(SYN, 1, 200_000));
    MuxEnd.End stream = end.accepted.get(0);
    stream.stream().accept();
    pumped(end);
    stream.read(131_071);
    assertThat(pumped(end)).isEmpty();
    stream.read(1);
    assertThat(pumped(end)).containsExactly("1 0 1 131072");
  }

  @Test
  void aFlaggedFrameCarriesTheCreditThatIsOwed() {
    MuxEnd end = listener();
    end.receive(dataFrame(SYN, 1, 1000));
    end.accepted.get(0).read(1000);
    end.accepted.get(0).stream().accept();
    assertThat(pumped(end)).containsExactly("1 2 1 1000");
  }

  @Test
  void aWindowThatIsUsedUpInLessThanFourRoundTripsDoubles() {
    MuxEnd end = listener();
    end.now = Duration.ofMillis(10).toNanos();
    end.receive(frame(PING, ACK, 0, 1));
    assertThat(end.session.roundTrip()).contains(Duration.ofMillis(10));
    end.receive(dataFrame(SYN, 1, 262_144));
    MuxEnd.End stream = end.accepted.get(0);
    stream.read(262_144);
    end.now += Duration.ofMillis(39).toNanos();
    assertThat(pumped(end)).containsExactly("1 2 1 524288");
    assertThat(stream.stream().receiveTarget()).isEqualTo(524_288);
    end.now += Duration.ofMillis(41).toNanos();
    end.receive(dataFrame(0, 1, 300_000));
    stream.read(300_000);
    assertThat(pumped(end)).containsExactly("1 0 1 300000");
  }

  @Test
  void aWindowDoesNotGrowBeyondTheBudgetOfItsConnection() {
    MuxEnd end = end(false, SETTINGS.withWindows(16 << 20, new ByteSize(300_000)));
    end.now = Duration.ofMillis(10).toNanos();
    end.receive(frame(PING, ACK, 0, 1));
    for (int i = 0; i < 2; i++) {
      end.receive(dataFrame(i == 0 ? SYN : 0, 1, 262_144));
      end.accepted.get(0).read(262_144);
      pumped(end);
    }
    assertThat(end.accepted.get(0).stream().receiveTarget()).isEqualTo(524_288);
    assertThat(end.session.chargedBytes()).isEqualTo(262_144);
    end.accepted.get(0).stream().reset(0);
    assertThat(end.session.chargedBytes()).isZero();
    assertThat(end.budget.usedBytes()).isZero();
  }

  @Test
  void bytesBeyondTheMemoryOfAConnectionResetTheirStream() {
    MuxEnd end = end(false, SETTINGS.withWindows(1 << 20, new ByteSize(300_000)));
    end.receive(dataFrame(SYN, 1, 200_000));
    end.receive(dataFrame(SYN, 3, 200_000));
    assertThat(end.accepted.get(1).end)
        .isEqualTo(new StreamEnd.Reset(StreamCode.RESOURCE_LIMIT, false));
    assertThat(frames(end.takeWritten())).containsExactly("1 8 3 4098");
    assertThat(end.end).isNull();
    end.accepted.get(0).read(200_000);
    assertThat(end.session.chargedBytes()).isZero();
  }

  @Test
  void dataWaitsForCreditAndTheEndBehindIt() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    stream.send(300_000);
    stream.stream().finish();
    end.outputMax = Integer.MAX_VALUE;
    assertThat(pumped(end))
        .containsExactly("0 1 1 65524", "0 0 1 65524", "0 0 1 65524", "0 0 1 65524", "0 0 1 48");
    end.receive(frame(WINDOW, ACK, 1, 100_000));
    assertThat(frames(end.takeWritten())).containsExactly("0 0 1 37856", "1 4 1 0");
    assertThat(stream.toSend).isEmpty();
    assertThat(stream.stream().finished()).isTrue();
  }

  @Test
  void streamsTakeTurns() {
    MuxEnd end = dialer();
    MuxEnd.End one = end.open();
    MuxEnd.End two = end.open();
    one.send(200_000);
    two.send(100_000);
    end.outputMax = Integer.MAX_VALUE;
    assertThat(pumped(end))
        .containsExactly(
            "0 1 1 65524",
            "0 1 3 65524",
            "0 0 1 65524",
            "0 0 3 34476",
            "0 0 1 65524",
            "0 0 1 3428");
  }

  @Test
  void nothingIsTakenFromStreamsWhileTheOutputIsFull() {
    MuxEnd end = dialer();
    end.outputMax = 0;
    MuxEnd.End stream = end.open();
    stream.send(1000);
    assertThat(pumped(end)).isEmpty();
    end.outputMax = 1;
    assertThat(pumped(end)).containsExactly("0 1 1 1000");
  }

  @Test
  void bothEndsOfBothDirectionsEndAStream() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    stream.stream().finish();
    assertThat(pumped(end)).containsExactly("1 5 1 0");
    end.receive(frame(DATA, ACK | FIN, 1, 2, 7, 8));
    assertThat(stream.end).isEqualTo(new StreamEnd.Finished());
    assertThat(stream.read(9)).containsExactly(7, 8);
    assertThat(end.session.streams()).isZero();
  }

  @Test
  void dataBehindTheEndIsDropped() {
    MuxEnd end = listener();
    end.receive(frame(DATA, SYN | FIN, 1, 1, 9));
    end.receive(dataFrame(0, 1, 300_000));
    assertThat(end.accepted.get(0).receivedBytes).isEqualTo(1);
    assertThat(end.end).isNull();
    end.receive(frame(PING, SYN, 0, 77));
    assertThat(frames(end.takeWritten())).containsExactly("2 2 0 77");
  }

  @Test
  void theLengthOfAResetIsACodeAndNoCredit() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    pumped(end);
    end.receive(frame(WINDOW, RST, 1, 0xFFFF_FFFFL));
    assertThat(stream.end).isEqualTo(new StreamEnd.Reset(0xFFFF_FFFFL, true));
    assertThat(end.end).isNull();
  }

  @Test
  void ourResetCarriesItsCode() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    pumped(end);
    stream.stream().reset(StreamCode.GATED);
    assertThat(pumped(end)).containsExactly("1 8 1 4104");
  }

  @Test
  void aStreamThatWasNeverAnnouncedNeedsNoReset() {
    MuxEnd end = dialer();
    end.open().stream().reset(0);
    assertThat(pumped(end)).isEmpty();
    assertThat(end.session.streams()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "0, 1", "1, 2", "1, 1", "0, 0", "1, 0"})
  void lateFramesOfStreamsThatAreNotThereAreDropped(int type, int id) {
    MuxEnd end = dialer();
    end.receive(type == DATA ? dataFrame(ACK | FIN, id, 1_000_000) : frame(type, RST, id, 5));
    end.receive(frame(PING, SYN, 0, 3));
    assertThat(frames(end.takeWritten())).containsExactly("2 2 0 3");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, stream id of the wrong side",
    "1, 1, 0, stream id of the wrong side",
    "0, 1, 4, stream opened twice",
    "4, 0, 2, frame type",
    "255, 0, 2, frame type",
    "256, 0, 2, version"
  })
  void brokenRulesEndTheSession(int type, int flags, int id, String what) {
    MuxEnd end = dialer();
    end.receive(frame(WINDOW, SYN, 4, 0));
    pumped(end);
    end.receive(frame(type, flags, id, 0));
    assertThat(end.end).isEqualTo(new SessionEnd.Violation(what));
    assertThat(frames(end.takeWritten())).containsExactly("3 0 0 1");
    assertThat(end.accepted.get(0).end)
        .isEqualTo(new StreamEnd.Lost(new SessionEnd.Violation(what)));
  }

  @Test
  void dataBeyondTheWindowEndsTheSession() {
    MuxEnd end = listener();
    end.receive(dataFrame(SYN, 1, 262_144));
    end.receive(frame(DATA, 0, 1, 1));
    assertThat(end.end).isEqualTo(new SessionEnd.Violation("data beyond the window"));
  }

  @Test
  void creditBeyondThirtyTwoBitsEndsTheSession() {
    MuxEnd end = listener();
    end.receive(frame(WINDOW, SYN, 1, 0xFFFF_FFFFL - 262_144));
    assertThat(end.end).isNull();
    end.receive(frame(WINDOW, 0, 1, 1));
    assertThat(end.end).isEqualTo(new SessionEnd.Violation("more credit than 32 bits"));
  }

  @Test
  void streamsBeyondTheBacklogAreReset() {
    MuxEnd end = end(false, SETTINGS.withStreams(100, 2, 1, 0));
    for (int id = 1; id <= 5; id += 2) end.receive(frame(WINDOW, SYN, id, 0));
    assertThat(frames(end.takeWritten())).containsExactly("1 8 5 4098");
    end.acceptAll();
    pumped(end);
    end.receive(frame(WINDOW, SYN, 7, 0));
    assertThat(end.accepted).hasSize(3);
  }

  @Test
  void streamsBeyondTheBoundAreResetUntilOneEnds() {
    MuxEnd end = end(false, SETTINGS.withStreams(2, 100, 1, 0));
    for (int id = 1; id <= 5; id += 2) end.receive(dataFrame(SYN, id, 10));
    assertThat(frames(end.takeWritten())).containsExactly("1 8 5 4098");
    end.receive(frame(WINDOW, RST, 1, 0));
    end.receive(frame(WINDOW, SYN, 7, 0));
    assertThat(end.accepted).hasSize(3);
  }

  @Test
  void opensWaitUntilThePeerTookThoseBefore() {
    MuxEnd end = end(true, SETTINGS.withStreams(0, 0, 1, 1));
    end.open();
    MuxEnd.End second = end.open();
    second.send(3);
    assertThat(end.session.refusal()).contains(OpenRefusal.TOO_MANY);
    assertThat(pumped(end)).containsExactly("1 1 1 0");
    end.receive(frame(WINDOW, ACK, 1, 0));
    assertThat(frames(end.takeWritten())).containsExactly("0 1 3 3");
    assertThat(end.session.refusal()).isEmpty();
  }

  @Test
  void anOpenThatWaitsTooLongEnds() {
    MuxEnd end = end(true, SETTINGS.withStreams(0, 0, 1, 1));
    end.open();
    MuxEnd.End second = end.open();
    end.now = SETTINGS.pingTimeout().toNanos() - 1;
    end.receive(frame(PING, SYN, 0, 0)); // the peer is alive
    end.now = SETTINGS.openTimeout().toNanos();
    assertThat(end.session.wakeNanos()).isEqualTo(end.now);
    end.session.onTimer(end.now);
    assertThat(second.end).isEqualTo(new StreamEnd.NotTaken());
    assertThat(end.end).isNull();
  }

  @Test
  void atMostThirtyTwoPingsWaitForTheirAnswer() {
    MuxEnd end = listener();
    end.outputMax = 0;
    for (int i = 0; i < 40; i++) end.receive(frame(PING, SYN, 0, i));
    end.outputMax = 1 << 20;
    assertThat(pumped(end)).hasSize(32).first().isEqualTo("2 2 0 0");
  }

  @Test
  void answersThatNobodyAskedForAreIgnored() {
    MuxEnd end = listener();
    end.receive(frame(PING, ACK, 0, 42));
    assertThat(end.session.roundTrip()).isEmpty();
    assertThat(end.end).isNull();
  }

  @Test
  void aPingIsSentEveryThirtySecondsAndSilenceEndsTheSession() {
    MuxEnd end = dialer();
    end.now = Duration.ofSeconds(1).toNanos();
    end.receive(frame(PING, ACK, 0, 1));
    end.now = Duration.ofSeconds(30).toNanos();
    assertThat(end.session.wakeNanos()).isEqualTo(end.now);
    end.session.onTimer(end.now);
    assertThat(pumped(end)).containsExactly("2 1 0 2");
    end.now += Duration.ofSeconds(10).toNanos() - 1;
    end.session.onTimer(end.now);
    assertThat(end.end).isNull();
    end.session.onTimer(++end.now);
    assertThat(end.end).isEqualTo(new SessionEnd.Silent());
  }

  @Test
  void aPingThatCannotBeWrittenStillNoticesSilence() {
    MuxEnd end = dialer();
    end.outputMax = 0;
    end.receive(frame(PING, ACK, 0, 1));
    end.now = Duration.ofSeconds(30).toNanos();
    end.session.onTimer(end.now);
    pumped(end);
    assertThat(end.session.wakeNanos()).isEqualTo(Duration.ofSeconds(40).toNanos());
    end.session.onTimer(Duration.ofSeconds(40).toNanos());
    assertThat(end.end).isEqualTo(new SessionEnd.Silent());
  }

  @Test
  void afterAGoAwayOfZeroStreamsMayFinishAndNoneBegin() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    pumped(end);
    end.receive(frame(GO_AWAY, 0, 0, 0));
    assertThat(end.peerLeaves).isTrue();
    assertThat(end.session.refusal()).contains(OpenRefusal.LEAVING);
    end.receive(frame(DATA, ACK | FIN, 1, 1, 5));
    assertThat(stream.read(1)).containsExactly(5);
    stream.stream().finish();
    assertThat(pumped(end)).containsExactly("1 4 1 0", "3 0 0 0");
    assertThat(end.end).isEqualTo(new SessionEnd.PeerLeft(0));
  }

  @Test
  void aPeerThatLeavesHasThirtySecondsToFinish() {
    MuxEnd end = dialer();
    end.open();
    end.receive(frame(GO_AWAY, 0, 0, 0));
    end.receive(frame(PING, ACK, 0, 1));
    end.now = Duration.ofSeconds(30).toNanos();
    end.session.onTimer(end.now);
    assertThat(end.end).isEqualTo(new SessionEnd.PeerLeft(0));
  }

  @Test
  void anyOtherGoAwayEndsEverythingAtOnce() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    end.receive(frame(GO_AWAY, 0, 0, ConnectionCode.GATED));
    assertThat(end.end).isEqualTo(new SessionEnd.PeerLeft(ConnectionCode.GATED));
    assertThat(stream.end).isEqualTo(new StreamEnd.Lost(new SessionEnd.PeerLeft(0x1007)));
  }

  @Test
  void closingTellsThePeerWhy() {
    MuxEnd end = dialer();
    end.session.close(ConnectionCode.SHUTDOWN);
    assertThat(frames(end.takeWritten())).containsExactly("3 0 0 4102");
    assertThat(end.end).isEqualTo(new SessionEnd.Closed(ConnectionCode.SHUTDOWN));
    assertThat(end.session.refusal()).contains(OpenRefusal.ENDED);
  }

  @Test
  void whileDrainingNewStreamsAreResetAndOldOnesGoOn() {
    MuxEnd end = listener();
    end.receive(frame(WINDOW, SYN, 1, 0));
    end.session.drain();
    end.receive(frame(WINDOW, SYN, 3, 0));
    assertThat(frames(end.takeWritten())).containsExactly("1 8 3 4103");
    end.accepted.get(0).send(1);
    assertThat(pumped(end)).containsExactly("0 2 1 1");
  }

  @Test
  void aClosedStreamLingersUntilThePeerEndsItsDirection() {
    MuxEnd end = listener();
    end.receive(dataFrame(SYN, 1, 10));
    MuxEnd.End stream = end.accepted.get(0);
    stream.stream().close(0);
    stream.drop();
    assertThat(pumped(end)).containsExactly("1 6 1 0");
    end.receive(dataFrame(0, 1, 200_000)); // no credit for these
    assertThat(pumped(end)).isEmpty();
    end.receive(frame(WINDOW, FIN, 1, 0));
    assertThat(stream.end).isEqualTo(new StreamEnd.Finished());
    assertThat(end.session.streams()).isZero();
  }

  @Test
  void aClosedStreamThatLingersTooLongIsReset() {
    MuxEnd end = listener();
    end.receive(frame(WINDOW, SYN, 1, 0));
    end.accepted.get(0).stream().close(0);
    pumped(end);
    end.now = SETTINGS.lingerMax().toNanos() - 1;
    end.receive(frame(PING, ACK, 0, 1));
    end.session.onTimer(++end.now);
    assertThat(pumped(end)).contains("1 8 1 0");
    assertThat(end.session.streams()).isZero();
  }

  @Test
  void discardedInputStillGetsCredit() {
    MuxEnd end = listener();
    end.receive(frame(WINDOW, SYN, 1, 0));
    end.accepted.get(0).stream().accept();
    end.accepted.get(0).stream().discardInput();
    pumped(end);
    end.receive(dataFrame(0, 1, 200_000));
    assertThat(frames(end.takeWritten())).containsExactly("1 0 1 200000");
    assertThat(end.accepted.get(0).receivedBytes).isZero();
  }

  @Test
  void aPeerThatReadsNoResetIsCutOff() {
    MuxEnd end = end(false, SETTINGS.withStreams(0, 0, 1, 0));
    end.outputMax = 0;
    for (int i = 0; i <= 1024; i++) end.receive(frame(WINDOW, SYN, 2 * i + 1, 0));
    assertThat(end.end).isEqualTo(new SessionEnd.Flooded("resets"));
  }

  @Test
  void smallWritesOfOneStreamShareAFrame() {
    MuxEnd end = dialer();
    MuxEnd.End stream = end.open();
    for (int i = 0; i < 10; i++) stream.send(100);
    assertThat(pumped(end)).containsExactly("0 1 1 1000");
  }
}
