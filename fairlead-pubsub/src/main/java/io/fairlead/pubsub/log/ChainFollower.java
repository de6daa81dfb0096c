package io.fairlead.pubsub.log;

import io.fairlead.core.mailbox.Machine;
import io.fairlead.pubsub.log.Delivery.Cause;
import io.fairlead.pubsub.log.Delivery.GapCause;
import io.fairlead.pubsub.log.Delivery.Origin;
import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.FollowerOptions.Content;
import io.fairlead.pubsub.log.Query.FinalityTag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Follows a chain for one consumer.
 *
 * <pre>
 * Detached --attached-->                          Filling   (asks for the newest block)
 * Filling  --nothing is missing-->                Live      (held heads and logs are worked through)
 * Filling  --head, log-->                         Filling   (held, within bounds)
 * Live     --head on top of the last-->           Live      (or Filling, where blocks are told whole)
 * Live     --head or log that does not fit-->     Filling
 * Live     --log of a known or the next block-->  Live      (Added, or nothing when it came before)
 * Live     --log marked as removed-->             Live      (Removed, if it was delivered)
 * Live     --consumer has no room-->              Lagging   (live logs are dropped)
 * Lagging  --three quarters of the queue free-->  Filling
 * any      --detached-->                          Detached  (answers that are late change nothing)
 * Filling  --reorg below what is remembered-->    Ended     (or Filling, where that is asked for)
 * </pre>
 *
 * <p>When logs are passed through, a block counts as complete once its bloom excludes the filter,
 * once a log of a later block came after it on the same subscription, or once it was asked about;
 * what is not complete is asked about again in the next round, so nothing depends on heads and logs
 * coming in an order.
 *
 * <p>Bounds: live heads and logs that wait for a round, remembered blocks, loose blocks and the
 * outbox. Each full one ends in another round of questions, never in a loss.
 *
 * <p>Not thread-safe: belongs to the service that owns the connection.
 */
public final class ChainFollower implements Machine<FollowerInput, FollowerEffect> {
  /** Where a follower is. */
  public enum Phase {
    DETACHED,
    FILLING,
    LIVE,
    LAGGING,
    ENDED
  }

  private static final int AHEAD_OF_TIP_MAX = 8;
  private static final int OUTBOX_MAX = 256;
  private static final long OUTBOX_BYTES_MAX = 1024 * 1024;
  private static final Duration LOOSE_PATIENCE = Duration.ofSeconds(2);
  private static final long NONE = -1;

  private final FollowerOptions options;
  private final BloomProbe probe;
  private final RandomGenerator random;
  private final Ring ring;
  private final Outbox outbox = new Outbox();
  private final FillRound round;
  private final Audit audit;
  private final List<BlockHeader> ahead = new ArrayList<>();
  private final HeldItems held;

  private Phase phase = Phase.DETACHED;
  private final boolean fromNow;
  private long firstBlock;
  private long suspectUpTo = NONE;
  private boolean suspectNext;
  private boolean again;
  private @Nullable BlockId wanted;
  private @Nullable BlockId lastCheckpoint;
  private @Nullable GapCause endCause;
  private long lastLogNumber = NONE;
  private long patienceToken = NONE;
  private long nextQuery;
  private long nextToken;
  private long nowNanos;
  private Consumer<? super FollowerEffect> effects = _ -> {};

  /**
   * @param probe what the filter asks of a block's bloom; not used when heads are followed
   * @param random spreads retries; used by the owner's thread only
   */
  public ChainFollower(
      FollowerOptions options, FollowerStart start, BloomProbe probe, RandomGenerator random) {
    this.options = options;
    this.probe = probe;
    this.random = random;
    fromNow = start instanceof FollowerStart.After;
    switch (start) {
      case FollowerStart.FromBlock(long number) -> {
        firstBlock = number;
        ring = newRing(number - 1);
      }
      case FollowerStart.After after -> {
        firstBlock = after.recent().getLast().number() + 1;
        ring = newRing(firstBlock - 1);
        for (BlockHeader header : after.recent()) ring.complete(ring.append(header, false));
      }
      case FollowerStart.Resume(Cursor cursor) -> {
        firstBlock = cursor.firstBlock();
        ring = newRing(cursor.upTo().number());
        cursor.blocks().forEach(ring::restore);
        lastCheckpoint = cursor.upTo();
      }
    }
    held = new HeldItems(options.bufferBytes());
    round = new FillRound(this);
    audit = new Audit(this);
  }

  private Ring newRing(long floor) {
    return new Ring(options.reorgDepth(), options.ringBytes(), floor);
  }

  public Phase phase() {
    return phase;
  }

  /** The block up to which everything was delivered or waits in the outbox; -1 before the first. */
  public long completeUpTo() {
    return ring.completeUpTo();
  }

  /** Deliveries that wait for room. */
  public int waiting() {
    return outbox.size();
  }

  /** Memory of what is remembered and of what waits, in bytes. */
  public long bytes() {
    return ring.bytes() + outbox.bytes() + held.bytes();
  }

  @Override
  public void accept(FollowerInput input, long nowNanos, Consumer<? super FollowerEffect> effects) {
    if (phase == Phase.ENDED && !(input instanceof FollowerInput.Room)) return;
    this.nowNanos = nowNanos;
    this.effects = effects;
    switch (input) {
      case FollowerInput.Attached _ -> attached();
      case FollowerInput.Detached _ -> detached();
      case FollowerInput.HeadSeen(BlockHeader header) -> headSeen(header);
      case FollowerInput.LogSeen(ChainEntry entry, boolean removed) -> logSeen(entry, removed);
      case FollowerInput.Answered(long id, Answer answer) -> {
        if (!audit.answered(id, answer)) round.answered(id, answer);
      }
      case FollowerInput.Woken(long token) -> {
        if (token == patienceToken) patienceEnded();
        else round.woken(token);
      }
      case FollowerInput.Room(int deliveries) -> roomMade(deliveries);
      case FollowerInput.Recheck(long from) -> recheck(from);
    }
  }

  private void attached() {
    dropHeld();
    again = false;
    suspectNext = true;
    startRound();
  }

  private void detached() {
    round.stop();
    audit.stop();
    patienceToken = NONE;
    dropHeld();
    phase = Phase.DETACHED;
  }

  private void roomMade(int deliveries) {
    outbox.room(deliveries);
    outbox.flush(effects);
    if (phase == Phase.ENDED) tellEnd();
    if (phase == Phase.LAGGING) {
      if (outbox.isEmpty() && outbox.room() >= options.capacity() * 3L / 4) startRound();
    } else if (phase == Phase.FILLING) {
      round.pump();
    }
  }

  private void recheck(long from) {
    if (options.content() != Content.LOGS) return;
    for (long number = ring.isEmpty() ? from : ring.tip().number; number >= from; number--) {
      Ring.Block block = ring.at(number);
      if (block == null) break;
      ring.doubt(block);
    }
    if (phase == Phase.LIVE) startRound();
    else if (phase == Phase.FILLING) again = true;
  }

  // Live

  private void headSeen(BlockHeader header) {
    switch (phase) {
      case LIVE -> liveHead(header);
      case FILLING -> held.add(header);
      case LAGGING -> wanted = header.id();
      case DETACHED, ENDED -> {}
    }
  }

  private void liveHead(BlockHeader header) {
    if (ring.onChain(header.hash()) || isAhead(header.hash())) return;
    if (ring.isEmpty() || options.finality() != FinalityTag.LATEST) {
      startRound();
      return;
    }
    boolean fits =
        ahead.isEmpty()
            ? header.extendsBlock(ring.tip().number, ring.tip().hash)
            : header.extendsBlock(ahead.getLast().number(), ahead.getLast().hash());
    if (!fits) {
      wanted = header.id();
      startRound();
    } else if (options.passThrough()) {
      appendLive(header);
    } else {
      ahead.add(header);
      tellAhead();
    }
  }

  private void appendLive(BlockHeader header) {
    if (suspectNext) {
      suspectNext = false;
      suspectUpTo = Math.max(suspectUpTo, header.number());
    }
    boolean mayHold = mayHold(header);
    Ring.Block block = ring.append(header, mayHold);
    if (!mayHold && block.deliveredCount() == 0) ring.complete(block);
    else if (header.number() <= suspectUpTo) ring.doubt(block);
    trim();
    boolean contradicted = !ring.looseUpTo(header.number()).isEmpty();
    boolean crowded = ring.size() > options.reorgDepth();
    if (contradicted || crowded) {
      startRound();
      return;
    }
    audit.begin();
    checkpoint();
  }

  /** Whole blocks: those that have their confirmations, as a round that knows its headers. */
  private void tellAhead() {
    long upTo = ahead.getLast().number() - options.confirmations();
    List<BlockHeader> due = ahead.stream().filter(header -> header.number() <= upTo).toList();
    if (due.isEmpty()) return;
    ahead.subList(0, due.size()).clear();
    phase = Phase.FILLING;
    round.beginKnown(due);
  }

  private void logSeen(ChainEntry entry, boolean removed) {
    switch (phase) {
      case LIVE -> {
        if (options.passThrough()) liveLog(entry, removed, false);
        else hint(entry);
      }
      case FILLING -> {
        if (options.passThrough()) hold(entry, removed);
      }
      case LAGGING -> drop(entry);
      case DETACHED, ENDED -> {}
    }
  }

  /** Where blocks are told whole a log is but a sign that a head is to come. */
  private void hint(ChainEntry entry) {
    long newest = ahead.isEmpty() ? newestNumber() : ahead.getLast().number();
    if (entry.blockNumber() <= newest || options.finality() != FinalityTag.LATEST) return;
    wanted = new BlockId(entry.blockNumber(), entry.blockHash());
    bePatient();
  }

  private void liveLog(ChainEntry entry, boolean removed, boolean held) {
    Ring.Block block = ring.find(entry.blockHash());
    if (removed) {
      if (block != null) removedByServer(block, entry.index());
      return;
    }
    if (entry.blockNumber() < firstBlock) return;
    if (block == null) {
      long over = entry.blockNumber() - newestNumber();
      boolean next = over > 0 && over <= AHEAD_OF_TIP_MAX && !rivalled(entry);
      block = next ? ring.loosen(entry.blockNumber(), entry.blockHash()) : null;
      if (block == null) {
        // What was held belongs to a branch that the round just done did not find; its head tells.
        if (held && over <= 0) return;
        hold(entry, false);
        wanted = new BlockId(entry.blockNumber(), entry.blockHash());
        startRound();
        return;
      }
      bePatient();
    }
    if (block.delivered(entry.index())) {
      count(Tally.DUPLICATE, 1);
      return;
    }
    deliverLive(block, entry, Origin.LIVE);
    if (entry.blockNumber() > lastLogNumber) {
      lastLogNumber = entry.blockNumber();
      proveBefore(entry.blockNumber());
    }
  }

  /** Another block of that number was announced by a log already. */
  private boolean rivalled(ChainEntry entry) {
    return ring.looseUpTo(entry.blockNumber()).stream()
        .anyMatch(
            block -> block.number == entry.blockNumber() && !block.hash.equals(entry.blockHash()));
  }

  /** A node tells logs in order: one of a later block says that those before it are all here. */
  private void proveBefore(long number) {
    for (Ring.Block block : ring.incomplete()) {
      if (block.number < number && !block.suspect() && block.deliveredCount() > 0) {
        ring.complete(block);
      }
    }
  }

  private void removedByServer(Ring.Block block, int index) {
    ChainEntry entry = ring.unmark(block, index);
    if (entry == null) {
      count(Tally.DUPLICATE, 1);
      return;
    }
    count(Tally.REMOVED_BY_SERVER, 1);
    emit(new Delivery.Removed(entry, Cause.SERVER));
    if (ring.onChain(block.hash)) ring.doubt(block);
    bePatient(); // its head should come; else we ask
  }

  void deliverLive(Ring.Block block, ChainEntry entry, Origin origin) {
    if (outbox.size() >= OUTBOX_MAX || outbox.bytes() >= OUTBOX_BYTES_MAX) {
      drop(entry);
      wanted = new BlockId(entry.blockNumber(), entry.blockHash());
      audit.stop();
      phase = Phase.LAGGING;
      return;
    }
    deliver(block, entry, origin);
  }

  private void drop(ChainEntry entry) {
    count(Tally.OVERFLOW, 1);
    suspectUpTo = Math.max(suspectUpTo, entry.blockNumber());
    Ring.Block block = ring.find(entry.blockHash());
    boolean missed = block != null && !block.delivered(entry.index());
    if (block != null && missed && ring.onChain(block.hash)) ring.doubt(block);
  }

  // Held while a round runs

  private void hold(ChainEntry entry, boolean removed) {
    if (held.add(entry, removed)) return;
    held.dropLogs().forEach(this::drop);
    drop(entry);
    again = true;
  }

  private void dropHeld() {
    held.clear();
    ahead.clear();
  }

  private void workThroughHeld() {
    while (phase == Phase.LIVE) {
      BlockHeader header = held.nextHead();
      if (header == null) break;
      liveHead(header);
    }
    while (phase == Phase.LIVE) {
      HeldItems.Log log = held.nextLog();
      if (log == null) break;
      liveLog(log.entry(), log.removed(), true);
    }
    if (phase == Phase.LIVE && ring.hasLoose()) bePatient();
  }

  // Patience: a log whose head does not come, a removal without a new head

  private void bePatient() {
    if (patienceToken == NONE) patienceToken = wakeAfter(LOOSE_PATIENCE);
  }

  private void patienceEnded() {
    patienceToken = NONE;
    if (phase != Phase.LIVE) return;
    boolean doubtful = ring.incomplete().stream().anyMatch(Ring.Block::suspect);
    BlockId missing = wanted;
    if (ring.hasLoose() || doubtful || (missing != null && !knows(missing))) startRound();
  }

  // What a round needs

  void startRound() {
    audit.stop();
    ahead.clear();
    phase = Phase.FILLING;
    count(Tally.FILL_ROUND, 1);
    round.begin();
  }

  /** Nothing is missing up to the block the round went for. */
  void roundDone() {
    phase = Phase.LIVE;
    lastLogNumber = NONE;
    trim();
    checkpoint();
    if (again) {
      again = false;
      dropHeld();
      startRound();
      return;
    }
    BlockId missing = wanted;
    if (missing != null && !knows(missing) && missing.number() > newestNumber()) {
      startRound();
      return;
    }
    wanted = null;
    workThroughHeld();
  }

  /** Too deep a reorg: says so, and that is the end. */
  void end(GapCause cause) {
    phase = Phase.ENDED;
    dropHeld();
    endCause = cause;
    tellEnd();
  }

  private void tellEnd() {
    GapCause cause = endCause;
    if (cause == null || !outbox.isEmpty()) return;
    endCause = null;
    effects.accept(new FollowerEffect.End(cause));
  }

  long ask(Query query) {
    long id = nextQuery++;
    effects.accept(new FollowerEffect.Ask(id, query));
    return id;
  }

  long wakeAfter(Duration delay) {
    long token = nextToken++;
    effects.accept(new FollowerEffect.WakeAt(token, nowNanos + delay.toNanos()));
    return token;
  }

  void deliver(Ring.Block block, ChainEntry entry, Origin origin) {
    ring.mark(block, entry);
    emit(new Delivery.Added(entry, origin));
  }

  void emit(Delivery delivery) {
    outbox.add(delivery);
    outbox.flush(effects);
  }

  /** Tells that the blocks' entries are gone; newest first. */
  void removeAll(Ring.Block block) {
    for (ChainEntry entry : block.newestFirst()) {
      count(Tally.REMOVED_BY_REORG, 1);
      emit(new Delivery.Removed(entry, Cause.REORG));
    }
  }

  void gap(long from, long to, GapCause cause) {
    count(Tally.GAP, 1);
    emit(new Delivery.Gap(from, to, cause));
  }

  void checkpoint() {
    List<Cursor.Block> blocks = ring.frozen();
    if (blocks.isEmpty()) return;
    Cursor cursor = new Cursor(firstBlock, blocks);
    BlockId upTo = cursor.upTo();
    if (upTo.equals(lastCheckpoint)) return;
    lastCheckpoint = upTo;
    emit(new Delivery.Checkpoint(cursor));
  }

  void trim() {
    int evicted = ring.trim();
    if (evicted > 0) count(Tally.RING_EVICTED, evicted);
  }

  void count(Tally tally, long by) {
    effects.accept(new FollowerEffect.Count(tally, by));
  }

  void failOver(FailOverCause cause) {
    effects.accept(new FollowerEffect.FailOver(cause));
  }

  boolean mayHold(BlockHeader header) {
    return header.number() >= firstBlock
        && (options.content() == Content.HEADS || probe.mayMatch(header.bloom()));
  }

  /** Everything delivered fits into the consumer's queue: more may be asked for. */
  boolean roomy() {
    return outbox.isEmpty();
  }

  Ring ring() {
    return ring;
  }

  FollowerOptions options() {
    return options;
  }

  RandomGenerator random() {
    return random;
  }

  long firstBlock() {
    return firstBlock;
  }

  /**
   * The chain changed from this block on. Where the subscription began with whatever comes next,
   * the blocks that replace those before its beginning have come since.
   */
  void replacedFrom(long number) {
    if (fromNow) firstBlock = Math.min(firstBlock, number);
  }

  @Nullable BlockId wanted() {
    return wanted;
  }

  void stopWanting() {
    wanted = null;
  }

  boolean knows(BlockId block) {
    return ring.onChain(block.hash()) || isAhead(block.hash());
  }

  /** Headers on top of the last told block, which wait for their confirmations. */
  void ahead(List<BlockHeader> headers) {
    ahead.clear();
    ahead.addAll(headers);
  }

  long nowNanos() {
    return nowNanos;
  }

  private boolean isAhead(BlockHash hash) {
    for (BlockHeader header : ahead) if (header.hash().equals(hash)) return true;
    return false;
  }

  private long newestNumber() {
    if (!ahead.isEmpty()) return ahead.getLast().number();
    return ring.isEmpty() ? ring.completeUpTo() : ring.tip().number;
  }
}
