package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Route;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.Grant;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.Receiver;
import io.fairlead.mqtt.topic.SharedGroup;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message and all it is meant for. On the publisher's shard, for one turn. */
final class Fanout implements Route {
  private static final int[] NO_IDS = {};

  private final Shard shard;
  private final @Nullable Session from;
  private final Message message;
  private final Matches<Session> matches;
  private final Map<Object, Long> sequences;
  private final ReasonCode reason;
  private final boolean promised;

  /**
   * @param promised sessions have a place for it
   * @param sequences of the sessions and shared groups that the message was kept for
   */
  Fanout(
      Shard shard,
      @Nullable Session from,
      Message message,
      Matches<Session> matches,
      Map<Object, Long> sequences,
      ReasonCode reason,
      boolean promised) {
    this.shard = shard;
    this.from = from;
    this.message = message;
    this.matches = matches;
    this.sequences = sequences;
    this.reason = reason;
    this.promised = promised;
  }

  @Override
  public ReasonCode reason() {
    return reason;
  }

  @Override
  public void deliver() {
    if (reason.error() || matches.isEmpty()) return;
    matches.forEachReceiver(this::give);
    for (SharedGroup<Session> group : matches.groups()) {
      shard.groups().give(group, message, sequence(group));
    }
  }

  private void give(Receiver<Session> receiver) {
    Session session = receiver.subscriber();
    Grant grant = receiver.grant(session == from);
    if (grant == null) return;
    if (from != null && message.qos() > 0 && session.pressed()) from.slowDown();
    boolean place = promised && grant.qos() > 0;
    give(shard, session, grant, message, sequence(session), null, place);
  }

  private long sequence(Object owner) {
    return sequences.isEmpty() ? 0 : sequences.getOrDefault(owner, 0L);
  }

  static void give(
      Shard shard,
      Session session,
      Grant grant,
      Message message,
      long sequence,
      @Nullable TopicFilter group,
      boolean promised) {
    int qos = Math.min(message.qos(), grant.qos());
    boolean retain = grant.retainAsPublished() && message.retain();
    int[] ids = ids(grant);
    if (session.host() == shard) {
      session.deliver(message, qos, retain, ids, sequence, group, promised);
    } else {
      shard.hand(new Shard.Handed(session, message, qos, retain, ids, sequence, group, promised));
    }
  }

  private static int[] ids(Grant grant) {
    int count = grant.identifierCount();
    if (count == 0) return NO_IDS;
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) ids[i] = grant.identifier(i);
    return ids;
  }
}
