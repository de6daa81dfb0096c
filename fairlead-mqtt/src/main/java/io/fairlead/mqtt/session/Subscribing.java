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
import java.util.concurrent.CompletableFuture;
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
    goOn(new Asked(now, packet, identifier, host.store().begin()));
  }

  /** One SUBSCRIBE, as far as it was answered. */
  private static final class Asked {
    final Connection now;
    final Subscribe packet;
    final int identifier;
    final List<ReasonCode> reasons;
    final List<Replay> replays = new ArrayList<>();
    BrokerStore.Batch batch;

    Asked(Connection now, Subscribe packet, int identifier, BrokerStore.Batch batch) {
      this.now = now;
      this.packet = packet;
      this.identifier = identifier;
      this.batch = batch;
      this.reasons = new ArrayList<>(packet.wishes().size());
    }
  }

  private void goOn(Asked asked) {
    List<Wish> wishes = asked.packet.wishes();
    Hooks hooks = host.hooks();
    while (asked.reasons.size() < wishes.size()) {
      Wish wish = wishes.get(asked.reasons.size());
      Examined examined = examine(asked.now, wish);
      ReasonCode said = examined.reason();
      TopicFilter filter = examined.filter();
      if (filter != null) {
        int qos = Math.min(wish.qos(), promised(asked.now).maxQos());
        if (hooks.reviewsSubscriptions()) {
          CompletableFuture<ReasonCode> answer = hooks.reviewed(session, filter, qos);
          if (!answer.isDone()) {
            await(asked, wish, filter, answer);
            return;
          }
          said = answer.join();
        } else {
          said = hooks.subscribing(session, filter, qos);
        }
      }
      if (!take(asked, wish, filter, said)) return;
    }
    answer(asked);
  }

  /** What was granted so far is kept, whatever becomes of the connection meanwhile. */
  private void await(
      Asked asked, Wish wish, TopicFilter filter, CompletableFuture<ReasonCode> answer) {
    if (!asked.batch.isEmpty()) {
      host.store().commit(asked.batch);
      asked.batch = host.store().begin();
    }
    session.await(
        asked.now,
        answer,
        said -> {
          if (take(asked, wish, filter, said)) goOn(asked);
        });
  }

  /** Grants it, or not; false: the connection ended over it. */
  private boolean take(Asked asked, Wish wish, @Nullable TopicFilter filter, ReasonCode said) {
    if (filter != null && !said.error()) grant(asked, wish, filter, said.code());
    if (said.error() && asked.now.version() == MqttVersion.V3_1) {
      // This version has no word for a failure.
      if (host.config().protocol().refusedSubscribe() == MqttConfig.RefusedSubscribe.CLOSE) {
        session.fail(asked.now, said);
        return false;
      }
      asked.reasons.add(ReasonCode.granted(0));
      return true;
    }
    asked.reasons.add(said);
    return true;
  }

  private void answer(Asked asked) {
    Connection now = asked.now;
    Runnable answered =
        () -> {
          now.send(new SubAck(asked.packet.packetId(), asked.reasons, Properties.EMPTY));
          for (Replay replay : asked.replays) {
            boolean still = session.subscriptions().get(replay.filter()) == replay.options();
            if (still) session.delivery().feeds().add(replay.filter(), replay.options());
          }
          session.delivery().pump();
        };
    if (asked.batch.isEmpty()) answered.run();
    else host.store().commit(asked.batch, host.executor(), answered);
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

  /** A group that ended while its last member was frozen begins anew in the store. */
  void wake() {
    for (TopicFilter filter : session.subscriptions().keySet()) {
      if (filter.shared()) host.keepGroup(filter);
    }
  }

  /** Nothing comes in any more; what was subscribed is remembered, here and in the store. */
  void freeze() {
    for (TopicFilter filter : session.subscriptions().keySet()) {
      host.unsubscribe(session, filter);
      if (filter.shared()) session.delivery().member(filter, false);
    }
  }

  /** What was subscribed counts again. */
  void thaw() {
    session
        .subscriptions()
        .forEach(
            (filter, options) -> {
              host.subscribe(session, filter, options);
              if (!filter.shared()) return;
              session.delivery().member(filter, true);
              if (session.persistent()) host.keepGroup(filter);
            });
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

  /**
   * What the broker itself says of a wish.
   *
   * @param filter null: it is refused
   */
  private record Examined(@Nullable TopicFilter filter, ReasonCode reason) {
    static Examined refused(ReasonCode reason) {
      return new Examined(null, reason);
    }
  }

  private Examined examine(Connection now, Wish wish) {
    MqttConfig.Protocol rules = promised(now);
    TopicFilter filter;
    try {
      filter = TopicFilter.of(wish.filter(), limits());
    } catch (BadTopicException bad) {
      if (!bad.fault().isOurLimit()) return Examined.refused(ReasonCode.TOPIC_FILTER_INVALID);
      boolean wild = bad.fault() == TopicFault.TOO_MANY_WILDCARDS;
      return beyond(wild ? MqttLimit.WILDCARDS : MqttLimit.TOPIC);
    }
    if (filter.shared() && !rules.shared()) {
      return Examined.refused(ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
    }
    if (filter.hasWildcard() && !rules.wildcard()) {
      return Examined.refused(ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
    }
    if (!now.rights(host.authorizer()).maySubscribe(filter, wish.qos())) {
      return Examined.refused(
          host.config().acl().revealReason()
              ? ReasonCode.NOT_AUTHORIZED
              : ReasonCode.UNSPECIFIED_ERROR);
    }
    if (pace == null) pace = new SubscribePace();
    if (!pace.take(host.config().limits().subscribeRate(), host.clock().nanos())) {
      return beyond(MqttLimit.SUBSCRIBE_RATE);
    }
    if (!session.subscriptions().containsKey(filter)) {
      int own = session.subscriptions().size() + 1;
      if (!host.config().limits().subscriptions().admits(own)) {
        return beyond(MqttLimit.SUBSCRIPTIONS);
      }
      if (!host.roomForSubscription()) return beyond(MqttLimit.SUBSCRIPTIONS_TOTAL);
      if (filter.shared() && !host.roomForGroup(filter)) return beyond(MqttLimit.SHARED_GROUPS);
    }
    return new Examined(filter, ReasonCode.SUCCESS);
  }

  private void grant(Asked asked, Wish wish, TopicFilter filter, int qos) {
    boolean isNew = !session.subscriptions().containsKey(filter);
    SubscribeOptions options =
        SubscribeOptions.of(
            qos,
            wish.noLocal(),
            wish.retainAsPublished(),
            RetainHandling.values()[wish.retainHandling()],
            asked.identifier);
    put(filter, options);
    if (session.persistent()) {
      if (filter.shared()) host.keepGroup(filter);
      host.store().sessions().putSubscription(asked.batch, session.number(), filter, options);
    }
    if (!filter.shared() && options.retainHandling().sendsWhen(isNew)) {
      asked.replays.add(new Replay(filter, options));
    }
    host.hooks().subscribed(session, filter, qos);
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
    session.delivery().feeds().remove(filter);
    if (filter.shared()) session.delivery().member(filter, false);
    if (session.persistent()) {
      host.store().sessions().deleteSubscription(batch, session.number(), filter);
    }
    host.hooks().unsubscribed(session, filter);
    return ReasonCode.SUCCESS;
  }

  private void put(TopicFilter filter, SubscribeOptions options) {
    session.subscriptions().put(filter, options);
    host.subscribe(session, filter, options);
    if (filter.shared()) session.delivery().member(filter, true);
  }

  private Examined beyond(MqttLimit limit) {
    host.meters().rejected(limit);
    return Examined.refused(ReasonCode.QUOTA_EXCEEDED);
  }

  private TopicLimits limits() {
    MqttConfig.Limits limits = host.config().limits();
    return new TopicLimits(limits.topicBytes(), limits.topicLevels(), limits.wildcardsPerFilter());
  }
}
