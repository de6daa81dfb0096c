package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.model.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The blocks that lists were accepted at, the last {@value #RING}, and whether they still belong to
 * the chain. Owned by whoever reads; not thread-safe.
 */
final class History {
  static final int RING = 256;

  /** How a block stands to what was accepted before. */
  sealed interface Standing {
    /** It goes on from there. */
    record Onward() implements Standing {}

    /** Nothing new: the endpoint is behind. */
    record Behind(long last) implements Standing {}

    /**
     * What was accepted last is no longer on the chain.
     *
     * @param last the number of that block
     * @param ancestor the last accepted one that still is; empty when none of those remembered is
     */
    record Reorganised(long last, Optional<Long> ancestor) implements Standing {}
  }

  private final TreeMap<Long, String> accepted = new TreeMap<>();

  /** Takes over what a former process accepted last. */
  void recall(Position.Block last) {
    if (accepted.isEmpty()) accepted.put(last.number(), last.hash());
  }

  /** The number of the last accepted block. */
  Optional<Long> last() {
    return accepted.isEmpty() ? Optional.empty() : Optional.of(accepted.lastKey());
  }

  /**
   * Compares a block with what was accepted before.
   *
   * @param head the endpoint's newest block
   */
  Standing standing(EndpointReader endpoint, Header block, Header head, Deadline deadline)
      throws ChainException, InterruptedException {
    if (accepted.isEmpty()) return new Standing.Onward();
    long last = accepted.lastKey();
    if (head.number() < last) {
      Long known = accepted.floorKey(head.number());
      boolean consistent = known == null || onChain(endpoint, known, block, deadline);
      if (consistent) return new Standing.Behind(last);
      return reorganised(endpoint, head, block, deadline);
    }
    if (onChain(endpoint, last, block, deadline)) {
      return block.number() < last ? new Standing.Behind(last) : new Standing.Onward();
    }
    return reorganised(endpoint, head, block, deadline);
  }

  private boolean onChain(EndpointReader endpoint, long number, Header block, Deadline deadline)
      throws ChainException, InterruptedException {
    String now = number == block.number() ? block.hash() : endpoint.header(number, deadline).hash();
    return now.equals(accepted.get(number));
  }

  /** What is below a block of the chain is on the chain: half of the rest is decided each time. */
  private Standing reorganised(
      EndpointReader endpoint, Header head, Header block, Deadline deadline)
      throws ChainException, InterruptedException {
    long last = accepted.lastKey();
    List<Long> numbers = new ArrayList<>(accepted.headMap(head.number(), true).keySet());
    int on = -1;
    int off = numbers.size();
    while (off - on > 1) {
      int middle = (on + off) >>> 1;
      if (onChain(endpoint, numbers.get(middle), block, deadline)) on = middle;
      else off = middle;
    }
    return new Standing.Reorganised(last, on < 0 ? Optional.empty() : Optional.of(numbers.get(on)));
  }

  /** Forgets everything after a block; all of it when there is none. */
  void rewind(Optional<Long> ancestor) {
    if (ancestor.isEmpty()) accepted.clear();
    else accepted.tailMap(ancestor.get(), false).clear();
  }

  /** A list was accepted at this block. */
  void accept(Header block) {
    if (block.number() > 0) accepted.putIfAbsent(block.number() - 1, block.parentHash());
    accepted.put(block.number(), block.hash());
    while (accepted.size() > RING) accepted.pollFirstEntry();
  }
}
