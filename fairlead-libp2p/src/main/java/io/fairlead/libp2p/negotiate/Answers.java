package io.fairlead.libp2p.negotiate;

import io.fairlead.libp2p.codec.MalformedException;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The side that was opened: answers proposals until it speaks one.
 *
 * <pre>
 * HEADER    --header-->           PROPOSAL (Say header)
 * PROPOSAL  --one we speak-->     (Agreed; the driver says it back)
 * PROPOSAL  --any other word-->   PROPOSAL (Say na), or (Failed) after {@value #PROPOSALS_MAX}
 * HEADER    --anything else-->    (Failed)
 * </pre>
 *
 * A list of protocols ({@code ls}) is a word like any other: not available. Not thread-safe.
 */
public final class Answers {
  static final int PROPOSALS_MAX = 100;
  private static final NextStep WAIT = new NextStep.Wait();

  private final Predicate<String> spoken;
  private final WordReader words = new WordReader();
  private boolean greeted;
  private int refused;

  /**
   * @param spoken whether we speak a protocol
   */
  public Answers(Predicate<String> spoken) {
    this.spoken = spoken;
  }

  /** Takes bytes up to the next step; call again after a {@link NextStep.Say}. */
  public NextStep read(ByteBuf in) {
    Optional<String> word;
    try {
      word = words.read(in);
    } catch (MalformedException _) {
      return new NextStep.Failed(NextStep.Failure.MALFORMED);
    }
    if (word.isEmpty()) return WAIT;
    if (!greeted) {
      if (!word.get().equals(Word.HEADER)) return new NextStep.Failed(NextStep.Failure.MALFORMED);
      greeted = true;
      return new NextStep.Say(Word.HEADER);
    }
    if (spoken.test(word.get())) return new NextStep.Agreed(word.get());
    if (++refused > PROPOSALS_MAX) return new NextStep.Failed(NextStep.Failure.TOO_MANY);
    return new NextStep.Say(Word.NOT_AVAILABLE);
  }
}
