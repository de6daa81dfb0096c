package io.fairlead.libp2p.negotiate;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Arbitrary bytes to both sides: no exception, an end, and no more said than the bounds allow. */
class NegotiationFuzzTest {
  @FuzzTest
  void anyBytes(byte[] input) {
    check(input);
  }

  @Test
  void seededBytes() {
    Seeds.run(
        2000,
        random -> {
          ByteBuf in = Unpooled.buffer();
          Word.write(in, Word.HEADER);
          in.writeBytes(Seeds.bytes(random, 300));
          byte[] all = new byte[in.readableBytes()];
          in.readBytes(all);
          if (random.nextBoolean()) all[random.nextInt(all.length)] ^= (byte) random.nextInt(256);
          check(all);
        });
  }

  private static void check(byte[] input) {
    Answers answers = new Answers(word -> word.endsWith("7"));
    ByteBuf in = Unpooled.wrappedBuffer(input);
    int said = 0;
    NextStep step;
    while ((step = answers.read(in)) instanceof NextStep.Say) {
      assertThat(++said).isLessThanOrEqualTo(1 + Answers.PROPOSALS_MAX);
    }
    if (step instanceof NextStep.Wait) assertThat(in.isReadable()).isFalse();
    Proposals proposals = new Proposals(List.of("/a", "/b7"));
    ByteBuf answered = Unpooled.wrappedBuffer(input);
    for (int i = 0; proposals.read(answered) instanceof NextStep.Say; i++) assertThat(i).isZero();
  }
}
