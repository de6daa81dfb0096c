package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.ModelChain.Block;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * One follower against a chain that grows and changes, a node that drops, delays, repeats and lies,
 * and a consumer that stops now and then and crashes. Everything comes from one seed; the last
 * lines of what happened are kept for the message of a failure.
 */
final class FollowerSimulation {
  /** A line of the trace; put into words only when a failure needs it. */
  private record Told(long atNanos, String what, Object about) {
    @Override
    public String toString() {
      Object shown =
          about instanceof Delivery.Checkpoint(Cursor at) ? "up to " + at.upTo().number() : about;
      return atNanos / 1_000_000 + " ms " + what + " " + shown;
    }
  }

  private static final int TRACE_MAX = 120;
  private static final int REORG_MAX = 6;

  private final RandomGenerator random;
  private final ManualClock clock = new ManualClock();
  private final FollowerOptions options;
  private final ModelChain chain;
  private final long firstBlock;
  private final boolean marksRemoved;
  private final boolean forgetsOrphans;
  private final int rangeMax;
  private final Deque<Told> trace = new ArrayDeque<>();
  private final Map<Tally, Long> tallies = new EnumMap<>(Tally.class);
  private final Set<BlockHash> liedAbout = new HashSet<>();
  private final List<List<Block>> pastBranches = new ArrayList<>();

  private ChainFollower follower;
  private boolean faults = true;
  private boolean attached;
  private int life; // grows with every connection: what an old one sent is lost
  private int generation; // grows with every crash
  private long logsAtNanos;
  private long headsAtNanos;

  // The consumer: its queue, what it holds, and the same as of its last checkpoint.
  private final Deque<Delivery> queue = new ArrayDeque<>();
  private TreeMap<String, ChainEntry> held = new TreeMap<>();
  private TreeMap<String, ChainEntry> heldAtCheckpoint = new TreeMap<>();
  private Optional<Cursor> cursor = Optional.empty();
  private boolean paused;
  private boolean ended;
  private long delivered;

  FollowerSimulation(RandomGenerator random, FollowerOptions options) {
    this.random = random;
    this.options = options;
    chain = new ModelChain(random);
    marksRemoved = random.nextBoolean();
    forgetsOrphans = random.nextBoolean();
    rangeMax = Seeds.oneOf(random, 5, 40, 100_000);
    int before = Seeds.oneOf(random, 5, 20, 150);
    for (int i = 0; i < before; i++) chain.mine();
    firstBlock = 1 + random.nextInt(before + 3);
    follower = newFollower(new FollowerStart.FromBlock(firstBlock));
  }

  Map<Tally, Long> tallies() {
    return tallies;
  }

  long delivered() {
    return delivered;
  }

  void run(Duration length) {
    try {
      clock.after(Duration.ZERO, this::connect);
      clock.after(millis(300), this::chainStep);
      clock.after(millis(700), this::trouble);
      clock.after(millis(50), this::consume);
      clock.advance(length);
      faults = false;
      paused = false;
      if (!attached) connect();
      // The node tells the head once more by a new block, and everything settles.
      clock.after(millis(1500), () -> mine(1));
      long above = chain.highest() - chain.head().number() + 2;
      for (int i = 0; i < above; i++) clock.after(millis(9000 + 100 * i), () -> mine(2));
      clock.after(millis(12_000), () -> mine(0));
      clock.advance(Duration.ofMinutes(3));
      settled();
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError(
          failure + "\n" + String.join("\n", trace.stream().map(Told::toString).toList()), failure);
    }
  }

  private void settled() {
    assertThat(ended).as("ended").isFalse();
    assertThat(queue).as("queue").isEmpty();
    long told =
        options.content() == FollowerOptions.Content.HEADS
            ? chain.head().number()
            : chain.head().number() - options.confirmations();
    Set<String> missing = new HashSet<>(expected(told).keySet());
    missing.removeAll(held.keySet());
    assertThat(missing).as("lost").isEmpty();
    Set<String> over = new HashSet<>(held.keySet());
    over.removeAll(expected(told).keySet());
    assertThat(over).as("not taken back").isEmpty();
    if (!options.passThrough()) {
      assertThat(follower.completeUpTo())
          .isEqualTo(chain.head().number() - options.confirmations());
    }
    assertThat(follower.phase()).isEqualTo(ChainFollower.Phase.LIVE);
  }

  private Map<String, ChainEntry> expected(long upTo) {
    if (options.content() == FollowerOptions.Content.LOGS) {
      return new TreeMap<>(chain.logsBetween(firstBlock, upTo));
    }
    Map<String, ChainEntry> heads = new TreeMap<>();
    for (Block block : chain.branch()) {
      if (block.number() < firstBlock || block.number() > upTo) continue;
      ChainEntry entry = HeaderPath.asEntry(block.header());
      heads.put(entry.toString(), entry);
    }
    return heads;
  }

  // The chain

  private void chainStep() {
    if (!faults) return;
    int dice = random.nextInt(20);
    if (dice == 0) {
      reorg();
    } else if (dice == 1) {
      int burst = random.nextInt(40);
      for (int i = 0; i < burst; i++) mine();
    } else {
      mine();
    }
    clock.after(millis(random.nextInt(400)), this::chainStep);
  }

  private void reorg() {
    long room = chain.head().number() - (chain.highest() - REORG_MAX);
    int depth = (int) Math.min(room, 1 + random.nextInt(REORG_MAX));
    if (depth < 1 || chain.head().number() - depth < 1) return;
    pastBranches.add(chain.branch());
    List<Block> gone = chain.revert(depth);
    say("reorg to", chain.head().header());
    if (marksRemoved) {
      for (Block block : gone) {
        for (ChainEntry entry : block.logs().reversed()) pushLog(entry, true);
      }
    }
    int again = random.nextInt(depth + 2);
    for (int i = 0; i < again; i++) mine();
  }

  private void mine() {
    announce(chain.mine());
  }

  private void mine(int logs) {
    announce(chain.mine(logs, logs > 0));
  }

  private void announce(Block block) {
    say("mined", block);
    // A pass-through follower promises what the node's silence about one log of several denies.
    boolean dropAll = faults && random.nextInt(30) == 0;
    for (ChainEntry entry : block.logs()) {
      boolean dropOne = faults && !options.passThrough() && random.nextInt(10) == 0;
      if (!dropAll && !dropOne) pushLog(entry, false);
    }
    boolean dropHead = faults && random.nextInt(20) == 0;
    if (!dropHead) pushHead(block.header());
    if (faults && random.nextInt(30) == 0) pushHead(block.header());
  }

  private void pushHead(BlockHeader header) {
    headsAtNanos = later(headsAtNanos, 30);
    push(headsAtNanos, new FollowerInput.HeadSeen(header));
  }

  private void pushLog(ChainEntry entry, boolean removed) {
    logsAtNanos = later(logsAtNanos, 30);
    push(logsAtNanos, new FollowerInput.LogSeen(entry, removed));
    if (faults && random.nextInt(40) == 0) {
      logsAtNanos = later(logsAtNanos, 5);
      push(logsAtNanos, new FollowerInput.LogSeen(entry, removed));
    }
  }

  private long later(long lastNanos, int spreadMillis) {
    long at = clock.nanos() + random.nextLong(spreadMillis * 1_000_000L);
    return Math.max(at, lastNanos + 1);
  }

  private void push(long atNanos, FollowerInput input) {
    if (!attached) return;
    int then = life;
    clock.after(
        Duration.ofNanos(atNanos - clock.nanos()),
        () -> {
          if (then == life) feed(input);
        });
  }

  // Connection, crashes

  private void trouble() {
    if (!faults) return;
    int dice = random.nextInt(8);
    if (dice == 0) crash();
    else if (dice < 4) disconnect();
    else paused = dice < 6 && !paused;
    clock.after(millis(random.nextInt(3000)), this::trouble);
  }

  private void connect() {
    if (attached) return;
    attached = true;
    life++;
    feed(new FollowerInput.Attached());
  }

  private void disconnect() {
    if (!attached) return;
    attached = false;
    life++;
    feed(new FollowerInput.Detached());
    clock.after(millis(random.nextInt(2000)), this::connect);
  }

  private void crash() {
    say("crash", "");
    generation++;
    life++;
    attached = false;
    queue.clear();
    held = new TreeMap<>(heldAtCheckpoint);
    follower =
        newFollower(
            cursor
                .map(CursorCodec::encode)
                .map(FollowerSimulation::decoded)
                .<FollowerStart>map(FollowerStart.Resume::new)
                .orElse(new FollowerStart.FromBlock(firstBlock)));
    clock.after(millis(random.nextInt(2000)), this::connect);
  }

  private static Cursor decoded(byte[] bytes) {
    try {
      return CursorCodec.decode(bytes);
    } catch (CursorCodec.CorruptCursorException corrupt) {
      throw new AssertionError(corrupt);
    }
  }

  private ChainFollower newFollower(FollowerStart start) {
    ChainFollower made = new ChainFollower(options, start, ModelChain.PROBE, random);
    follower = made;
    feed(new FollowerInput.Room(options.capacity()));
    return made;
  }

  private void feed(FollowerInput input) {
    if (!(input instanceof FollowerInput.Room)) say(">", input);
    follower.accept(input, clock.nanos(), this::perform);
    assertThat(follower.bytes()).as("memory").isLessThan(400_000);
    assertThat(queue.size()).as("queue").isLessThanOrEqualTo(options.capacity());
  }

  private void perform(FollowerEffect effect) {
    int then = generation;
    switch (effect) {
      case FollowerEffect.Ask ask -> {
        Query query = ask.query();
        say("  ?", ask);
        Duration delay = millis(1 + random.nextInt(random.nextInt(20) == 0 ? 500 : 20));
        clock.after(
            delay,
            () -> {
              if (then == generation)
                feed(new FollowerInput.Answered(ask.queryId(), answer(query)));
            });
      }
      case FollowerEffect.WakeAt(long token, long at) ->
          clock.after(
              Duration.ofNanos(at - clock.nanos()),
              () -> {
                if (then == generation) feed(new FollowerInput.Woken(token));
              });
      case FollowerEffect.Emit(Delivery delivery) -> {
        say("  !", delivery);
        queue.add(delivery);
      }
      case FollowerEffect.Count(Tally tally, long by) -> tallies.merge(tally, by, Long::sum);
      case FollowerEffect.FailOver(var cause) -> say("  fail over", cause);
      case FollowerEffect.End(var cause) -> {
        say("  end", cause);
        ended = true;
      }
    }
  }

  // The node's answers

  private Answer answer(Query query) {
    if (faults && random.nextInt(25) == 0) return new Answer.Failed(Duration.ZERO);
    List<Block> view = view();
    return switch (query) {
      case Query.Newest _ -> new Answer.Headers(List.of(view.getLast().header()));
      case Query.HeadersAt(long from, long to) ->
          new Answer.Headers(
              view.stream()
                  .filter(block -> block.number() >= from && block.number() <= to)
                  .map(Block::header)
                  .toList());
      case Query.HeaderOf(BlockHash hash) ->
          new Answer.Headers(known(hash).map(Block::header).stream().toList());
      case Query.EntriesIn(long from, long to) -> range(from, to);
      case Query.EntriesOf(BlockHash hash, long _) -> entries(hash);
    };
  }

  private Answer range(long from, long to) {
    if (to - from + 1 > rangeMax) {
      return new Answer.TooMuch(
          random.nextBoolean() ? OptionalLong.of(rangeMax) : OptionalLong.empty());
    }
    return new Answer.Entries(List.copyOf(chain.logsBetween(from, to).values()));
  }

  private Answer entries(BlockHash hash) {
    Optional<Block> block = known(hash);
    if (block.isEmpty()) {
      return random.nextBoolean() ? new Answer.UnknownBlock() : new Answer.Entries(List.of());
    }
    List<ChainEntry> logs = block.get().logs();
    if (faults && random.nextInt(20) == 0 && liedAbout.add(hash))
      return new Answer.Entries(List.of());
    if (faults && random.nextInt(40) == 0) {
      Block other = chain.branch().get(random.nextInt(chain.branch().size()));
      List<ChainEntry> mixed = new ArrayList<>(logs);
      if (!other.hash().equals(hash)) mixed.addAll(other.logs());
      return new Answer.Entries(mixed);
    }
    return new Answer.Entries(logs);
  }

  private Optional<Block> known(BlockHash hash) {
    Optional<Block> block = chain.byHash(hash);
    if (block.isEmpty() || !forgetsOrphans) return block;
    boolean canonical =
        block.get().number() < chain.branch().size()
            && chain.branch().get((int) block.get().number()).hash().equals(hash);
    return canonical ? block : Optional.empty();
  }

  /**
   * The chain as the node that answers sees it: now and then a little behind, or on an old branch.
   */
  private List<Block> view() {
    List<Block> now = chain.branch();
    if (!faults || random.nextInt(12) != 0) return now;
    if (random.nextBoolean() && !pastBranches.isEmpty()) {
      List<Block> past = pastBranches.getLast();
      if (past.size() > now.size() - REORG_MAX) return past;
    }
    return now.subList(0, Math.max(1, now.size() - random.nextInt(4)));
  }

  // The consumer

  private void consume() {
    int many = paused ? 0 : 1 + random.nextInt(options.capacity());
    int taken = 0;
    while (taken < many && !queue.isEmpty()) {
      take(queue.removeFirst());
      taken++;
    }
    if (taken > 0) feed(new FollowerInput.Room(taken));
    clock.after(millis(1 + random.nextInt(faults ? 60 : 400)), this::consume);
  }

  private void take(Delivery delivery) {
    delivered++;
    switch (delivery) {
      case Delivery.Added(ChainEntry entry, var _) -> {
        ChainEntry before = held.put(entry.toString(), entry);
        assertThat(before).as("told twice: " + entry).isNull();
        if (!options.passThrough()) {
          for (ChainEntry other : held.values()) {
            boolean sorted =
                other.blockNumber() < entry.blockNumber()
                    || (other.blockHash().equals(entry.blockHash())
                        && other.index() <= entry.index());
            assertThat(sorted).as("order: " + other + " then " + entry).isTrue();
          }
        }
      }
      case Delivery.Removed(ChainEntry entry, var _) -> {
        ChainEntry before = held.remove(entry.toString());
        assertThat(before).as("removed but not held: " + entry).isNotNull();
        assertThat(before.json()).isEqualTo(entry.json());
      }
      case Delivery.Gap gap ->
          assertThat(gap.cause()).as("gap " + gap).isEqualTo(Delivery.GapCause.UNSTABLE);
      case Delivery.Checkpoint(Cursor at) -> {
        checkpointHolds(at);
        cursor = Optional.of(at);
        heldAtCheckpoint = new TreeMap<>();
        held.forEach(
            (key, entry) -> {
              if (entry.blockNumber() <= at.upTo().number()) heldAtCheckpoint.put(key, entry);
            });
      }
    }
  }

  /** At a checkpoint the consumer holds exactly what its branch holds up to there. */
  private void checkpointHolds(Cursor at) {
    Set<String> branch = new HashSet<>();
    Block block = chain.byHash(at.upTo().hash()).orElseThrow();
    while (block.number() >= firstBlock) {
      List<ChainEntry> entries =
          options.content() == FollowerOptions.Content.HEADS
              ? List.of(HeaderPath.asEntry(block.header()))
              : block.logs();
      for (ChainEntry entry : entries) branch.add(entry.toString());
      block = chain.byHash(block.header().parent()).orElseThrow();
    }
    Set<String> here = new HashSet<>();
    held.forEach(
        (key, entry) -> {
          if (entry.blockNumber() <= at.upTo().number()) here.add(key);
        });
    Set<String> missing = new HashSet<>(branch);
    missing.removeAll(here);
    here.removeAll(branch);
    assertThat(missing).as("lost at checkpoint " + at.upTo().number()).isEmpty();
    assertThat(here).as("not taken back at checkpoint " + at.upTo().number()).isEmpty();
  }

  private void say(String what, Object about) {
    if (trace.size() >= TRACE_MAX) trace.removeFirst();
    trace.add(new Told(clock.nanos(), what, about));
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }
}
