package io.fairlead.pubsub.log;

import io.fairlead.pubsub.log.Delivery.GapCause;
import io.fairlead.pubsub.log.Delivery.Origin;
import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.FollowerOptions.Content;
import io.fairlead.pubsub.log.Query.FinalityTag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The questions that bring a follower from the last complete block to the head.
 *
 * <pre>
 * AskingHead --behind what is known-->  Waiting (asks again; after 30 s FailOver)
 * AskingHead --ahead or elsewhere-->    Walking
 * Walking    --common block found-->    History, AskingPath (Removed for what is above)
 * Walking    --none is remembered-->    Gap, then the end or History
 * History    --all old ranges read-->   AskingPath
 * AskingPath --headers link-->          Blocks
 * Blocks     --all told-->              Rereading
 * Rereading  --same head-->             done
 * any        --contradiction-->         Pausing, then AskingHead; after ten of them Gap
 * any        --no answer-->             Pausing, then AskingHead; after five of them FailOver
 * </pre>
 *
 * <p>Blocks are told as they are read, not after the head was read again: each is pinned by its
 * hash and linked to the one before, so a change meanwhile becomes removals in the next attempt,
 * and no more than one block's entries are held for the sake of order.
 *
 * <p>Not thread-safe: part of its follower.
 */
final class FillRound {
  private static final int ATTEMPTS_MAX = 10;
  private static final int FAILURES_BEFORE_FAIL_OVER = 5;
  private static final Duration UNSTABLE_PAUSE = Duration.ofMillis(100);
  private static final Duration UNSTABLE_PAUSE_MAX = Duration.ofSeconds(5);
  private static final Duration AFTER_GAP_PAUSE = Duration.ofSeconds(10);
  private static final Duration FAILED_PAUSE = Duration.ofMillis(500);
  private static final Duration FAILED_PAUSE_MAX = Duration.ofSeconds(30);
  private static final Duration LAG_PAUSE = Duration.ofMillis(100);
  private static final Duration LAG_PAUSE_MAX = Duration.ofSeconds(2);
  private static final Duration LAG_MAX = Duration.ofSeconds(30);
  private static final Duration FORK_MAX = Duration.ofSeconds(2);
  private static final int WALK_HEADERS = 8;
  private static final int HISTORY_HEADERS = 64;
  private static final int LOG_SPAN = 2_000;
  private static final int LOG_SPAN_MAX = 10_000;

  private enum Step {
    STOPPED,
    ASKING_HEAD,
    WAITING,
    WALKING,
    HISTORY,
    ASKING_PATH,
    BLOCKS,
    REREADING,
    PAUSING
  }

  private final ChainFollower follower;
  private final FollowerOptions options;
  private final Pager pager;

  private Step step = Step.STOPPED;
  private long expected = -1; // the query or wake-up of this step
  private @Nullable BlockHeader head;
  private boolean known; // began with headers at hand: nothing to read again
  private long position; // last block that is told
  private long walkFrom;
  private long walkTo;
  private long historyTo;
  private long historyEndQuery = -1;
  private @Nullable List<ChainEntry> historyEntries;
  private @Nullable BlockHeader historyEnd;
  private @Nullable BlockFill blocks;
  private int attempts;
  private int failures;
  private int lagPauses;
  private long lagSinceNanos;

  FillRound(ChainFollower follower) {
    this.follower = follower;
    this.options = follower.options();
    this.pager =
        options.content() == Content.HEADS
            ? new Pager(HISTORY_HEADERS, HISTORY_HEADERS)
            : new Pager(LOG_SPAN, LOG_SPAN_MAX);
  }

  void begin() {
    attempts = 0;
    lagPauses = 0;
    askHead();
  }

  /** The next blocks are known by their headers, linked to the tip. */
  void beginKnown(List<BlockHeader> path) {
    attempts = 0;
    lagPauses = 0;
    head = path.getLast();
    known = true;
    position = path.getFirst().number() - 1;
    fillBlocks(path);
  }

  void stop() {
    step = Step.STOPPED;
    expected = -1;
    historyEndQuery = -1;
    blocks = null;
  }

  /** The consumer has room again. */
  void pump() {
    BlockFill filling = blocks;
    if (step == Step.BLOCKS && filling != null) filling.pump();
    else if (step == Step.HISTORY && expected < 0 && historyEndQuery < 0) next();
  }

  void woken(long token) {
    BlockFill filling = blocks;
    if (step == Step.BLOCKS && filling != null) {
      filling.woken(token);
    } else if (token == expected && (step == Step.WAITING || step == Step.PAUSING)) {
      askHead();
    }
  }

  void answered(long id, Answer answer) {
    BlockFill filling = blocks;
    if (step == Step.BLOCKS && filling != null) {
      filling.answered(id, answer);
      return;
    }
    if (step == Step.HISTORY && (id == expected || id == historyEndQuery)) {
      historyAnswered(id, answer);
      return;
    }
    if (id != expected || step == Step.STOPPED) return;
    expected = -1;
    switch (answer) {
      case Answer.Headers(List<BlockHeader> headers) -> {
        switch (step) {
          case ASKING_HEAD -> headRead(headers);
          case WALKING -> walked(headers);
          case ASKING_PATH -> pathRead(headers);
          case REREADING -> reread(headers);
          case STOPPED, WAITING, HISTORY, BLOCKS, PAUSING -> {}
        }
      }
      case Answer.Failed(Duration wait) -> failed(wait);
      case Answer.UnknownBlock _, Answer.TooMuch _, Answer.Entries _ -> failed(Duration.ZERO);
    }
  }

  // 2: where the head is

  private void askHead() {
    blocks = null;
    historyEndQuery = -1;
    known = false;
    follower.ahead(List.of());
    step = Step.ASKING_HEAD;
    expected = follower.ask(new Query.Newest(options.finality()));
  }

  private void headRead(List<BlockHeader> headers) {
    if (headers.isEmpty()) {
      failed(Duration.ZERO);
      return;
    }
    failures = 0;
    BlockHeader newest = headers.getFirst();
    head = newest;
    Ring ring = follower.ring();
    if (ring.isEmpty()) {
      position = Math.min(ring.completeUpTo(), newest.number());
      if (position == newest.number()) {
        // Subscribed from a block that is not there yet: this one is only where the chain is
        // joined.
        ring.reset(newest);
        follower.roundDone();
        return;
      }
      next();
      return;
    }
    Ring.Block tip = ring.tip();
    Ring.Block same = ring.at(newest.number());
    boolean lower = newest.number() < tip.number;
    boolean final_ = options.finality() != FinalityTag.LATEST;
    if (lower && (same == null || same.hash.equals(newest.hash()))) {
      if (final_ && same != null) follower.roundDone();
      else waitForEndpoint();
      return;
    }
    boolean atTip = newest.hash().equals(tip.hash);
    if (atTip && unsatisfied(newest)) {
      waitForEndpoint();
      return;
    }
    lagPauses = 0;
    if (atTip || newest.extendsBlock(tip.number, tip.hash)) foundAncestor(tip.number);
    else walk(Math.min(tip.number, newest.number()));
  }

  /** A block was seen that this answer knows nothing of. */
  private boolean unsatisfied(BlockHeader newest) {
    BlockId wanted = follower.wanted();
    return wanted != null && !follower.knows(wanted) && wanted.number() >= newest.number();
  }

  private void waitForEndpoint() {
    long now = follower.nowNanos();
    if (lagPauses == 0) lagSinceNanos = now;
    BlockId wanted = follower.wanted();
    BlockHeader newest = head;
    boolean fork = wanted != null && newest != null && wanted.number() == newest.number();
    Duration patience = fork ? FORK_MAX : LAG_MAX;
    if (now - lagSinceNanos >= patience.toNanos()) {
      if (!fork) follower.failOver(FailOverCause.LAGS);
      follower.stopWanting();
      lagPauses = 0;
      lagSinceNanos = now;
    }
    step = Step.WAITING;
    Duration pause = grown(LAG_PAUSE, lagPauses++, LAG_PAUSE_MAX);
    expected = follower.wakeAfter(pause);
  }

  // 3: the common ancestor

  private void walk(long number) {
    step = Step.WALKING;
    walkTo = number;
    walkFrom = Math.max(follower.ring().first().number, number - WALK_HEADERS + 1);
    expected = follower.ask(new Query.HeadersAt(walkFrom, walkTo));
  }

  private void walked(List<BlockHeader> headers) {
    if (!HeaderPath.covers(headers, walkFrom, walkTo)) {
      unstable();
      return;
    }
    Ring ring = follower.ring();
    for (BlockHeader header : headers.reversed()) {
      Ring.Block block = ring.at(header.number());
      if (block != null && block.hash.equals(header.hash())) {
        foundAncestor(header.number());
        return;
      }
    }
    if (walkFrom > ring.first().number) walk(walkFrom - 1);
    else foundNoAncestor();
  }

  private void foundAncestor(long number) {
    Ring ring = follower.ring();
    if (ring.tip().number > number) follower.replacedFrom(number + 1);
    while (ring.tip().number > number) follower.removeAll(ring.removeTip());
    position = Math.min(number, ring.completeUpTo());
    next();
  }

  private void foundNoAncestor() {
    Ring ring = follower.ring();
    long oldest = ring.first().number;
    // Only what was delivered from blocks that are no longer remembered cannot be taken back.
    boolean deliveredBelow = oldest > follower.firstBlock();
    if (deliveredBelow) {
      follower.gap(follower.firstBlock(), oldest - 1, GapCause.DEEP_REORG);
      if (!options.continueAfterDeepReorg()) {
        stop();
        follower.end(GapCause.DEEP_REORG);
        return;
      }
    }
    while (!ring.isEmpty()) follower.removeAll(ring.removeTip());
    ring.clear(oldest - 1);
    follower.replacedFrom(oldest);
    position = oldest - 1;
    next();
  }

  // 4: what lies between

  private void next() {
    BlockHeader target = head;
    if (target == null) return;
    if (position >= target.number()) {
      done();
    } else if (target.number() - position > options.reorgDepth()) {
      if (follower.roomy()) askHistory(target.number() - options.reorgDepth());
      else waitForRoom();
    } else {
      step = Step.ASKING_PATH;
      expected = follower.ask(new Query.HeadersAt(position + 1, target.number()));
    }
  }

  private void waitForRoom() {
    step = Step.HISTORY;
    expected = -1;
    historyEndQuery = -1;
  }

  private void askHistory(long lastOld) {
    step = Step.HISTORY;
    historyEntries = null;
    historyEnd = null;
    historyTo = Math.min(lastOld, position + pager.span());
    if (options.content() == Content.HEADS) {
      expected = follower.ask(new Query.HeadersAt(position + 1, historyTo));
      return;
    }
    expected = follower.ask(new Query.EntriesIn(position + 1, historyTo));
    historyEndQuery = follower.ask(new Query.HeadersAt(historyTo, historyTo));
  }

  private void historyAnswered(long id, Answer answer) {
    boolean end = id == historyEndQuery;
    if (end) historyEndQuery = -1;
    else expected = -1;
    switch (answer) {
      case Answer.Headers(List<BlockHeader> headers) when end -> {
        if (!HeaderPath.covers(headers, historyTo, historyTo)) {
          unstable();
          return;
        }
        historyEnd = headers.getFirst();
      }
      case Answer.Headers(List<BlockHeader> headers) -> {
        if (!HeaderPath.covers(headers, position + 1, historyTo) || !HeaderPath.linked(headers)) {
          unstable();
          return;
        }
        historyEnd = headers.getLast();
        historyEntries = headers.stream().map(HeaderPath::asEntry).toList();
      }
      case Answer.Entries(List<ChainEntry> entries) -> historyEntries = entries;
      case Answer.TooMuch(var hint) -> {
        historyRefused(hint);
        return;
      }
      case Answer.UnknownBlock _ -> {
        unstable();
        return;
      }
      case Answer.Failed(Duration wait) -> {
        failed(wait);
        return;
      }
    }
    List<ChainEntry> entries = historyEntries;
    BlockHeader last = historyEnd;
    if (entries != null && last != null) historyRead(entries, last);
  }

  private void historyRefused(OptionalLong hint) {
    historyEndQuery = -1;
    long asked = historyTo - position;
    if (!pager.refused(asked, hint)) {
      follower.gap(position + 1, position + 1, GapCause.PROVIDER_LIMIT);
      // Told as missing; the block itself is read with the next range, without its entries.
      historyEntries = List.of();
      historyEndQuery = follower.ask(new Query.HeadersAt(historyTo, historyTo));
      return;
    }
    next();
  }

  private void historyRead(List<ChainEntry> entries, BlockHeader end) {
    Map<Long, BlockHash> hashes = new TreeMap<>();
    hashes.put(end.number(), end.hash());
    for (ChainEntry entry : entries) {
      BlockHash other = hashes.putIfAbsent(entry.blockNumber(), entry.blockHash());
      boolean outside = entry.blockNumber() <= position || entry.blockNumber() > historyTo;
      if (outside || (other != null && !other.equals(entry.blockHash()))) {
        unstable();
        return;
      }
    }
    Ring ring = follower.ring();
    for (Map.Entry<Long, BlockHash> known : hashes.entrySet()) {
      Ring.Block block = ring.at(known.getKey());
      if (block != null && !block.hash.equals(known.getValue())) {
        unstable();
        return;
      }
    }
    pager.answered();
    for (Ring.Block loose : ring.looseUpTo(historyTo)) {
      if (!loose.hash.equals(hashes.get(loose.number))) follower.removeAll(loose);
    }
    List<ChainEntry> sorted = new ArrayList<>(entries);
    sorted.sort(HeaderPath::byPlace);
    for (ChainEntry entry : sorted) {
      Ring.Block block = ring.find(entry.blockHash());
      if (entry.blockNumber() < follower.firstBlock()) continue;
      if (block != null && block.delivered(entry.index())) {
        follower.count(Tally.DUPLICATE, 1);
        continue;
      }
      follower.count(Tally.FILLED, 1);
      if (block != null) follower.deliver(block, entry, Origin.GAP_FILL);
      else follower.emit(new Delivery.Added(entry, Origin.GAP_FILL));
    }
    for (long number = position + 1; number <= historyTo; number++) {
      Ring.Block block = ring.at(number);
      if (block != null) ring.complete(block);
    }
    ring.looseUpTo(historyTo).forEach(ring::dropLoose);
    if (ring.at(historyTo) == null) {
      ring.reset(end);
      for (ChainEntry entry : sorted) {
        if (entry.blockNumber() == historyTo) ring.mark(ring.tip(), entry);
      }
    }
    position = historyTo;
    follower.checkpoint();
    next();
  }

  private void pathRead(List<BlockHeader> path) {
    BlockHeader target = head;
    if (target == null) return;
    boolean whole =
        HeaderPath.covers(path, position + 1, target.number())
            && HeaderPath.linked(path)
            && path.getLast().hash().equals(target.hash());
    if (!whole || !fitsRing(path)) {
      unstable();
      return;
    }
    settleLoose(path);
    fillBlocks(path);
  }

  /** The path continues what is remembered, and repeats what of it is not complete. */
  private boolean fitsRing(List<BlockHeader> path) {
    Ring ring = follower.ring();
    BlockHeader first = path.getFirst();
    Ring.Block before = ring.at(first.number() - 1);
    if (before != null && !before.hash.equals(first.parent())) return false;
    for (BlockHeader header : path) {
      Ring.Block block = ring.at(header.number());
      if (block != null && !block.hash.equals(header.hash())) return false;
    }
    return true;
  }

  private void settleLoose(List<BlockHeader> path) {
    Ring ring = follower.ring();
    for (Ring.Block loose : ring.looseUpTo(path.getLast().number())) {
      if (path.stream().anyMatch(header -> header.hash().equals(loose.hash))) continue;
      follower.removeAll(loose);
      ring.dropLoose(loose);
    }
  }

  private void fillBlocks(List<BlockHeader> path) {
    long upTo = known ? Long.MAX_VALUE : path.getLast().number() - options.confirmations();
    List<BlockHeader> due = path.stream().filter(header -> header.number() <= upTo).toList();
    if (due.size() < path.size()) follower.ahead(path.subList(due.size(), path.size()));
    step = Step.BLOCKS;
    expected = -1;
    BlockFill filling = new BlockFill(this, follower, due);
    blocks = filling;
    filling.pump();
  }

  /** One block's entries are known; all of them. */
  void commit(BlockHeader header, List<ChainEntry> entries) {
    Ring ring = follower.ring();
    Ring.Block block = ring.at(header.number());
    if (block == null) block = ring.append(header, follower.mayHold(header));
    List<ChainEntry> sorted = new ArrayList<>(entries);
    sorted.sort(HeaderPath::byPlace);
    for (ChainEntry entry : sorted) {
      if (block.delivered(entry.index())) {
        follower.count(Tally.DUPLICATE, 1);
        continue;
      }
      follower.count(Tally.FILLED, 1);
      follower.deliver(block, entry, known ? Origin.LIVE : Origin.GAP_FILL);
    }
    ring.complete(block);
    position = header.number();
    follower.trim();
    if (!options.passThrough()) follower.checkpoint();
  }

  /** 5: every block is told; is the head still the same? */
  void blocksTold() {
    blocks = null;
    BlockHeader target = head;
    if (known || target == null) {
      done();
      return;
    }
    step = Step.REREADING;
    expected = follower.ask(new Query.HeadersAt(target.number(), target.number()));
  }

  private void reread(List<BlockHeader> headers) {
    BlockHeader target = head;
    boolean same =
        target != null && headers.size() == 1 && headers.getFirst().hash().equals(target.hash());
    if (same) done();
    else unstable();
  }

  private void done() {
    stop();
    attempts = 0;
    failures = 0;
    Ring ring = follower.ring();
    for (Ring.Block loose : ring.looseUpTo(ring.isEmpty() ? -1 : ring.tip().number)) {
      follower.removeAll(loose); // every block up to here is known, and it is none of them
      ring.dropLoose(loose);
    }
    follower.roundDone();
  }

  // Trouble

  /** The answers do not fit together: the chain changed, or the node is of two minds. */
  void unstable() {
    stop();
    if (++attempts >= ATTEMPTS_MAX) {
      BlockHeader target = head;
      long to = target == null ? position + 1 : Math.max(position + 1, target.number());
      follower.gap(position + 1, to, GapCause.UNSTABLE);
      attempts = 0;
      pause(AFTER_GAP_PAUSE);
      return;
    }
    pause(grown(UNSTABLE_PAUSE, attempts - 1, UNSTABLE_PAUSE_MAX));
  }

  /** No answer. */
  void failed(Duration wait) {
    stop();
    failures++;
    if (failures % FAILURES_BEFORE_FAIL_OVER == 0) follower.failOver(FailOverCause.FAILS);
    Duration longest = grown(FAILED_PAUSE, failures - 1, FAILED_PAUSE_MAX);
    long spread = longest.toNanos() / 2;
    Duration own = Duration.ofNanos(spread + follower.random().nextLong(spread));
    pause(wait.compareTo(own) > 0 ? wait : own);
  }

  private void pause(Duration length) {
    step = Step.PAUSING;
    expected = follower.wakeAfter(length);
  }

  private static Duration grown(Duration base, int times, Duration max) {
    Duration grown = base.multipliedBy(1L << Math.min(times, 16));
    return grown.compareTo(max) > 0 ? max : grown;
  }
}
