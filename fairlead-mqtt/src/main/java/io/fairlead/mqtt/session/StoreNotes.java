package io.fairlead.mqtt.session;

import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.QueueStore.Stage;

/** What the store is told of one session's messages on their way. Home thread only. */
final class StoreNotes {
  private final Session session;
  private final SessionHost host;

  StoreNotes(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  /** It is delivered or dropped. */
  void forget(Item item) {
    Stage left = item.left();
    if (left != null) {
      withdraw(left, item.packetId);
    } else if (item.sequence != 0) {
      Stage stage = noted(item) ? item.stage : Stage.WAITING;
      remove(owner(item), item.sequence, stage, item.packetId);
    }
  }

  /** One that waits in the store only is dropped. */
  void forget(long sequence) {
    remove(session.number(), sequence, Stage.WAITING, 0);
  }

  private void remove(long owner, long sequence, Stage stage, int packetId) {
    BrokerStore store = host.store();
    BrokerStore.Batch batch = store.begin();
    store.queues().remove(batch, session.number(), owner, sequence, stage, packetId);
    store.commit(batch);
  }

  private void withdraw(Stage stage, int packetId) {
    BrokerStore store = host.store();
    BrokerStore.Batch batch = store.begin();
    store.queues().withdraw(batch, session.number(), stage, packetId);
    store.commit(batch);
  }

  /** A group's message of QoS 1 may go to any member after a restart, whoever had it. */
  private static boolean noted(Item item) {
    return item.group == null || item.qos == 2;
  }

  /** Notes how far it is; nobody waits for it. */
  void note(Item item) {
    if (!noted(item)) return;
    BrokerStore store = host.store();
    BrokerStore.Batch batch = store.begin();
    advance(batch, item);
    store.commit(batch);
  }

  /** Notes how far it is, then goes on. */
  void advanced(Item item, Runnable then) {
    if (item.sequence == 0) {
      then.run();
      return;
    }
    BrokerStore store = host.store();
    BrokerStore.Batch batch = store.begin();
    advance(batch, item);
    store.commit(batch, host.executor(), then);
  }

  private void advance(BrokerStore.Batch batch, Item item) {
    if (!session.persistent()) return; // a group's message, to a member that does not last
    host.store()
        .queues()
        .advance(batch, session.number(), owner(item), item.sequence, item.stage, item.packetId);
  }

  /** Whose queue it stands in. */
  private long owner(Item item) {
    return item.group == null ? session.number() : host.groupNumber(item.group, item.sequence);
  }
}
