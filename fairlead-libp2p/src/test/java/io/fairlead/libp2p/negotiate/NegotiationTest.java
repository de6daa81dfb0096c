package io.fairlead.libp2p.negotiate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.Vectors;
import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Both sides of a negotiation, word by word and byte by byte. */
class NegotiationTest {
  private static ByteBuf words(String... words) {
    ByteBuf out = Unpooled.buffer();
    for (String word : words) Word.write(out, word);
    return out;
  }

  /** Reads until more is needed or it is over; what is said and the end, in order. */
  private static List<NextStep> steps(Answers answers, ByteBuf in) {
    List<NextStep> steps = new ArrayList<>();
    while (true) {
      NextStep step = answers.read(in);
      if (step instanceof NextStep.Wait) return steps;
      steps.add(step);
      if (!(step instanceof NextStep.Say)) return steps;
    }
  }

  private static NextStep say(String word) {
    return new NextStep.Say(word);
  }

  private static NextStep failed(NextStep.Failure failure) {
    return new NextStep.Failed(failure);
  }

  @Test
  void wordsHaveALengthAndALineFeed() {
    assertThat(ByteBufUtil.getBytes(words("na"))).isEqualTo(Vectors.bytes("multistream.na"));
    assertThat(ByteBufUtil.getBytes(words(Word.HEADER)))
        .isEqualTo(Vectors.bytes("multistream.header"));
    assertThatThrownBy(() -> words("a\nb")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void headerProposalAndPayloadMayComeAtOnceAndThePayloadStays() {
    ByteBuf in = words(Word.HEADER, "/a/1").writeBytes("payload".getBytes(UTF_8));
    assertThat(steps(new Answers("/a/1"::equals), in))
        .containsExactly(say(Word.HEADER), new NextStep.Agreed("/a/1"));
    assertThat(in.toString(UTF_8)).isEqualTo("payload");
  }

  @Test
  void whatIsNotSpokenIsNotAvailableAndAListIsNeither() {
    assertThat(steps(new Answers("/a"::equals), words(Word.HEADER, "/b", "ls", "", "/a")))
        .containsExactly(
            say(Word.HEADER), say("na"), say("na"), say("na"), new NextStep.Agreed("/a"));
  }

  @Test
  void aHundredProposalsAreEnough() {
    Answers answers = new Answers(_ -> false);
    steps(answers, words(Word.HEADER));
    for (int i = 0; i < 100; i++)
      assertThat(steps(answers, words("/x"))).containsExactly(say("na"));
    assertThat(steps(answers, words("/x"))).containsExactly(failed(NextStep.Failure.TOO_MANY));
  }

  @Test
  void theFirstWordIsTheHeader() {
    assertThat(steps(new Answers(_ -> true), words("/a")))
        .containsExactly(failed(NextStep.Failure.MALFORMED));
    assertThat(new Proposals(List.of("/a")).read(words("/a")))
        .isEqualTo(failed(NextStep.Failure.MALFORMED));
  }

  @Test
  void wordsWithoutLineFeedOrBeyondTheBoundAreMalformed() {
    for (byte[] bytes :
        List.of(
            new byte[] {2, 'a', 'b'},
            new byte[] {0},
            new byte[] {(byte) 0x81, 8},
            new byte[] {(byte) 0xFF, (byte) 0xFF, 1},
            new byte[] {(byte) 0x81, 0, '\n'})) {
      assertThat(steps(new Answers(_ -> true), Unpooled.wrappedBuffer(bytes)))
          .containsExactly(failed(NextStep.Failure.MALFORMED));
    }
    ByteBuf longest = words(Word.HEADER, "x".repeat(Word.BYTES_MAX - 1));
    assertThat(steps(new Answers(_ -> true), longest)).hasSize(2);
  }

  @Test
  void protocolsAreProposedInOrder() {
    Proposals proposals = new Proposals(List.of("/a", "/b"));
    ByteBuf opening = Unpooled.buffer();
    proposals.open(opening);
    assertThat(opening).isEqualTo(words(Word.HEADER, "/a"));
    assertThat(proposals.read(words(Word.HEADER, "na"))).isEqualTo(say("/b"));
    ByteBuf answer = words("/b").writeByte(7);
    assertThat(proposals.read(answer)).isEqualTo(new NextStep.Agreed("/b"));
    assertThat(answer.readableBytes()).isEqualTo(1);
  }

  @Test
  void noProtocolLeftIsAFailureAndSoIsAnotherAnswer() {
    assertThat(new Proposals(List.of("/a")).read(words(Word.HEADER, "na")))
        .isEqualTo(failed(NextStep.Failure.NONE_ACCEPTED));
    assertThat(new Proposals(List.of("/a", "/b")).read(words(Word.HEADER, "/b")))
        .isEqualTo(failed(NextStep.Failure.MALFORMED));
  }

  @Test
  void bothSidesAgreeHoweverTheBytesAreCut() {
    Seeds.run(
        200,
        random -> {
          List<String> protocols = List.of("/one/1.0.0", "/two/1.0.0", "/three");
          String spoken = Seeds.oneOf(random, "/one/1.0.0", "/two/1.0.0", "/three");
          Proposals proposals = new Proposals(protocols);
          Answers answers = new Answers(Set.of(spoken)::contains);
          ByteBuf toAnswers = Unpooled.buffer();
          ByteBuf toProposals = Unpooled.buffer();
          proposals.open(toAnswers);
          boolean agreed = false;
          for (int i = 0; i < 10_000 && !agreed; i++) {
            ByteBuf from = random.nextBoolean() ? toAnswers : toProposals;
            ByteBuf to = from == toAnswers ? toProposals : toAnswers;
            ByteBuf part = from.readSlice(Math.min(random.nextInt(12), from.readableBytes()));
            NextStep step;
            do {
              step = from == toAnswers ? answers.read(part) : proposals.read(part);
              if (step instanceof NextStep.Say(String word)) Word.write(to, word);
            } while (step instanceof NextStep.Say);
            if (step instanceof NextStep.Failed) throw new AssertionError(step);
            if (step instanceof NextStep.Agreed(String protocol)) {
              assertThat(protocol).isEqualTo(spoken);
              if (from == toAnswers) Word.write(to, protocol);
              else agreed = true;
            }
          }
          assertThat(agreed).isTrue();
        });
  }
}
