package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What others have to say about messages and subscriptions, after rights were looked at, and what
 * they want to hear of sessions. Asked on event loops: never blocks, never throws. Each default is
 * that of somebody with nothing to say.
 */
public interface Hooks {
  /** Nobody has anything to say. */
  Hooks NONE = new Hooks() {};

  /** In place of a message: it is refused, and the client is told if it can be. */
  Message REFUSED =
      new Message(new byte[0], new byte[0], 0, false, Properties.EMPTY, Message.NEVER, "");

  /**
   * A client published.
   *
   * @param will it is the client's will
   * @return what goes on, perhaps changed; null: nothing, though the client is told it did; or
   *     {@link #REFUSED}
   */
  default @Nullable Message incoming(Session from, Message message, boolean will) {
    return message;
  }

  /** Whether an answer about messages may take time; if so {@link #reviewed} is asked instead. */
  default boolean reviewsMessages() {
    return false;
  }

  /**
   * The same question as {@link #incoming}, to be answered later.
   *
   * @return completes on any thread and does not fail; empty, {@link #REFUSED}: nothing goes on
   */
  default CompletableFuture<Optional<Message>> reviewed(
      Session from, Message message, boolean will) {
    return CompletableFuture.completedFuture(Optional.ofNullable(incoming(from, message, will)));
  }

  /**
   * A message is about to go out to that client.
   *
   * @return what does, perhaps changed, for this client alone; its QoS and retain flag play no
   *     part. Null: nothing
   */
  default @Nullable Message outgoing(Session to, Message message) {
    return message;
  }

  /**
   * @return the granted QoS, or why not
   */
  default ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
    return ReasonCode.granted(qos);
  }

  /** Whether an answer about subscriptions may take time; if so the next is asked instead. */
  default boolean reviewsSubscriptions() {
    return false;
  }

  /**
   * The same question as {@link #subscribing}, to be answered later.
   *
   * @return completes on any thread and does not fail
   */
  default CompletableFuture<ReasonCode> reviewed(Session session, TopicFilter filter, int qos) {
    return CompletableFuture.completedFuture(subscribing(session, filter, qos));
  }

  /**
   * Chooses a member of a shared group.
   *
   * @param by whose strategy it is
   * @param ready members that have room, one or more
   * @return which of them; less than 0: there is no answer
   */
  default int choose(String by, TopicFilter group, Message message, List<Session> ready) {
    return -1;
  }

  /** Whether the next is to be asked. */
  default boolean reviewsWills() {
    return false;
  }

  /**
   * A client that may come in says its will.
   *
   * @param then is told, on any thread and once, what becomes of it: kept, perhaps changed, with
   *     {@code SUCCESS}; none, with {@code SUCCESS}; or why the client does not come in
   */
  default void willSaid(
      MqttClient client, Packet.Will will, BiConsumer<Optional<Packet.Will>, ReasonCode> then) {
    then.accept(Optional.of(will), ReasonCode.SUCCESS);
  }

  /** There is a new session. */
  default void began(Session session) {}

  /** Its client is connected. */
  default void connected(Session session, boolean sessionPresent) {}

  /** Another connection of its client takes it over. */
  default void takenOver(Session session) {}

  /**
   * It has no connection any more.
   *
   * @param reason {@code client}, {@code lost}, or the word of the reason that the client was told
   */
  default void disconnected(Session session, String reason) {}

  /** It ended for good. */
  default void ended(Session session, boolean expired) {}

  /** It has that subscription now, or other options for it. */
  default void subscribed(Session session, TopicFilter filter, int qos) {}

  /** On its client's wish, or because the right went. */
  default void unsubscribed(Session session, TopicFilter filter) {}
}
