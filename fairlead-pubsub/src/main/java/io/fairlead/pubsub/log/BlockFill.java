package io.fairlead.pubsub.log;

import io.fairlead.pubsub.log.Delivery.GapCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.FollowerOptions.Content;
import java.time.Duration;
import java.util.List;

/**
 * Asks for the entries of blocks whose headers are known, a few at a time, and tells them in order.
 *
 * <pre>
 * IDLE     --bloom excludes-->     READY
 * IDLE     --asked-->              ASKED
 * ASKED    --entries-->            READY
 * ASKED    --none, first time-->   CHECKING (does the node know the block?)
 * CHECKING --it does-->            PAUSED   (asked once more a little later)
 * ASKED    --none, second time-->  CHECKING (does it still?)
 * CHECKING --it does-->            READY    (the bloom was wrong)
 * </pre>
 *
 * <p>An empty answer is not believed at once, because some nodes give one for a block that they do
 * not know. Not thread-safe: part of a round.
 */
final class BlockFill {
  private static final int IN_FLIGHT_MAX = 4;
  private static final int EMPTIES_BELIEVED = 2;
  private static final Duration EMPTY_PAUSE = Duration.ofMillis(200);

  private enum State {
    IDLE,
    ASKED,
    CHECKING,
    PAUSED,
    READY
  }

  private static final class Slot {
    final BlockHeader header;
    State state = State.IDLE;
    List<ChainEntry> entries = List.of();
    int empties;
    long expected = -1;

    Slot(BlockHeader header) {
      this.header = header;
    }
  }

  private final FillRound round;
  private final ChainFollower follower;
  private final List<Slot> slots;
  private int next;
  private boolean over;

  BlockFill(FillRound round, ChainFollower follower, List<BlockHeader> path) {
    this.round = round;
    this.follower = follower;
    this.slots = path.stream().map(Slot::new).toList();
  }

  /** Tells what is ready, asks for what comes then; does nothing while the consumer has no room. */
  void pump() {
    while (!over) {
      if (!follower.roomy()) return;
      if (next == slots.size()) {
        over = true;
        round.blocksTold();
        return;
      }
      askAhead();
      Slot slot = slots.get(next);
      if (slot.state != State.READY) return;
      next++;
      List<ChainEntry> entries = slot.entries;
      slot.entries = List.of();
      round.commit(slot.header, entries);
    }
  }

  private void askAhead() {
    for (int i = next; i < Math.min(slots.size(), next + IN_FLIGHT_MAX); i++) {
      Slot slot = slots.get(i);
      if (slot.state == State.IDLE) begin(slot);
    }
  }

  private void begin(Slot slot) {
    if (!follower.mayHold(slot.header)) {
      slot.state = State.READY;
    } else if (follower.options().content() == Content.HEADS) {
      slot.entries = List.of(HeaderPath.asEntry(slot.header));
      slot.state = State.READY;
    } else {
      ask(slot);
    }
  }

  private void ask(Slot slot) {
    slot.state = State.ASKED;
    slot.expected = follower.ask(new Query.EntriesOf(slot.header.hash(), slot.header.number()));
  }

  void woken(long token) {
    for (Slot slot : slots) {
      if (slot.state == State.PAUSED && slot.expected == token) {
        ask(slot);
        return;
      }
    }
  }

  void answered(long id, Answer answer) {
    for (Slot slot : slots) {
      boolean asked = slot.state == State.ASKED || slot.state == State.CHECKING;
      if (asked && slot.expected == id) {
        answered(slot, answer);
        return;
      }
    }
  }

  private void answered(Slot slot, Answer answer) {
    switch (answer) {
      case Answer.Entries(List<ChainEntry> entries) when slot.state == State.ASKED ->
          entriesRead(slot, entries);
      case Answer.Headers(List<BlockHeader> headers) when slot.state == State.CHECKING -> {
        boolean there = headers.size() == 1 && headers.getFirst().hash().equals(slot.header.hash());
        if (!there) contradicted();
        else if (slot.empties < EMPTIES_BELIEVED) pause(slot);
        else believeEmpty(slot);
      }
      case Answer.TooMuch _ -> {
        follower.gap(slot.header.number(), slot.header.number(), GapCause.PROVIDER_LIMIT);
        slot.state = State.READY;
        pump();
      }
      case Answer.UnknownBlock _, Answer.Entries _, Answer.Headers _ -> contradicted();
      case Answer.Failed(Duration wait) -> {
        over = true;
        round.failed(wait);
      }
    }
  }

  private void entriesRead(Slot slot, List<ChainEntry> entries) {
    for (ChainEntry entry : entries) {
      if (!entry.blockHash().equals(slot.header.hash())) {
        contradicted();
        return;
      }
    }
    if (entries.isEmpty()) {
      slot.empties++;
      slot.state = State.CHECKING;
      slot.expected = follower.ask(new Query.HeaderOf(slot.header.hash()));
      return;
    }
    slot.entries = entries;
    slot.state = State.READY;
    pump();
  }

  private void believeEmpty(Slot slot) {
    if (slot.header.bloom().known()) follower.count(Tally.BLOOM_FALSE_POSITIVE, 1);
    slot.state = State.READY;
    pump();
  }

  private void pause(Slot slot) {
    slot.state = State.PAUSED;
    slot.expected = follower.wakeAfter(EMPTY_PAUSE);
  }

  private void contradicted() {
    over = true;
    round.unstable();
  }
}
