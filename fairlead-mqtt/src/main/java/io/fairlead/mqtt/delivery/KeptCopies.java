package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.topic.Grant;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.SharedGroup;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the store is given of a message that must not be lost. Any thread. */
final class KeptCopies {
  private final BrokerStore store;
  private final SharedWaiting waiting;

  KeptCopies(BrokerCore core) {
    this.store = core.store();
    this.waiting = core.waiting();
  }

  /**
   * Puts it into the queues of sessions that outlive their connection, and of groups with such a
   * member.
   *
   * @return sequence numbers by session or shared group
   */
  Map<Object, Long> keep(
      Matches<Session> matches, @Nullable Session from, Message message, BrokerStore.Batch batch) {
    Map<Object, Long> sequences = new IdentityHashMap<>(2);
    matches.forEachReceiver(
        receiver -> {
          Session session = receiver.subscriber();
          if (!session.persistent()) return;
          Grant grant = receiver.grant(session == from);
          if (grant == null || grant.qos() == 0) return;
          long sequence = session.nextSequence();
          int[] ids = new int[grant.identifierCount()];
          for (int i = 0; i < ids.length; i++) ids[i] = grant.identifier(i);
          store
              .queues()
              .put(
                  batch,
                  session.number(),
                  new QueueStore.Entry(
                      sequence,
                      message,
                      Math.min(message.qos(), grant.qos()),
                      grant.retainAsPublished() && message.retain(),
                      ids,
                      QueueStore.Stage.WAITING,
                      0));
          sequences.put(session, sequence);
        });
    List<SharedGroup<Session>> groups = matches.groups();
    for (int i = 0; i < groups.size(); i++) keep(groups.get(i), message, batch, sequences);
    return sequences;
  }

  private void keep(
      SharedGroup<Session> group,
      Message message,
      BrokerStore.Batch batch,
      Map<Object, Long> sequences) {
    SharedWaiting.Kept kept = waiting.kept(group.filter());
    if (kept == null) return;
    long sequence = kept.nextSequence();
    store
        .queues()
        .put(
            batch,
            kept.number,
            new QueueStore.Entry(
                sequence,
                message,
                message.qos(),
                message.retain(),
                new int[0],
                QueueStore.Stage.WAITING,
                0));
    sequences.put(group, sequence);
  }
}
