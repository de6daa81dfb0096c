package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.Stowage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What waits, and how far it is. */
final class RocksQueues implements QueueStore {
  private record Way(Stage stage, int packetId) {}

  private final RocksDbStore store;

  RocksQueues(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public void put(Batch batch, long owner, Entry entry) {
    Changes.of(batch).add(new Change.Enqueue(owner, entry));
  }

  @Override
  public void advance(
      Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
    Changes.of(batch).add(new Change.Advance(session, owner, sequence, stage, packetId));
  }

  @Override
  public void withdraw(Batch batch, long session, Stage stage, int packetId) {
    Changes.of(batch).add(new Change.Withdraw(session, stage, packetId));
  }

  @Override
  public void remove(
      Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
    Changes.of(batch).add(new Change.Dequeue(session, owner, sequence, stage, packetId));
  }

  @Override
  public long lastSequence(long owner) {
    return store.lastSequence(owner);
  }

  @Override
  public List<Entry> read(long owner) {
    Database database = store.database();
    long head = store.headOf(owner);
    if (database == null || head == 0) return List.of();
    Map<Long, Way> ways = ways(database, owner);
    Set<Long> lent = store.lentOf(owner);
    List<Entry> entries = new ArrayList<>();
    database.forEach(
        Family.QUEUE,
        Rows.key(owner, head),
        owner,
        (key, row) -> {
          long sequence = Rows.second(key);
          if (!lent.contains(sequence)) entries.add(entry(database, sequence, row, ways));
        });
    return entries;
  }

  @Override
  public Left left(long session) {
    Database database = store.database();
    Stowage waiting = store.leftOf(session);
    if (database == null) return new Left(List.of(), waiting);
    Map<Long, Way> ways = ways(database, session);
    if (ways.isEmpty()) return new Left(List.of(), waiting);
    List<Entry> underWay = new ArrayList<>(ways.size());
    Stowage rest = new Stowage();
    for (long place : waiting.places()) {
      long sequence = Stowage.sequenceOf(place);
      byte[] row = ways.containsKey(sequence) ? row(database, session, sequence) : null;
      if (row == null) rest.addLast(place);
      else underWay.add(entry(database, sequence, row, ways));
    }
    return new Left(underWay, rest);
  }

  @Override
  public boolean pages() {
    return true;
  }

  /** What is not there may be on its way to the disk: it is looked for once more behind that. */
  @Override
  public void fetch(long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
    store.read(
        database -> waiting(database, session, sequences),
        executor,
        found -> {
          if (found.size() == sequences.length) then.accept(found);
          else fetchAfterCommits(session, sequences, executor, then);
        });
  }

  private void fetchAfterCommits(
      long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
    store.afterCommits(
        executor,
        () -> store.read(database -> waiting(database, session, sequences), executor, then));
  }

  private static List<Entry> waiting(@Nullable Database database, long session, long[] sequences) {
    if (database == null) return List.of();
    List<Entry> found = new ArrayList<>(sequences.length);
    for (long sequence : sequences) {
      byte[] row = row(database, session, sequence);
      if (row == null) continue;
      try {
        found.add(entry(database, sequence, row, Map.of()));
      } catch (Rows.BadRowException bad) {
        // Dropped in this moment, it goes together with its message.
        if (row(database, session, sequence) != null) throw bad;
      }
    }
    return found;
  }

  private static byte @Nullable [] row(Database database, long owner, long sequence) {
    return database.get(Family.QUEUE, Rows.key(owner, sequence));
  }

  @Override
  public Loans loans(long session) {
    Database database = store.database();
    if (database == null || !store.has(session, Family.INFLIGHT)) {
      return new Loans(List.of(), List.of());
    }
    Map<Integer, Lent> found = new TreeMap<>(); // by packet id; the later stage comes last
    Map<Integer, Ended> ended = new TreeMap<>(); // likewise
    database.forEach(
        Family.INFLIGHT,
        Rows.key(session),
        session,
        (key, row) -> {
          long owner = Rows.number(row);
          if (owner == session) return;
          Way way = new Way(Rows.stage(key), Rows.packetId(key));
          byte[] queued = database.get(Family.QUEUE, row);
          if (queued == null) {
            ended.put(way.packetId(), new Ended(way.stage(), way.packetId()));
            return;
          }
          long sequence = Rows.second(row);
          found.put(
              way.packetId(),
              new Lent(owner, entry(database, sequence, queued, Map.of(sequence, way))));
        });
    return new Loans(List.copyOf(found.values()), List.copyOf(ended.values()));
  }

  private static Entry entry(Database database, long sequence, byte[] row, Map<Long, Way> ways) {
    Rows.Queued queued = Rows.queued(row, number -> message(database, number));
    Way way = ways.getOrDefault(sequence, new Way(Stage.WAITING, 0));
    return new Entry(
        sequence,
        queued.message(),
        queued.qos(),
        queued.retain(),
        queued.ids(),
        way.stage(),
        way.packetId());
  }

  private static Message message(Database database, long number) {
    byte[] row = database.get(Family.MSG, Rows.key(number));
    if (row == null) throw new Rows.BadRowException("a queued message is not there");
    return Rows.message(row);
  }

  private Map<Long, Way> ways(Database database, long session) {
    if (!store.has(session, Family.INFLIGHT)) return Map.of();
    Map<Long, Way> ways = new HashMap<>();
    database.forEach(
        Family.INFLIGHT,
        Rows.key(session),
        session,
        // Of one packet id the later stage comes last and stays.
        (key, row) -> {
          if (Rows.number(row) != session) return; // a group's
          ways.put(Rows.second(row), new Way(Rows.stage(key), Rows.packetId(key)));
        });
    return ways;
  }
}
