package io.fairlead.mqtt.session;

import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.topic.TopicFilter;

/** How messages for a session come back from the store. Home thread only. */
final class Restoring {
  private static final int[] NO_IDS = {};

  private final SessionHost host;
  private final Outbox box;

  Restoring(SessionHost host, Outbox box) {
    this.host = host;
    this.box = box;
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
    QueueStore.Loans loans = queues.loans(number);
    for (QueueStore.Lent lent : loans.lent()) restore(lent);
    for (QueueStore.Ended ended : loans.ended()) box.restoreEnded(ended.stage(), ended.packetId());
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
   * A group's message that was on its way at QoS 2. The client may have it, so that nobody else
   * gets it, even if the client left the group or subscribed with another QoS since.
   */
  private void restore(QueueStore.Lent lent) {
    QueueStore.Entry entry = lent.entry();
    TopicFilter group = host.groupOf(lent.group()).orElse(null);
    if (group == null) {
      box.restoreEnded(entry.stage(), entry.packetId());
      return;
    }
    Item item =
        new Item(
            entry.message(),
            entry.message().qos(),
            entry.retain(),
            NO_IDS,
            entry.sequence(),
            group);
    box.restore(item, entry.stage(), entry.packetId());
  }
}
