package io.fairlead.mqtt.session;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.RetainedCursor;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a session lives in: its home thread, and the rest of the broker. */
public interface SessionHost {
  /** The home thread. */
  Executor executor();

  Timers timers();

  Clock clock();

  /** Of this moment. */
  MqttConfig config();

  MqttAuthorizer authorizer();

  BrokerMeters meters();

  /** What extensions have to say. */
  Hooks hooks();

  BrokerStore store();

  /** What is done without while memory is short. */
  MemorySteps memory();

  /**
   * Finds all that a message is meant for, and keeps it when it is to be retained.
   *
   * @param from whose client published it; null: the broker
   * @param batch gets what has to be kept before the message may be acknowledged
   */
  Route route(@Nullable Session from, Message message, BrokerStore.Batch batch);

  /**
   * @return what it had under this filter before; null: nothing
   */
  @Nullable SubscribeOptions subscribe(
      Session session, TopicFilter filter, SubscribeOptions options);

  /** Whether it had such a subscription. */
  boolean unsubscribe(Session session, TopicFilter filter);

  /** Whether all sessions together may have one more subscription. */
  boolean roomForSubscription();

  /** Whether that shared group has members, or one more may begin. */
  boolean roomForGroup(TopicFilter group);

  /** The retained messages a filter means. */
  RetainedCursor<Message> retained(TopicFilter filter);

  /** The one of exactly that topic, as it is now; null: there is none. */
  @Nullable Message retained(byte[] topic);

  /**
   * A message of a shared group that its member cannot finish goes to another.
   *
   * @param sequence in the group's queue; 0: it is not kept
   */
  void passOn(TopicFilter group, Message message, long sequence);

  /** A message that waits for a member of that group to have room. */
  Optional<Waiting> waiting(TopicFilter group);

  /** A message goes back to wait for a member. */
  void waits(TopicFilter group, Waiting message);

  /** The group has a member whose session lasts: from now on what waits for it is kept. */
  void keepGroup(TopicFilter group);

  /**
   * The number in the store of the group that kept a message.
   *
   * @return 0: nothing of it is kept, or it ended, whether or not there is one of that name again
   */
  long groupNumber(TopicFilter group, long sequence);

  /** The group with that number. */
  Optional<TopicFilter> groupOf(long number);

  /**
   * The session has no connection any more.
   *
   * @param reason {@code client}, {@code lost}, or the word of the reason that the client was told
   */
  void detached(Session session, String reason);

  /** Messages for it begin to be dropped. */
  void queueFull(Session session);

  /** Its time without a connection is over; it ends. */
  void expired(Session session);

  /** The session's end was decided; it is forgotten. */
  void ended(Session session);
}
