package io.fairlead.pubsub.log;

import io.fairlead.pubsub.log.Delivery.GapCause;
import io.fairlead.pubsub.log.Delivery.Origin;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks, beside the live phase and one block at a time, about blocks of which it is not certain that
 * all logs were pushed.
 *
 * <p>A block whose bloom promises logs of which none came, or whose logs may have been missed, is
 * asked about soon; one of which logs came, late enough to be mostly proven complete for free.
 *
 * <p>Not thread-safe: part of its follower.
 */
final class Audit {
  private static final int SOON_DEPTH = 2;
  private static final int DEPTH = 12;
  private static final long NONE = -1;

  private final ChainFollower follower;
  private long query = NONE;
  private Ring.@Nullable Block audited;

  Audit(ChainFollower follower) {
    this.follower = follower;
  }

  /** Asks about the oldest block that is due, unless one is being asked about. */
  void begin() {
    boolean idle = query == NONE && follower.phase() == ChainFollower.Phase.LIVE;
    if (!idle || !follower.options().passThrough()) return;
    Ring ring = follower.ring();
    for (Ring.Block block : ring.incomplete()) {
      boolean soon = block.suspect() || block.deliveredCount() == 0;
      if (ring.tip().number - block.number < (soon ? SOON_DEPTH : DEPTH)) continue;
      audited = block;
      query = follower.ask(new Query.EntriesOf(block.hash, block.number));
      return;
    }
  }

  void stop() {
    query = NONE;
    audited = null;
  }

  /** False when the answer is not for this. */
  boolean answered(long id, Answer answer) {
    Ring.Block block = audited;
    if (id != query || block == null) return false;
    stop();
    boolean current = follower.ring().find(block.hash) == block;
    if (current && follower.phase() == ChainFollower.Phase.LIVE) read(block, answer);
    return true;
  }

  private void read(Ring.Block block, Answer answer) {
    switch (answer) {
      case Answer.Entries(List<ChainEntry> entries) -> entriesRead(block, entries);
      case Answer.Headers(List<BlockHeader> headers) when !headers.isEmpty() -> {
        // The node knows the block, and has nothing in it.
        follower.count(Tally.BLOOM_FALSE_POSITIVE, 1);
        settled(block);
      }
      case Answer.TooMuch _ -> {
        follower.gap(block.number, block.number, GapCause.PROVIDER_LIMIT);
        settled(block);
      }
      case Answer.UnknownBlock _, Answer.Headers _ -> follower.startRound();
      case Answer.Failed _ -> {} // asked again at the next head
    }
  }

  private void entriesRead(Ring.Block block, List<ChainEntry> entries) {
    if (entries.stream().anyMatch(entry -> !entry.blockHash().equals(block.hash))) {
      follower.startRound();
      return;
    }
    if (entries.isEmpty() && block.mayHold) {
      if (block.firstTimeEmpty()) return; // asked again at the next head
      audited = block;
      query = follower.ask(new Query.HeaderOf(block.hash));
      return;
    }
    for (ChainEntry entry : entries) {
      if (block.delivered(entry.index())) continue;
      follower.count(Tally.FILLED, 1);
      follower.deliverLive(block, entry, Origin.AUDIT);
      if (follower.phase() != ChainFollower.Phase.LIVE) return; // no room: it stays incomplete
    }
    settled(block);
  }

  private void settled(Ring.Block block) {
    follower.ring().complete(block);
    follower.checkpoint();
    begin();
  }
}
