package io.fairlead.libp2p.negotiate;

import io.fairlead.libp2p.codec.MalformedException;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;

/**
 * The side that opened: proposes its protocols in order until one is accepted.
 *
 * <pre>
 * HEADER  --header-->        ANSWER
 * ANSWER  --the proposal-->  (Agreed)
 * ANSWER  --na-->            ANSWER (Say the next), or (Failed)
 * any     --anything else--> (Failed)
 * </pre>
 *
 * The header and the first proposal go out together. With a single protocol that the peer is known
 * to speak, the first bytes of it may follow at once, and {@link #read} checks the answer later.
 * Not thread-safe.
 */
public final class Proposals {
  private static final NextStep WAIT = new NextStep.Wait();

  private final List<String> protocols;
  private final WordReader words = new WordReader();
  private boolean greeted;
  private int at;

  /**
   * @param protocols in order of preference, at least one
   */
  public Proposals(List<String> protocols) {
    if (protocols.isEmpty()) throw new IllegalArgumentException("protocols: none");
    this.protocols = List.copyOf(protocols);
  }

  /** Appends what is said first. */
  public void open(ByteBuf out) {
    Word.write(out, Word.HEADER);
    Word.write(out, protocols.getFirst());
  }

  /** Takes bytes up to the next step; call again after a {@link NextStep.Say}. */
  public NextStep read(ByteBuf in) {
    try {
      while (true) {
        Optional<String> word = words.read(in);
        if (word.isEmpty()) return WAIT;
        if (!greeted) {
          if (!word.get().equals(Word.HEADER)) return failed(NextStep.Failure.MALFORMED);
          greeted = true;
          continue;
        }
        return answered(word.get());
      }
    } catch (MalformedException _) {
      return failed(NextStep.Failure.MALFORMED);
    }
  }

  private NextStep answered(String word) {
    if (word.equals(protocols.get(at))) return new NextStep.Agreed(word);
    if (!word.equals(Word.NOT_AVAILABLE)) return failed(NextStep.Failure.MALFORMED);
    if (++at == protocols.size()) return failed(NextStep.Failure.NONE_ACCEPTED);
    return new NextStep.Say(protocols.get(at));
  }

  private static NextStep failed(NextStep.Failure failure) {
    return new NextStep.Failed(failure);
  }
}
