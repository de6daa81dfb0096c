package io.fairlead.mqtt.session;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the broker knows of one client, with a connection or without.
 *
 * <pre>
 * new       --attach-->            connected
 * connected --connection lost-->   away       (will: now, or after its delay)
 * connected --DISCONNECT-->        away       (will: forgotten unless asked for)
 * away      --attach-->            connected  (will: cancelled; what is in flight goes out again)
 * connected --revoked-->           frozen     (if it outlives its connection; will: forgotten)
 * away      --revoked-->           frozen     (gets nothing, keeps what it had)
 * frozen    --attach-->            connected  (its owner has rights again)
 * connected, away, frozen --expired, clean start, deleted--> ended
 * </pre>
 *
 * <p>Home thread only, but for what is marked: those read a moment ago's state.
 */
public final class Session {
  static final long FOREVER_SECONDS = 0xffff_ffffL;

  /**
   * The last packet id of a message to a client. Those after it are never in flight: a bridge asks
   * the other broker for subscriptions under them.
   */
  public static final int MESSAGE_ID_MAX = 65_533;

  private final SessionHost host;
  private final String clientId;
  private final long number;
  private final Map<TopicFilter, SubscribeOptions> subscriptions = new LinkedHashMap<>(2);
  private final BitSet inboundIds = new BitSet(0);
  private final AtomicLong sequences = new AtomicLong();
  private final Delivery delivery;
  private final Publishing publishing;
  private final Subscribing subscribing;
  private final WillKeeper will;
  private Principal principal;
  private boolean rich;
  private long expirySeconds;
  private long storedEnd = Message.NEVER; // between restore and wake
  private boolean asleep; // likewise
  private Timers.@Nullable Handle expiry;
  private @Nullable Connection connection;
  private @Nullable Connection expected;
  private volatile boolean connected;
  private volatile boolean persistent;
  private @Nullable Patience patience; // once an answer was due
  private boolean lingers; // its last connection reads what the store still has for it
  private boolean expired;
  private boolean frozen;
  private volatile boolean over;
  private volatile boolean slowed;

  public Session(SessionHost host, String clientId, Principal principal, long number) {
    this.host = host;
    this.clientId = clientId;
    this.principal = principal;
    this.number = number;
    this.delivery = new Delivery(this, host);
    this.publishing = new Publishing(this, host);
    this.subscribing = new Subscribing(this, host);
    this.will = new WillKeeper(this, host);
  }

  public String clientId() {
    return clientId;
  }

  /** In the store; meaningful while it is {@link #persistent}. */
  public long number() {
    return number;
  }

  public SessionHost host() {
    return host;
  }

  public Principal principal() {
    return principal;
  }

  /** Any thread. */
  public boolean connected() {
    return connected;
  }

  /** Whether it outlives its connection. Any thread. */
  public boolean persistent() {
    return persistent;
  }

  /** Whether its owner lost every right, so that it gets nothing. */
  public boolean frozen() {
    return frozen;
  }

  /** Any thread. */
  public boolean over() {
    return over;
  }

  /** The number of the next message kept for it. Any thread. */
  public long nextSequence() {
    return sequences.incrementAndGet();
  }

  public Optional<Connection> connection() {
    return Optional.ofNullable(connection);
  }

  public Map<TopicFilter, SubscribeOptions> subscriptions() {
    return subscriptions;
  }

  /** Whether it could take a message that must not be lost, now. Any thread. */
  public boolean ready() {
    return connected && delivery.room();
  }

  /** Messages it has not acknowledged. Any thread. */
  public int inflight() {
    return delivery.inflight();
  }

  /** Messages that wait for it. Any thread. */
  public int queued() {
    return delivery.queued();
  }

  /** Whether one message more would be one too many. Any thread. */
  public boolean full() {
    return delivery.full();
  }

  /** Whether who publishes to it should pause, for it takes messages slower. Any thread. */
  public boolean pressed() {
    return delivery.pressed();
  }

  /** One that it published to cannot keep up. */
  public void slowDown() {
    slowed = true;
  }

  /** Whether its client is to be read slower; asked once. Any thread. */
  public boolean takeSlowed() {
    if (!slowed) return false;
    slowed = false;
    return true;
  }

  /** Messages lost since the client was last told. */
  public long takeDropped() {
    return delivery.takeDropped();
  }

  /**
   * Its client began anew while the session went on: ids of messages it has not finished mean
   * nothing any more.
   */
  public void forgetInbound() {
    publishing.forgetIds();
  }

  BitSet inboundIds() {
    return inboundIds;
  }

  Delivery delivery() {
    return delivery;
  }

  public WillKeeper will() {
    return will;
  }

  /** A connection is on its way in; one that was before it is not let in any more. */
  public void expect(Connection next) {
    expected = next;
  }

  /** The connection that is on its way in, if one is. */
  public Optional<Connection> coming() {
    return Optional.ofNullable(expected);
  }

  /** Whether that connection is the last that was on its way. */
  public boolean expects(Connection next) {
    return expected == next;
  }

  /**
   * A connection takes the session over; the one before was detached. The caller has sent CONNACK.
   *
   * @param seconds how long the session outlives it
   */
  public void attach(Connection next, long seconds) {
    if (connection != null) throw new IllegalStateException("session has a connection");
    connection = next;
    expected = null;
    principal = next.client().principal();
    rich = next.version().rich();
    cancelExpiry();
    setExpiry(seconds);
    if (lingers && !delivery.stows()) leaveStore();
    connected = true;
    if (frozen) subscribing.thaw();
    frozen = false;
    subscribing.prune(next.rights(host.authorizer()));
    publishing.connected();
    delivery.resume(next);
  }

  /**
   * What it is to remember from now on; before {@link #attach}, so that CONNACK can wait for it.
   */
  public void keep(BrokerStore.Batch batch, long seconds, boolean richVersion) {
    // Its last connection may not be let in after all, and may read what only the store has.
    lingers = seconds == 0 && persistent && (connection == null || delivery.stows());
    boolean keeps = seconds > 0 || lingers;
    if (keeps) {
      store().sessions().put(batch, stored(seconds, richVersion, Message.NEVER));
    } else if (persistent) {
      store().sessions().delete(batch, number);
    }
    if (keeps && !persistent) {
      subscriptions.forEach(
          (filter, options) -> {
            if (filter.shared()) host.keepGroup(filter);
            store().sessions().putSubscription(batch, number, filter, options);
          });
    }
    persistent = keeps;
  }

  /** Its last connection is let in, and what it has is here. */
  private void leaveStore() {
    BrokerStore.Batch batch = store().begin();
    store().sessions().delete(batch, number);
    store().commit(batch);
    lingers = false;
    persistent = false;
  }

  public void setExpiry(long seconds) {
    expirySeconds = seconds;
    persistent = seconds > 0 || lingers;
  }

  public long expirySeconds() {
    return expirySeconds;
  }

  /**
   * The connection is gone, for whatever reason; it has been told or cannot be.
   *
   * @param willToo whether the client's will is to be published
   */
  public void detach(boolean willToo) {
    Connection before = connection;
    if (before == null) return;
    connection = null;
    connected = false;
    if (patience != null) patience.forget();
    patience = null;
    host.detached(this, before.endedBy());
    delivery.suspend();
    boolean ends = expirySeconds == 0;
    if (willToo) {
      will.arm(ends ? 0 : expirySeconds);
    } else {
      will.forget();
    }
    if (ends) {
      end();
      return;
    }
    BrokerStore.Batch batch = store().begin();
    long endsAt = endsAtMillis();
    store().sessions().put(batch, stored(expirySeconds, rich, endsAt));
    store().commit(batch);
    if (endsAt != Message.NEVER) expireAt(endsAt);
  }

  /** It comes back from the store, without a connection; {@link #wake} is next. */
  public void restore(SessionStore.Stored stored) {
    asleep = true;
    rich = stored.rich();
    lingers = stored.expirySeconds() == 0;
    setExpiry(stored.expirySeconds());
    storedEnd = stored.endsAtMillis();
    subscribing.restore(stored.subscriptions());
    stored.inboundIds().forEach(inboundIds::set);
    sequences.set(delivery.restore(number));
  }

  /**
   * All sessions are back: its time and that of its will go on. Not before, because a will that is
   * due has to find everybody.
   */
  public void wake() {
    if (!asleep) return; // it began meanwhile: part of this process
    asleep = false;
    subscribing.wake();
    will.restore(number);
    // A clock that was set back must not make a session's time longer than it asked for.
    long endsAt = Math.min(storedEnd, endsAtMillis());
    if (endsAt == Message.NEVER) return;
    if (storedEnd != endsAt) {
      // The broker went away under its connection: its time begins now, once.
      BrokerStore.Batch batch = store().begin();
      store().sessions().put(batch, stored(expirySeconds, rich, endsAt));
      store().commit(batch);
    }
    expireAt(endsAt);
  }

  /** Ends for good: all it had goes, its will is published if it waits. */
  public void end() {
    BrokerStore.Batch batch = store().begin();
    end(batch);
    if (!batch.isEmpty()) store().commit(batch);
  }

  /**
   * Ends likewise.
   *
   * @param batch gets what the store is to forget
   */
  public void end(BrokerStore.Batch batch) {
    if (over) return;
    over = true;
    connected = false;
    cancelExpiry();
    will.sessionEnds();
    subscribing.clear();
    delivery.clear();
    if (persistent) store().sessions().delete(batch, number);
    persistent = false;
    host.hooks().ended(this, expired);
    host.ended(this);
  }

  /** Leaves this process: it goes from memory and stays in the store. Has no connection. */
  public void leave() {
    if (over) return;
    over = true;
    cancelExpiry();
    will.leave();
    subscribing.clear();
    delivery.leave();
    host.ended(this);
  }

  /**
   * The connection on its way in is not let in after all: without a session before it there is none
   * now; one that was there stays for its time, counted from now, as if nobody had come for it but
   * for the will.
   *
   * @param revoked its owner lost every right, so that nothing comes in any more
   */
  public void turnAway(boolean revoked) {
    expected = null;
    if (expirySeconds == 0) {
      end();
      return;
    }
    will.forget();
    BrokerStore.Batch batch = store().begin();
    keep(batch, expirySeconds, rich);
    long endsAt = endsAtMillis();
    store().sessions().put(batch, stored(expirySeconds, rich, endsAt));
    store().commit(batch);
    cancelExpiry();
    if (endsAt != Message.NEVER) expireAt(endsAt);
    if (revoked) revoke();
  }

  /**
   * Its owner lost every right: connection and will go at once, and nothing comes in any more. What
   * it has is kept until its time is over, for an owner who returns.
   */
  public void revoke() {
    Connection now = connection;
    if (now != null) {
      now.end(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY);
      detach(false);
    } else {
      will.forget();
    }
    if (over || frozen) return;
    frozen = true;
    subscribing.freeze();
  }

  /**
   * Whether its client may still do what it does: its subscriptions, its will, what it publishes.
   */
  public boolean mayGoOn() {
    Connection now = connection;
    if (now == null) return true;
    MqttRights rights = now.rights(host.authorizer());
    boolean willMay =
        now.connect()
            .will()
            .map(said -> rights.mayPublish(said.topic(), said.qos(), said.retain()))
            .orElse(true);
    return willMay && subscribing.allMay(rights) && publishing.mayGoOn(now, rights);
  }

  /** Promises a message a place in its queue; false: there is none. Any thread. */
  public boolean promise(Message message) {
    return delivery.promise(message);
  }

  /** A message that was promised a place will not come. Any thread. */
  public void unpromise(Message message) {
    delivery.unpromise(message);
  }

  /**
   * A message for it.
   *
   * @param promised it has a place in the queue, which is its own no longer
   */
  public void deliver(
      Message message,
      int qos,
      boolean retain,
      int[] subscriptionIds,
      long sequence,
      @Nullable TopicFilter group,
      boolean promised) {
    delivery.deliver(message, qos, retain, subscriptionIds, sequence, group, promised);
    // Not before: the place would be given to another, and the queue have one more than it may.
    if (promised) delivery.unpromise(message);
  }

  /** Its connection may be written to again. */
  public void onWritable() {
    delivery.pump();
  }

  /** A packet of its client, other than those that begin and end a connection. */
  public void accept(Packet packet) {
    Connection now = connection;
    if (now == null || now.ended()) return;
    now.received(packet);
    Patience waits = patience;
    if (waits != null && waits.awaits() && standsInLine(packet)) {
      waits.standInLine(
          packet,
          () -> {
            if (connection == now && !now.ended()) act(now, packet);
          });
      return;
    }
    act(now, packet);
  }

  /** Whether the order in which the client says it matters. */
  private static boolean standsInLine(Packet packet) {
    return packet instanceof Packet.Publish
        || packet instanceof Packet.Subscribe
        || packet instanceof Packet.Unsubscribe;
  }

  private void act(Connection now, Packet packet) {
    switch (packet) {
      case Packet.Publish publish -> publishing.accept(now, publish);
      case Ack ack -> acknowledged(now, ack);
      case Packet.Subscribe subscribe -> subscribing.subscribe(now, subscribe);
      case Packet.Unsubscribe unsubscribe -> subscribing.unsubscribe(now, unsubscribe);
      case Packet.PingReq _ -> now.send(Packet.PingResp.INSTANCE);
      default -> fail(now, ReasonCode.PROTOCOL_ERROR);
    }
  }

  /**
   * What the client sends from here on stands in line until there is an answer about what it sent.
   *
   * @param answer does not fail
   * @param then not called if the broker ends the connection before
   */
  <T> void await(Connection now, CompletableFuture<T> answer, Consumer<? super T> then) {
    Patience waits = patience;
    if (waits == null) patience = waits = new Patience(host);
    waits.await(now, answer, then);
  }

  /** Whether an answer is due, and what came after it stands in line. */
  public boolean awaits() {
    return patience != null && patience.awaits();
  }

  /** Its connection is over on the client's side: runs it once what came before is done with. */
  public void leave(Runnable end) {
    if (patience == null) end.run();
    else patience.leave(end);
  }

  /** Ends at once what {@link #leave} has begun. */
  public void hurry() {
    if (patience != null) patience.hurry();
  }

  private void acknowledged(Connection now, Ack ack) {
    switch (ack.type()) {
      case PUBACK -> delivery.onPubAck(now, ack);
      case PUBREC -> delivery.onPubRec(now, ack);
      case PUBCOMP -> delivery.onPubComp(ack);
      default -> publishing.release(now, ack.packetId());
    }
  }

  /** Ends the connection for what its client did; the will is published. */
  void fail(Connection now, ReasonCode reason) {
    now.end(reason, Properties.EMPTY);
    if (now == connection) detach(true);
  }

  BrokerStore store() {
    return host.store();
  }

  /** Wall time now. */
  long wallMillis() {
    return host.clock().wall().toEpochMilli();
  }

  private SessionStore.Stored stored(long seconds, boolean richVersion, long endsAt) {
    return new SessionStore.Stored(
        number,
        clientId,
        principal.id(),
        richVersion,
        seconds,
        endsAt,
        Map.of(),
        java.util.Set.of());
  }

  private long endsAtMillis() {
    return expirySeconds >= FOREVER_SECONDS ? Message.NEVER : wallMillis() + expirySeconds * 1000;
  }

  private void expireAt(long wallMillis) {
    java.time.Duration left = java.time.Duration.ofMillis(Math.max(0, wallMillis - wallMillis()));
    expiry = host.timers().after(left, this::expire);
  }

  private void expire() {
    host.expired(this);
    expired = true;
    end();
  }

  private void cancelExpiry() {
    if (expiry != null) expiry.cancel();
    expiry = null;
  }
}
