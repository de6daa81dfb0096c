package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.session.Waiting;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.Grant;
import io.fairlead.mqtt.topic.Receiver;
import io.fairlead.mqtt.topic.SharedGroup;

/** Messages of shared groups on their way to a member. On the shard's thread. */
final class GroupDelivery {
  private final BrokerCore core;
  private final Shard shard;

  GroupDelivery(BrokerCore core, Shard shard) {
    this.core = core;
    this.shard = shard;
  }

  /**
   * Chooses a member of a shared group; if none has room, the message waits for one.
   *
   * @param sequence in the group's queue; 0: it is not kept
   */
  void give(SharedGroup<Session> group, Message message, long sequence) {
    if (offer(group, message, sequence)) return;
    boolean mayWait = message.qos() > 0;
    if (!mayWait) {
      core.meters().dropped(Drop.OFFLINE);
      return;
    }
    shard.waits(group.filter(), new Waiting(message, sequence));
    // A member may have got room between the question and the waiting.
    if (!MemberChoice.possible(group)) return;
    core.waiting().poll(group.filter()).ifPresent(first -> offerOrWait(group, first));
  }

  private void offerOrWait(SharedGroup<Session> group, Waiting first) {
    if (offer(group, first.message(), first.sequence())) return;
    shard.waits(group.filter(), first);
  }

  private boolean offer(SharedGroup<Session> group, Message message, long sequence) {
    Receiver<Session> member =
        MemberChoice.of(group, message, core.config().shared(), core.hooks());
    Grant grant = member == null ? null : member.grant(false);
    if (member == null || grant == null) return false;
    boolean keeps = grant.qos() > 0 && message.qos() > 0;
    if (!keeps) core.waiting().forget(group.filter(), sequence);
    Fanout.give(
        shard, member.subscriber(), grant, message, keeps ? sequence : 0, group.filter(), false);
    return true;
  }
}
