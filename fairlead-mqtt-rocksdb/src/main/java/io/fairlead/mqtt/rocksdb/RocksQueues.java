package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What waits, and how far it is. */
final class RocksQueues implements QueueStore {
  private record Way(Stage stage, int packetId) {}

  private final RocksDbStore store;

  RocksQueues(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public void put(Batch batch, long session, Entry entry) {
    Changes.of(batch).add(new Change.Enqueue(session, entry));
  }

  @Override
  public void advance(Batch batch, long session, long sequence, Stage stage, int packetId) {
    Changes.of(batch).add(new Change.Advance(session, session, sequence, stage, packetId));
  }

  @Override
  public void remove(Batch batch, long session, long sequence, Stage stage, int packetId) {
    Changes.of(batch).add(new Change.Dequeue(session, session, sequence, stage, packetId));
  }

  @Override
  public long lastSequence(long session) {
    return store.lastSequence(session);
  }

  @Override
  public List<Entry> read(long session) {
    Database database = store.database();
    long head = store.headOf(session);
    if (database == null || head == 0) return List.of();
    Map<Long, Way> ways = ways(database, session);
    List<Entry> entries = new ArrayList<>();
    database.forEach(
        Family.QUEUE,
        Rows.key(session, head),
        session,
        (key, row) -> entries.add(entry(database, Rows.second(key), row, ways)));
    return entries;
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
        (key, row) -> ways.put(Rows.second(row), new Way(Rows.stage(key), Rows.packetId(key))));
    return ways;
  }
}
