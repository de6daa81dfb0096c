package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Principal;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.core.unit.Limit;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.MemorySteps;
import io.fairlead.mqtt.session.Route;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.session.SessionHost;
import io.fairlead.mqtt.session.Waiting;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.topic.Matcher;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.RetainedCursor;
import io.fairlead.mqtt.topic.SharedGroup;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one event loop. Everything runs on that loop, but {@link #executor} and {@link
 * #congested}.
 */
public final class Shard implements SessionHost {
  /** Messages handed from other shards and not taken yet; QoS 0 beyond it is dropped. */
  static final int HANDED_MAX = 65_536;

  /** One message of 64 is timed. */
  private static final int TIMED = 63;

  private static final java.time.Duration FLUSH_LOOK = java.time.Duration.ofMillis(50);

  /** A message for a session of another shard. */
  record Handed(
      Session session,
      Message message,
      int qos,
      boolean retain,
      int[] ids,
      long sequence,
      @Nullable TopicFilter group,
      boolean promised) {}

  private final BrokerCore core;
  private final int index;
  private final Executor executor;
  private final Timers timers;
  private final Map<String, Session> sessions = new HashMap<>();
  private final Matcher<Session> matcher;
  private final List<List<Handed>> outgoing = new ArrayList<>();
  private final List<Runnable> turnEnd = new ArrayList<>();
  private final AtomicInteger handed = new AtomicInteger();
  private final Arrivals arrivals;
  private final KeptCopies copies;
  private final GroupDelivery groups;
  private int routed;
  private boolean turnEndScheduled;
  private @Nullable String arriving;

  Shard(BrokerCore core, int index, BrokerCore.Thread thread, int shards) {
    this.core = core;
    this.index = index;
    this.executor = thread.executor();
    this.timers = thread.timers();
    this.matcher = core.tree().matcher();
    this.arrivals = new Arrivals(core, this);
    this.copies = new KeptCopies(core);
    this.groups = new GroupDelivery(core, this);
    for (int i = 0; i < shards; i++) outgoing.add(new ArrayList<>());
  }

  int index() {
    return index;
  }

  @Override
  public Executor executor() {
    return executor;
  }

  /** Whether others hand over more than is taken; who publishes should pause. Any thread. */
  public boolean congested() {
    return handed.get() > HANDED_MAX / 2;
  }

  /** A client wants in; what it began with was checked, and who it is. */
  public void arrive(Arrivals.Arrival arrival) {
    arrivals.arrive(arrival);
  }

  /** The client said good-bye. */
  public void goodbye(Session session, Connection connection, Packet.Disconnect packet) {
    if (session.connection().orElse(null) != connection) return;
    session.leave(() -> arrivals.goodbye(session, connection, packet));
  }

  /** The connection is gone without a word. */
  public void lost(Session session, Connection connection) {
    if (session.connection().orElse(null) != connection) return;
    session.leave(() -> gone(session, connection));
  }

  private static void gone(Session session, Connection connection) {
    if (session.connection().orElse(null) == connection) session.detach(true);
  }

  /** Ends a connection on the broker's wish; the will is published. */
  public void cut(Session session, Connection connection, ReasonCode reason) {
    cut(session, connection, reason, Properties.EMPTY);
  }

  void cut(Session session, Connection connection, ReasonCode reason, Properties more) {
    session.hurry(); // a good-bye that was said holds
    connection.end(reason, more);
    gone(session, connection);
  }

  /**
   * The client proved anew who it is, or is about to; it goes if it may not do any more what it
   * does.
   *
   * @param groups it is in from now on; empty: those it was in
   */
  public void proven(
      Session session, Connection connection, Optional<Set<String>> groups, Packet.Auth answer) {
    if (session.connection().orElse(null) != connection) return;
    groups.ifPresent(now -> connection.become(connection.client().in(now)));
    if (groups.isPresent() && !session.mayGoOn()) {
      cut(session, connection, ReasonCode.NOT_AUTHORIZED);
    } else {
      connection.send(answer);
    }
  }

  /**
   * The broker goes: what the client sent is acknowledged and what waits for it is sent, if that
   * can be soon, then it is told. Its will is sent if its session ends with it, unless the
   * configuration says otherwise.
   */
  public void letGo(Session session, Connection connection) {
    long flush = config().drain().flush().toNanos();
    flushed(session, connection, clock().nanos() + flush);
  }

  private void flushed(Session session, Connection connection, long deadlineNanos) {
    if (session.connection().orElse(null) != connection) return;
    boolean waits =
        session.queued() > 0
            || session.inflight() > 0
            || connection.unacknowledged() > 0
            || session.awaits();
    if (waits && clock().nanos() - deadlineNanos < 0) {
      var _ = timers.after(FLUSH_LOOK, () -> flushed(session, connection, deadlineNanos));
      return;
    }
    farewell(session, connection);
  }

  private void farewell(Session session, Connection connection) {
    session.hurry();
    if (session.connection().orElse(null) != connection) return;
    boolean will =
        switch (config().drain().wills()) {
          case ALL -> true;
          case NONE -> false;
          case AUTO -> !session.persistent();
        };
    boolean elsewhere = config().drain().redirect().isPresent();
    connection.end(
        elsewhere ? ReasonCode.USE_ANOTHER_SERVER : ReasonCode.SERVER_SHUTTING_DOWN,
        core.redirection());
    session.detach(will);
  }

  public Optional<Session> session(String clientId) {
    return Optional.ofNullable(sessions.get(clientId));
  }

  public Collection<Session> sessions() {
    return sessions.values();
  }

  Map<String, Session> table() {
    return sessions;
  }

  void restore(SessionStore.Stored stored) {
    Principal principal = Principal.of(stored.principal());
    Session session = new Session(this, stored.clientId(), principal, stored.number());
    sessions.put(stored.clientId(), session);
    core.sessionsByUser().begin(principal, new Limit.Unlimited());
    core.roster().returned(session);
    session.restore(stored);
  }

  /** Every session leaves this process: those that outlive a connection stay in the store. */
  void leave() {
    for (Session session : List.copyOf(sessions.values())) {
      session.connection().ifPresent(now -> farewell(session, now));
      if (!session.over()) session.leave();
    }
  }

  /** All sessions of all shards are back. */
  void wake() {
    for (Session session : List.copyOf(sessions.values())) session.wake();
  }

  /** A message of the broker itself, from this thread. */
  public void publish(Message message) {
    BrokerStore.Batch batch = store().begin();
    Route route = route(null, message, batch);
    store().commit(batch, executor, route::deliver);
  }

  /** Runs once at the end of this turn; for connections that were appended to. */
  public void atTurnEnd(Runnable action) {
    turnEnd.add(action);
    scheduleTurnEnd();
  }

  @Override
  public Route route(@Nullable Session from, Message message, BrokerStore.Batch batch) {
    boolean retained = message.retain() && keeps(message);
    if (message.qos() > 0 && config().session().queue().full() == MqttConfig.WhenFull.REJECT) {
      return promised(from, message, retained, batch);
    }
    // Retained before it is matched: who subscribes on another loop between the two gets it twice,
    // and not never.
    ReasonCode kept = retained ? retain(from, message, batch) : ReasonCode.SUCCESS;
    Matches<Session> matches = match(message);
    if (kept.error()) return nobody(message, matches, kept);
    return settling(retained, message, fanout(matches, from, message, batch, false));
  }

  /** The same where nobody gets it unless all have room for it, which is known before. */
  private Route promised(
      @Nullable Session from, Message message, boolean retained, BrokerStore.Batch batch) {
    Matches<Session> matches = match(message);
    if (!PromisedPlaces.take(matches, from, message)) {
      meters().dropped(Drop.QUEUE_FULL);
      if (from != null) from.slowDown(); // before version 5 it has no other way to know
      return nobody(message, matches, ReasonCode.QUOTA_EXCEEDED);
    }
    ReasonCode kept = retained ? retain(from, message, batch) : ReasonCode.SUCCESS;
    if (kept.error()) {
      PromisedPlaces.giveBack(matches, from, message);
      return nobody(message, matches, kept);
    }
    return settling(retained, message, fanout(matches, from, message, batch, true));
  }

  private ReasonCode retain(@Nullable Session from, Message message, BrokerStore.Batch batch) {
    Limit each = config().limits().perUser().retained();
    ReasonCode kept =
        core.retention().apply(message, account(from), each, config().retained(), batch);
    if (kept == ReasonCode.QUOTA_EXCEEDED) meters().rejected(MqttLimit.RETAINED);
    return kept;
  }

  private Route settling(boolean retained, Message message, Route route) {
    return retained ? new RetainedRoute(core.retention(), message, route) : route;
  }

  private Route fanout(
      Matches<Session> matches,
      @Nullable Session from,
      Message message,
      BrokerStore.Batch batch,
      boolean promised) {
    if (matches.isEmpty()) return nobody(message, matches, ReasonCode.NO_MATCHING_SUBSCRIBERS);
    Map<Object, Long> sequences =
        message.qos() > 0 ? copies.keep(matches, from, message, batch) : Map.of();
    return new Fanout(this, from, message, matches, sequences, ReasonCode.SUCCESS, promised);
  }

  private static @Nullable String account(@Nullable Session from) {
    if (from == null || from.principal().equals(Principal.ANONYMOUS)) return null;
    return from.principal().id();
  }

  private Route nobody(Message message, Matches<Session> matches, ReasonCode reason) {
    return new Fanout(this, null, message, matches, Map.of(), reason, false);
  }

  private Matches<Session> match(byte[] topic) {
    return matcher.match(topic, 0, topic.length);
  }

  private Matches<Session> match(Message message) {
    return (++routed & TIMED) == 0 ? timed(message) : match(message.topic());
  }

  private Matches<Session> timed(Message message) {
    long begun = clock().nanos();
    message.timeFrom(begun);
    Matches<Session> matches = match(message.topic());
    meters().matched(clock().nanos() - begun);
    return matches;
  }

  /** A message that may be lost is not retained while the store takes nothing more. */
  private boolean keeps(Message message) {
    if (message.qos() > 0 || store().condition() == BrokerStore.Condition.SOUND) return true;
    meters().dropped(Drop.STORE);
    return false;
  }

  /** Who of a shared group gets a message. */
  GroupDelivery groups() {
    return groups;
  }

  @Override
  public void passOn(TopicFilter group, Message message, long sequence) {
    byte[] topic = message.topic();
    for (SharedGroup<Session> each : match(topic).groups()) {
      if (each.filter().equals(group)) {
        groups.give(each, message, sequence);
        return;
      }
    }
    meters().dropped(Drop.SESSION_ENDED); // the group has no members any more
  }

  @Override
  public Optional<Waiting> waiting(TopicFilter group) {
    return core.waiting().poll(group);
  }

  @Override
  public void waits(TopicFilter group, Waiting message) {
    core.waiting().add(group, message, config().session().queue().offline());
  }

  @Override
  public void keepGroup(TopicFilter group) {
    core.waiting().keep(group);
  }

  @Override
  public long groupNumber(TopicFilter group, long sequence) {
    return core.waiting().numberOf(group, sequence);
  }

  @Override
  public Optional<TopicFilter> groupOf(long number) {
    return core.waiting().groupOf(number);
  }

  void hand(Handed one) {
    Shard target = (Shard) one.session().host();
    if (one.qos() == 0 && target.handed.get() > HANDED_MAX) {
      meters().dropped(Drop.MEMORY);
      meters().rejected(MqttLimit.HANDED);
      return;
    }
    target.handed.incrementAndGet();
    outgoing.get(target.index).add(one);
    scheduleTurnEnd();
  }

  private void take(List<Handed> messages) {
    handed.addAndGet(-messages.size());
    for (Handed each : messages) {
      each.session()
          .deliver(
              each.message(),
              each.qos(),
              each.retain(),
              each.ids(),
              each.sequence(),
              each.group(),
              each.promised());
    }
  }

  private void scheduleTurnEnd() {
    if (turnEndScheduled) return;
    turnEndScheduled = true;
    executor.execute(this::endTurn);
  }

  private void endTurn() {
    turnEndScheduled = false;
    for (int i = 0; i < outgoing.size(); i++) {
      List<Handed> batch = outgoing.get(i);
      if (batch.isEmpty()) continue;
      outgoing.set(i, new ArrayList<>());
      Shard target = core.shard(i);
      Posted.to(target.executor, () -> target.take(batch));
    }
    for (int i = 0; i < turnEnd.size(); i++) turnEnd.get(i).run();
    turnEnd.clear();
  }

  @Override
  public Timers timers() {
    return timers;
  }

  @Override
  public Clock clock() {
    return core.clock();
  }

  @Override
  public MqttConfig config() {
    return core.config();
  }

  @Override
  public MqttAuthorizer authorizer() {
    return core.authorizer();
  }

  @Override
  public Hooks hooks() {
    return core.hooks();
  }

  @Override
  public BrokerMeters meters() {
    return core.meters();
  }

  @Override
  public BrokerStore store() {
    return core.store();
  }

  @Override
  public MemorySteps memory() {
    return core.memory();
  }

  @Override
  public @Nullable SubscribeOptions subscribe(
      Session session, TopicFilter filter, SubscribeOptions options) {
    SubscribeOptions before = core.tree().subscribe(filter, session, options);
    if (before == null && filter.shared()) core.waiting().joined(filter);
    return before;
  }

  @Override
  public boolean unsubscribe(Session session, TopicFilter filter) {
    boolean was = core.tree().unsubscribe(filter, session) != null;
    if (was && filter.shared()) core.waiting().left(filter, core.draining());
    return was;
  }

  @Override
  public boolean roomForSubscription() {
    return config().limits().subscriptionsTotal().admits(core.subscriptions() + 1L);
  }

  @Override
  public boolean roomForGroup(TopicFilter group) {
    return core.waiting().hasMembers(group)
        || config().limits().sharedGroups().admits(core.waiting().groups() + 1L);
  }

  @Override
  public RetainedCursor<Message> retained(TopicFilter filter) {
    return core.retention().match(filter);
  }

  @Override
  public @Nullable Message retained(byte[] topic) {
    return core.retention().get(topic);
  }

  @Override
  public void detached(Session session, String reason) {
    core.connectedOneLess();
    hooks().disconnected(session, reason);
    core.events()
        .publish(
            new GatewayEvent.MqttDisconnected(
                clock().wall(),
                session.clientId(),
                session.principal().id(),
                session.persistent(),
                reason));
  }

  @Override
  public void queueFull(Session session) {
    core.events()
        .publish(
            new GatewayEvent.MqttQueueFull(
                clock().wall(), session.clientId(), session.principal().id(), session.connected()));
  }

  @Override
  public void expired(Session session) {
    core.sessionExpired();
    core.events()
        .publish(
            new GatewayEvent.MqttSessionExpired(
                clock().wall(), session.clientId(), session.principal().id()));
  }

  @Override
  public void ended(Session session) {
    core.roster().forget(session);
    boolean was = sessions.remove(session.clientId(), session);
    if (was) core.sessionsByUser().end(session.principal());
    if (was && !session.clientId().equals(arriving)) core.release(session.clientId(), this);
  }

  /** While a client comes in whose old session ends, its home stays this one. */
  void arriving(@Nullable String clientId) {
    arriving = clientId;
  }
}
