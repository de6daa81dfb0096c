package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet.SubAck;
import io.fairlead.mqtt.codec.Packet.Subscribe;
import io.fairlead.mqtt.codec.Packet.UnsubAck;
import io.fairlead.mqtt.codec.Packet.Unsubscribe;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.SubscribeOptions.RetainHandling;
import io.fairlead.mqtt.topic.TopicFault;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the session wants to receive. Home thread only. */
final class Subscribing {
  private final Session session;
  private final SessionHost host;
  private @Nullable SubscribePace pace; // of who subscribed in this process

  /** A filter whose retained messages are to be sent once the answer has left. */
  private record Replay(TopicFilter filter, SubscribeOptions options) {}

  Subscribing(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  void subscribe(Connection now, Subscribe packet) {
    int identifier = (int) packet.properties().number(PropertyId.SUBSCRIPTION_ID, 0);
    if (identifier != 0 && !promised(now).subscriptionIds()) {
      session.fail(now, ReasonCode.SUBSCRIPTION_IDS_NOT_SUPPORTED);
      return;
    }
    BrokerStore.Batch batch = host.store().begin();
    List<ReasonCode> reasons = new ArrayList<>(packet.wishes().size());
    List<Replay> replays = new ArrayList<>();
    for (Wish wish : packet.wishes()) {
      ReasonCode reason = one(now, wish, identifier, batch, replays);
      if (reason.error() && now.version() == MqttVersion.V3_1) {
        // This version has no word for a failure.
        session.fail(now, reason);
        return;
      }
      reasons.add(reason);
    }
    Runnable answered =
        () -> {
          now.send(new SubAck(packet.packetId(), reasons, Properties.EMPTY));
          for (Replay replay : replays) {
            session
                .delivery()
                .feed(host.retained(replay.filter()), replay.filter(), replay.options());
          }
          session.delivery().pump();
        };
    if (batch.isEmpty()) answered.run();
    else host.store().commit(batch, host.executor(), answered);
  }

  void unsubscribe(Connection now, Unsubscribe packet) {
    BrokerStore.Batch batch = host.store().begin();
    List<ReasonCode> reasons = new ArrayList<>(packet.filters().size());
    for (String text : packet.filters()) reasons.add(remove(text, batch));
    Runnable answered = () -> now.send(new UnsubAck(packet.packetId(), reasons, Properties.EMPTY));
    if (batch.isEmpty()) answered.run();
    else host.store().commit(batch, host.executor(), answered);
  }

  void restore(Map<TopicFilter, SubscribeOptions> stored) {
    stored.forEach(this::put);
  }

  /** Whether every subscription would be granted now. */
  boolean allMay(MqttRights rights) {
    if (rights == MqttRights.ALL) return true;
    for (var each : session.subscriptions().entrySet()) {
      if (!rights.maySubscribe(each.getKey(), each.getValue().qos())) return false;
    }
    return true;
  }

  /**
   * Ends the subscriptions that would not be granted now: rights went while the client was away.
   */
  void prune(MqttRights rights) {
    if (allMay(rights)) return;
    BrokerStore.Batch batch = host.store().begin();
    for (var each : List.copyOf(session.subscriptions().entrySet())) {
      if (rights.maySubscribe(each.getKey(), each.getValue().qos())) continue;
      remove(each.getKey(), batch);
    }
    host.store().commit(batch, host.executor(), () -> {});
  }

  void clear() {
    for (TopicFilter filter : session.subscriptions().keySet()) host.unsubscribe(session, filter);
    session.subscriptions().clear();
  }

  private MqttConfig.Protocol promised(Connection now) {
    return now.promised(host.config().protocol());
  }

  private ReasonCode one(
      Connection now, Wish wish, int identifier, BrokerStore.Batch batch, List<Replay> replays) {
    MqttConfig.Protocol rules = promised(now);
    TopicFilter filter;
    try {
      filter = TopicFilter.of(wish.filter(), limits());
    } catch (BadTopicException bad) {
      if (!bad.fault().isOurLimit()) return ReasonCode.TOPIC_FILTER_INVALID;
      boolean wild = bad.fault() == TopicFault.TOO_MANY_WILDCARDS;
      return beyond(wild ? MqttLimit.WILDCARDS : MqttLimit.TOPIC);
    }
    if (filter.shared() && !rules.shared()) return ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
    if (filter.hasWildcard() && !rules.wildcard()) {
      return ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
    }
    if (!now.rights(host.authorizer()).maySubscribe(filter, wish.qos())) {
      return host.config().acl().revealReason()
          ? ReasonCode.NOT_AUTHORIZED
          : ReasonCode.UNSPECIFIED_ERROR;
    }
    if (pace == null) pace = new SubscribePace();
    if (!pace.take(host.config().limits().subscribeRate(), host.clock().nanos())) {
      return beyond(MqttLimit.SUBSCRIBE_RATE);
    }
    boolean isNew = !session.subscriptions().containsKey(filter);
    if (isNew) {
      int own = session.subscriptions().size() + 1;
      if (!host.config().limits().subscriptions().admits(own)) {
        return beyond(MqttLimit.SUBSCRIPTIONS);
      }
      if (!host.roomForSubscription()) return beyond(MqttLimit.SUBSCRIPTIONS_TOTAL);
      if (filter.shared() && !host.roomForGroup(filter)) return beyond(MqttLimit.SHARED_GROUPS);
    }
    ReasonCode said =
        host.hooks().subscribing(session, filter, Math.min(wish.qos(), rules.maxQos()));
    if (said.error()) return said;
    int qos = said.code();
    SubscribeOptions options =
        SubscribeOptions.of(
            qos,
            wish.noLocal(),
            wish.retainAsPublished(),
            RetainHandling.values()[wish.retainHandling()],
            identifier);
    put(filter, options);
    if (session.persistent()) {
      if (filter.shared()) host.keepGroup(filter);
      host.store().sessions().putSubscription(batch, session.number(), filter, options);
    }
    if (!filter.shared() && options.retainHandling().sendsWhen(isNew)) {
      replays.add(new Replay(filter, options));
    }
    return ReasonCode.granted(qos);
  }

  private ReasonCode remove(String text, BrokerStore.Batch batch) {
    TopicFilter filter;
    try {
      filter = TopicFilter.of(text, TopicLimits.WIDEST);
    } catch (BadTopicException _) {
      return ReasonCode.TOPIC_FILTER_INVALID;
    }
    return remove(filter, batch);
  }

  private ReasonCode remove(TopicFilter filter, BrokerStore.Batch batch) {
    if (session.subscriptions().remove(filter) == null) return ReasonCode.NO_SUBSCRIPTION_EXISTED;
    host.unsubscribe(session, filter);
    if (filter.shared()) session.delivery().member(filter, false);
    if (session.persistent()) {
      host.store().sessions().deleteSubscription(batch, session.number(), filter);
    }
    return ReasonCode.SUCCESS;
  }

  private void put(TopicFilter filter, SubscribeOptions options) {
    session.subscriptions().put(filter, options);
    host.subscribe(session, filter, options);
    if (filter.shared()) session.delivery().member(filter, true);
  }

  private ReasonCode beyond(MqttLimit limit) {
    host.meters().rejected(limit);
    return ReasonCode.QUOTA_EXCEEDED;
  }

  private TopicLimits limits() {
    MqttConfig.Limits limits = host.config().limits();
    return new TopicLimits(limits.topicBytes(), limits.topicLevels(), limits.wildcardsPerFilter());
  }
}
