package io.fairlead.pubsub.log;

import io.fairlead.core.time.ManualClock;
import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.ModelChain.Block;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A follower beside a small chain and a node that answers at once, or as a test says. Blocks are
 * called by their number, a second one of that number with a prime. What the consumer is told reads
 * {@code +5.1 live}, {@code -5.1 reorg}, {@code =5}, {@code gap 1-4 DEEP_REORG}.
 */
final class FollowerFixture {
  final ManualClock clock = new ManualClock();
  final ModelChain chain = new ModelChain(Seeds.generator(7));
  final List<String> told = new ArrayList<>();
  final List<Query> asked = new ArrayList<>();
  final List<FailOverCause> failOvers = new ArrayList<>();
  final Map<Tally, Long> tallies = new EnumMap<>(Tally.class);
  Optional<Delivery.GapCause> end = Optional.empty();
  Optional<Cursor> cursor = Optional.empty();
  ChainFollower follower;

  private final Map<BlockHash, String> names = new HashMap<>();
  private final Map<Long, Integer> forks = new HashMap<>();
  private Function<Query, Optional<Answer>> script = _ -> Optional.empty();
  private final Deque<FollowerEffect.Ask> open = new ArrayDeque<>();
  private boolean answering = true;
  private int checkpoints;

  FollowerFixture(FollowerOptions options, FollowerStart start, int room) {
    follower = new ChainFollower(options, start, ModelChain.PROBE, Seeds.generator(1));
    name(chain.head());
    feed(new FollowerInput.Room(room));
  }

  /** A chain of so many blocks without logs, followed from the next block on. */
  static FollowerFixture at(FollowerOptions options, int height) {
    FollowerFixture fixture =
        new FollowerFixture(options, new FollowerStart.FromBlock(height + 1), 1_000_000);
    for (int i = 0; i < height; i++) fixture.mineQuietly(0);
    fixture.attach();
    fixture.told.clear();
    fixture.asked.clear();
    return fixture;
  }

  /** Another follower of the same chain takes over. */
  void replaceWith(FollowerOptions options, FollowerStart start) {
    follower = new ChainFollower(options, start, ModelChain.PROBE, Seeds.generator(1));
    feed(new FollowerInput.Room(1_000_000));
  }

  void attach() {
    feed(new FollowerInput.Attached());
  }

  void detach() {
    feed(new FollowerInput.Detached());
  }

  /** A block that nobody is told of. */
  Block mineQuietly(int logs) {
    Block block = chain.mine(logs, logs > 0);
    name(block);
    return block;
  }

  /** A block with its head, then its logs. */
  Block mine(int logs) {
    Block block = mineQuietly(logs);
    head(block);
    logs(block);
    return block;
  }

  void head(Block block) {
    feed(new FollowerInput.HeadSeen(block.header()));
  }

  void logs(Block block) {
    block.logs().forEach(entry -> log(entry, false));
  }

  void log(ChainEntry entry, boolean removed) {
    feed(new FollowerInput.LogSeen(entry, removed));
  }

  void room(int deliveries) {
    feed(new FollowerInput.Room(deliveries));
  }

  /** From now on a query is answered like this, where the script says anything. */
  void script(Function<Query, Optional<Answer>> answers) {
    script = answers;
  }

  /** The first query of a kind is answered like this, later ones truthfully. */
  void once(Class<? extends Query> kind, Answer answer) {
    boolean[] used = {false};
    script(
        query -> {
          if (used[0] || !kind.isInstance(query)) return Optional.empty();
          used[0] = true;
          return Optional.of(answer);
        });
  }

  void stopAnswering() {
    answering = false;
  }

  void answerOpen() {
    answering = true;
    answer();
  }

  void pass(Duration time) {
    clock.advance(time);
  }

  void feed(FollowerInput input) {
    follower.accept(input, clock.nanos(), this::perform);
    answer();
  }

  /** What was told since the last call, without checkpoints. */
  List<String> entries() {
    List<String> entries = told.stream().filter(line -> !line.startsWith("=")).toList();
    told.clear();
    return entries;
  }

  int checkpoints() {
    return checkpoints;
  }

  private void answer() {
    while (answering) {
      FollowerEffect.Ask ask = open.poll();
      if (ask == null) return;
      Answer answer = script.apply(ask.query()).orElseGet(() -> truth(ask.query()));
      follower.accept(
          new FollowerInput.Answered(ask.queryId(), answer), clock.nanos(), this::perform);
    }
  }

  Answer truth(Query query) {
    List<Block> branch = chain.branch();
    return switch (query) {
      case Query.Newest(Query.FinalityTag tag) -> {
        int behind =
            switch (tag) {
              case LATEST -> 0;
              case SAFE -> 2;
              case FINALIZED -> 4;
            };
        yield new Answer.Headers(
            List.of(branch.get(Math.max(0, branch.size() - 1 - behind)).header()));
      }
      case Query.HeadersAt(long from, long to) ->
          new Answer.Headers(
              branch.stream()
                  .filter(block -> block.number() >= from && block.number() <= to)
                  .map(Block::header)
                  .toList());
      case Query.HeaderOf(BlockHash hash) ->
          new Answer.Headers(chain.byHash(hash).map(Block::header).stream().toList());
      case Query.EntriesIn(long from, long to) ->
          new Answer.Entries(List.copyOf(chain.logsBetween(from, to).values()));
      case Query.EntriesOf(BlockHash hash, long _) ->
          new Answer.Entries(chain.byHash(hash).map(Block::logs).orElse(List.of()));
    };
  }

  private void perform(FollowerEffect effect) {
    switch (effect) {
      case FollowerEffect.Ask ask -> {
        asked.add(ask.query());
        open.add(ask);
      }
      case FollowerEffect.WakeAt(long token, long at) ->
          clock.after(
              Duration.ofNanos(at - clock.nanos()), () -> feed(new FollowerInput.Woken(token)));
      case FollowerEffect.Emit(Delivery delivery) -> tell(delivery);
      case FollowerEffect.Count(Tally tally, long by) -> tallies.merge(tally, by, Long::sum);
      case FollowerEffect.FailOver(FailOverCause cause) -> failOvers.add(cause);
      case FollowerEffect.End(Delivery.GapCause cause) -> end = Optional.of(cause);
    }
  }

  private void tell(Delivery delivery) {
    told.add(
        switch (delivery) {
          case Delivery.Added(ChainEntry entry, Delivery.Origin origin) ->
              "+" + name(entry) + " " + word(origin);
          case Delivery.Removed(ChainEntry entry, Delivery.Cause cause) ->
              "-" + name(entry) + " " + word(cause);
          case Delivery.Gap gap ->
              "gap " + gap.fromBlock() + "-" + gap.toBlock() + " " + gap.cause();
          case Delivery.Checkpoint(Cursor at) -> {
            checkpoints++;
            cursor = Optional.of(at);
            yield "=" + names.get(at.upTo().hash());
          }
        });
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(java.util.Locale.ROOT).replace("gap_fill", "filled");
  }

  private String name(ChainEntry entry) {
    Block block = chain.byHash(entry.blockHash()).orElseThrow();
    int place = block.logs().indexOf(entry) + 1;
    return names.get(entry.blockHash()) + (place == 0 ? "" : "." + place);
  }

  private void name(Block block) {
    int fork = forks.merge(block.number(), 1, Integer::sum);
    names.put(block.hash(), block.number() + "'".repeat(fork - 1));
  }
}
