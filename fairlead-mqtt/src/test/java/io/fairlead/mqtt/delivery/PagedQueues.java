package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.QueueStore;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Queues that are read as those on a disk are: later. */
record PagedQueues(QueueStore below, boolean pages, Executor reading) implements QueueStore {
  @Override
  public void put(Batch batch, long owner, Entry entry) {
    below.put(batch, owner, entry);
  }

  @Override
  public void advance(
      Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
    below.advance(batch, session, owner, sequence, stage, packetId);
  }

  @Override
  public void withdraw(Batch batch, long session, Stage stage, int packetId) {
    below.withdraw(batch, session, stage, packetId);
  }

  @Override
  public void remove(
      Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
    below.remove(batch, session, owner, sequence, stage, packetId);
  }

  @Override
  public long lastSequence(long owner) {
    return below.lastSequence(owner);
  }

  @Override
  public List<Entry> read(long owner) {
    return below.read(owner);
  }

  @Override
  public Left left(long session) {
    return below.left(session);
  }

  @Override
  public void fetch(long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
    reading.execute(
        () ->
            below.fetch(
                session,
                sequences,
                Runnable::run,
                found -> executor.execute(() -> then.accept(found))));
  }

  @Override
  public Loans loans(long session) {
    return below.loans(session);
  }
}
