package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.codec.Utf8;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way of messages from the session's client: what may not be is refused, the rest is routed,
 * kept, then acknowledged in the order it came.
 *
 * <pre>
 * QoS 1  authorise, ask, route, commit, PUBACK
 * QoS 2  new id:   authorise, ask, commit id and message, deliver, PUBREC
 *        known id: PUBREC again
 *        PUBREL:   forget the id, commit, PUBCOMP
 * </pre>
 *
 * Home thread only.
 */
final class Publishing {
  private final Session session;
  private final SessionHost host;
  private int heldIds; // on this connection

  // The last decision about what the client may publish to.
  private byte @Nullable [] decidedTopic;
  private @Nullable MqttRights decidedBy;
  private int decidedFlags;
  private ReasonCode decided = ReasonCode.SUCCESS;

  Publishing(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  void accept(Connection now, Publish publish) {
    host.meters().received(publish.qos());
    MqttConfig config = host.config();
    MqttConfig.Protocol rules = config.protocol();
    MqttConfig.Protocol promised = now.promised(rules);
    if (publish.qos() > promised.maxQos()) {
      session.fail(now, ReasonCode.QOS_NOT_SUPPORTED);
      return;
    }
    if (publish.retain() && !promised.retain()) {
      session.fail(now, ReasonCode.RETAIN_NOT_SUPPORTED);
      return;
    }
    byte[] topic = topic(now, publish);
    if (topic == null) return;
    if (responseTopicWild(publish.properties())) {
      session.fail(now, ReasonCode.PROTOCOL_ERROR);
      return;
    }
    if (publish.qos() == 0) {
      acceptDroppable(now, publish, topic, rules);
      return;
    }
    boolean known = publish.qos() == 2 && session.inboundIds().get(publish.packetId());
    if (known) {
      again(now, publish.packetId());
      return;
    }
    boolean counted = now.version().rich() && !now.inside();
    if (counted && now.acks().counted() + heldIds >= promised.receiveMaximum()) {
      host.meters().rejected(MqttLimit.RECEIVE_MAXIMUM);
      session.fail(now, ReasonCode.RECEIVE_MAXIMUM_EXCEEDED);
      return;
    }
    BrokerStore.Condition condition = host.store().condition();
    if (condition != BrokerStore.Condition.SOUND) {
      unkept(now, publish, condition);
      return;
    }
    ReasonCode admission = admission(now, publish, topic, rules);
    if (admission.error()) {
      refuse(now, publish, admission, rules);
      return;
    }
    ask(now, publish, message(publish, topic));
  }

  private void ask(Connection now, Publish publish, Message message) {
    Hooks hooks = host.hooks();
    if (!hooks.reviewsMessages()) {
      goOn(now, publish, hooks.incoming(session, message, false));
      return;
    }
    CompletableFuture<Optional<Message>> answer = hooks.reviewed(session, message, false);
    if (answer.isDone()) goOn(now, publish, answer.join().orElse(null));
    else session.await(now, answer, said -> goOn(now, publish, said.orElse(null)));
  }

  /**
   * @param message null: it goes no further
   */
  private void goOn(Connection now, Publish publish, @Nullable Message message) {
    if (message == Hooks.REFUSED) {
      refuse(now, publish, ReasonCode.IMPLEMENTATION_SPECIFIC, host.config().protocol());
      return;
    }
    if (message == null) {
      if (publish.qos() == 0) return;
      PacketType type = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
      answer(now, type, publish.packetId(), ReasonCode.SUCCESS);
      return;
    }
    switch (publish.qos()) {
      case 0 -> unacknowledged(message);
      case 1 -> once(now, publish, message);
      default -> exactlyOnce(now, publish, message);
    }
  }

  /** Whether what the client published to lately, before its rights changed, it still may. */
  boolean mayGoOn(Connection now, MqttRights rights) {
    MqttRights former = now.takeFormerRights();
    if (former == null) return true;
    byte[] topic = decidedTopic;
    if (topic != null
        && decidedBy == former
        && decided == ReasonCode.SUCCESS
        && !rights.mayPublish(topic, decidedFlags >> 1, (decidedFlags & 1) != 0)) {
      return false;
    }
    return former.publishesStillUnder(rights);
  }

  /**
   * Another connection has come: what the client may send begins anew (MQTT 5.0, 4.9), whatever ids
   * of earlier ones are held.
   */
  void connected() {
    heldIds = 0;
  }

  /** Their publisher does not know them any more: the next with such an id is another message. */
  void forgetIds() {
    if (session.inboundIds().isEmpty()) return;
    BrokerStore.Batch batch = host.store().begin();
    if (session.persistent()) {
      session.inboundIds().stream()
          .forEach(id -> host.store().sessions().deleteInboundId(batch, session.number(), id));
    }
    session.inboundIds().clear();
    heldIds = 0;
    host.store().commit(batch);
  }

  /** PUBREL. */
  void release(Connection now, int packetId) {
    if (!session.inboundIds().get(packetId)) {
      now.ack(PacketType.PUBCOMP, packetId, ReasonCode.PACKET_ID_NOT_FOUND);
      return;
    }
    session.inboundIds().clear(packetId);
    heldIds = Math.max(0, heldIds - 1);
    Runnable done = () -> now.ack(PacketType.PUBCOMP, packetId, ReasonCode.SUCCESS);
    if (!session.persistent()) {
      done.run();
      return;
    }
    BrokerStore.Batch batch = host.store().begin();
    host.store().sessions().deleteInboundId(batch, session.number(), packetId);
    host.store().commit(batch, host.executor(), done);
  }

  private void acceptDroppable(
      Connection now, Publish publish, byte[] topic, MqttConfig.Protocol rules) {
    ReasonCode admission = admission(now, publish, topic, rules);
    if (admission.error()) {
      refuse(now, publish, admission, rules);
      return;
    }
    if (host.memory().dropsDroppable()) {
      host.meters().dropped(Drop.MEMORY);
      host.meters().rejected(MqttLimit.MEMORY);
      return;
    }
    ask(now, publish, message(publish, topic));
  }

  private void unacknowledged(Message message) {
    BrokerStore.Batch batch = host.store().begin();
    Route route = host.route(session, message, batch);
    if (!batch.isEmpty()) host.store().commit(batch);
    if (!route.reason().error()) route.deliver();
  }

  private void once(Connection now, Publish publish, Message message) {
    BrokerStore.Batch batch = host.store().begin();
    Route route = host.route(session, message, batch);
    Ack answer = answerOf(now, PacketType.PUBACK, publish.packetId(), route.reason());
    if (batch.isEmpty() && now.acks().size() == 0) {
      now.send(answer);
    } else {
      AckLine.Place place = now.acks().take();
      // Before the delivery: what becomes of a queue's entry must not overtake the entry.
      host.store().commit(batch, host.executor(), () -> now.acks().answer(place, answer));
    }
    if (!route.reason().error()) route.deliver();
  }

  private void exactlyOnce(Connection now, Publish publish, Message message) {
    int id = publish.packetId();
    BrokerStore.Batch batch = host.store().begin();
    Route route = host.route(session, message, batch);
    boolean taken = !route.reason().error();
    if (taken) {
      session.inboundIds().set(id);
      heldIds++;
      if (session.persistent()) {
        host.store().sessions().putInboundId(batch, session.number(), id);
      }
    }
    AckLine.Place place = taken ? now.acks().takeHeld() : now.acks().take();
    Ack answer = answerOf(now, PacketType.PUBREC, id, route.reason());
    host.store()
        .commit(
            batch, host.executor(), () -> now.acks().answer(place, answer, taken ? route : null));
  }

  /** Its id is known; not answered before that is kept, which the first time may have missed. */
  private void again(Connection now, int id) {
    BrokerStore.Batch batch = host.store().begin();
    if (session.persistent()) host.store().sessions().putInboundId(batch, session.number(), id);
    AckLine.Place place = now.acks().takeHeld();
    Ack answer = new Ack(PacketType.PUBREC, id, ReasonCode.SUCCESS);
    host.store().commit(batch, host.executor(), () -> now.acks().answer(place, answer));
  }

  /** What has to be kept cannot be: the publisher is to send it again, later. */
  private void unkept(Connection now, Publish publish, BrokerStore.Condition condition) {
    host.meters().dropped(Drop.STORE);
    if (!now.version().rich()) {
      session.fail(now, ReasonCode.QUOTA_EXCEEDED); // it has no word for it but a success
      return;
    }
    PacketType type = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    ReasonCode reason =
        condition == BrokerStore.Condition.FULL
            ? ReasonCode.QUOTA_EXCEEDED
            : ReasonCode.UNSPECIFIED_ERROR;
    answer(now, type, publish.packetId(), reason);
  }

  /** What may not be told before version 5 is success there. */
  private static Ack answerOf(Connection now, PacketType type, int id, ReasonCode reason) {
    return new Ack(type, id, now.version().rich() ? reason : ReasonCode.SUCCESS);
  }

  private static void answer(Connection now, PacketType type, int packetId, ReasonCode reason) {
    AckLine.Place place = now.acks().take();
    now.acks().answer(place, answerOf(now, type, packetId, reason));
  }

  private void refuse(
      Connection now, Publish publish, ReasonCode reason, MqttConfig.Protocol rules) {
    host.meters().dropped(reason == ReasonCode.NOT_AUTHORIZED ? Drop.NOT_AUTHORIZED : Drop.INVALID);
    boolean forbidden =
        reason == ReasonCode.NOT_AUTHORIZED || reason == ReasonCode.TOPIC_NAME_INVALID;
    if (!now.version().rich()
        && forbidden
        && rules.refusedPublish() == MqttConfig.RefusedPublish.CLOSE) {
      session.fail(now, reason);
      return;
    }
    if (publish.qos() == 0) return;
    PacketType type = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    boolean told = reason != ReasonCode.NOT_AUTHORIZED || host.config().acl().revealReason();
    answer(now, type, publish.packetId(), told ? reason : ReasonCode.UNSPECIFIED_ERROR);
  }

  private byte @Nullable [] topic(Connection now, Publish publish) {
    if (!publish.properties().has(PropertyId.TOPIC_ALIAS)) return publish.topic();
    long alias = publish.properties().number(PropertyId.TOPIC_ALIAS, 0);
    InboundAliases aliases = now.inbound();
    if (!aliases.valid(alias)) {
      host.meters().rejected(MqttLimit.TOPIC_ALIASES);
      session.fail(now, ReasonCode.TOPIC_ALIAS_INVALID);
      return null;
    }
    if (publish.topic().length > 0) {
      if (aliases.name((int) alias, publish.topic())) return publish.topic();
      host.meters().rejected(MqttLimit.TOPIC_ALIASES);
      session.fail(now, ReasonCode.QUOTA_EXCEEDED);
      return null;
    }
    byte[] topic = aliases.topic((int) alias);
    if (topic == null) session.fail(now, ReasonCode.PROTOCOL_ERROR);
    return topic;
  }

  private ReasonCode admission(
      Connection now, Publish publish, byte[] topic, MqttConfig.Protocol rules) {
    if (rules.validatePayloadFormat()
        && publish.properties().number(PropertyId.PAYLOAD_FORMAT, 0) == 1
        && !Utf8.valid(publish.payload())) {
      return ReasonCode.PAYLOAD_FORMAT_INVALID;
    }
    MqttRights rights = now.rights(host.authorizer());
    int flags = publish.qos() << 1 | (publish.retain() ? 1 : 0);
    if (topic != decidedTopic || rights != decidedBy || flags != decidedFlags) {
      decided = decide(publish, topic, rules, rights);
      decidedTopic = topic;
      decidedBy = rights;
      decidedFlags = flags;
    }
    return decided;
  }

  private static ReasonCode decide(
      Publish publish, byte[] topic, MqttConfig.Protocol rules, MqttRights rights) {
    if (ReservedTopics.reserved(topic, rules.publishDollar())) return ReasonCode.TOPIC_NAME_INVALID;
    return rights.mayPublish(topic, publish.qos(), publish.retain())
        ? ReasonCode.SUCCESS
        : ReasonCode.NOT_AUTHORIZED;
  }

  private Message message(Publish publish, byte[] topic) {
    Properties all = publish.properties();
    if (all.isEmpty()) {
      return new Message(
          topic,
          publish.payload(),
          publish.qos(),
          publish.retain(),
          all,
          Message.NEVER,
          session.clientId());
    }
    long expiry = all.number(PropertyId.MESSAGE_EXPIRY, -1);
    return new Message(
        topic,
        publish.payload(),
        publish.qos(),
        publish.retain(),
        all.only(id -> id != PropertyId.MESSAGE_EXPIRY && id != PropertyId.TOPIC_ALIAS),
        expiry < 0 ? Message.NEVER : session.wallMillis() + expiry * 1000,
        session.clientId());
  }

  private static boolean responseTopicWild(Properties properties) {
    if (properties.isEmpty()) return false;
    String topic = properties.text(PropertyId.RESPONSE_TOPIC).orElse("");
    return topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0;
  }
}
