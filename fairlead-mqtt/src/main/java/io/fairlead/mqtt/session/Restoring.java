package io.fairlead.mqtt.session;

import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;

/** How messages for a session come back from the store. Home thread only. */
final class Restoring {
  private static final int[] NO_IDS = {};

  private final Session session;
  private final SessionHost host;
  private final Outbox box;
  private final StoreNotes notes;

  Restoring(Session session, SessionHost host, Outbox box, StoreNotes notes) {
    this.session = session;
    this.host = host;
    this.box = box;
    this.notes = notes;
  }

  /**
   * What the store has for the session goes into its outbox.
   *
   * @param number of the session
   * @return the highest sequence number used so far
   */
  long from(long number) {
    QueueStore queues = host.store().queues();
    if (queues.pages()) {
      QueueStore.Left left = queues.left(number);
      for (QueueStore.Entry entry : left.underWay()) restore(entry);
      box.restore(left.waiting());
    } else {
      for (QueueStore.Entry entry : queues.read(number)) restore(entry);
    }
    for (QueueStore.Lent lent : queues.lent(number)) restore(lent);
    return queues.lastSequence(number);
  }

  private void restore(QueueStore.Entry entry) {
    box.restore(item(entry), entry.stage(), entry.packetId());
  }

  /** As it waits in memory. */
  static Item item(QueueStore.Entry entry) {
    return new Item(
        entry.message(),
        entry.qos(),
        entry.retain(),
        entry.subscriptionIds(),
        entry.sequence(),
        null);
  }

  /**
   * A group's message that was on its way: at QoS 2 the client may have it, else any may get it.
   */
  private void restore(QueueStore.Lent lent) {
    QueueStore.Entry entry = lent.entry();
    TopicFilter group = host.groupOf(lent.group()).orElse(null);
    SubscribeOptions options = group == null ? null : session.subscriptions().get(group);
    if (group == null) return;
    int qos = options == null ? 1 : Math.min(entry.message().qos(), options.qos());
    Item item = new Item(entry.message(), qos, entry.retain(), NO_IDS, entry.sequence(), group);
    if (qos == 2) {
      box.restore(item, entry.stage(), entry.packetId());
      return;
    }
    item.stage = entry.stage();
    item.packetId = entry.packetId();
    notes.withdraw(item);
    host.waits(group, new Waiting(item.message, item.sequence));
  }
}
