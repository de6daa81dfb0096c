package io.fairlead.mqtt.delivery;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.MemorySteps;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.topic.TopicTree;
import io.fairlead.mqtt.trace.Traces;
import io.fairlead.net.budget.MemoryBudget;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all shards share: subscriptions, retained messages, the store, and which shard is home to
 * which client. Thread-safe.
 */
public final class BrokerCore {
  /** Where a session lives that is not there yet. */
  public enum Home {
    /** On the event loop of the connection that opens it: nothing has to change threads. */
    CONNECTION,
    /** On the loop that the client id's hash says. */
    HASH
  }

  /** One thread that sessions live on. */
  public record Thread(Executor executor, Timers timers) {}

  private final BrokerStore store;
  private final BrokerMeters meters;
  private final EventBus events;
  private final Clock clock;
  private final Home home;
  private final TopicTree<Session> tree;
  private final Retention retention;
  private final SharedWaiting waiting;
  private final Roster roster = new Roster();
  private final SessionsByUser sessionsByUser = new SessionsByUser();
  private final List<Shard> shards = new ArrayList<>();
  private final ConcurrentHashMap<String, Shard> homes = new ConcurrentHashMap<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger connectedMost = new AtomicInteger();
  private final LongAdder expired = new LongAdder();
  private volatile MqttConfig config;
  private volatile Hooks hooks = Hooks.NONE;
  private volatile MqttAuthorizer authorizer;
  private final Traces traces;
  private volatile boolean leaving;
  private volatile boolean shut; // to clients, by the operator
  private volatile MemorySteps memory = new MemorySteps(MemoryBudget.unlimited());

  /**
   * @param threads one for each shard
   */
  public BrokerCore(
      List<Thread> threads,
      Home home,
      BrokerStore store,
      BrokerMeters meters,
      EventBus events,
      Clock clock,
      Randomness randomness) {
    this.store = store;
    this.meters = meters;
    this.events = events;
    this.clock = clock;
    this.home = home;
    this.tree = new TopicTree<>(randomness);
    this.retention = new Retention(store, randomness);
    this.waiting = new SharedWaiting(store, meters);
    this.traces = new Traces(clock);
    this.config = MqttConfig.DEFAULTS;
    this.authorizer = MqttAuthorizer.open();
    for (Thread thread : threads)
      shards.add(new Shard(this, shards.size(), thread, threads.size()));
  }

  /** From here on memory is short when these steps say so. */
  public void heed(MemorySteps next) {
    memory = next;
  }

  /** What is done without while memory is short. */
  public MemorySteps memory() {
    return memory;
  }

  /** From here on decisions go by these. */
  public void decideBy(MqttConfig nextConfig, MqttAuthorizer nextAuthorizer) {
    store.linger(nextConfig.persistence().linger());
    config = nextConfig;
    authorizer = nextAuthorizer;
  }

  public MqttConfig config() {
    return config;
  }

  public MqttAuthorizer authorizer() {
    return authorizer;
  }

  public BrokerStore store() {
    return store;
  }

  public BrokerMeters meters() {
    return meters;
  }

  public Clock clock() {
    return clock;
  }

  /** What single clients say and are told, where somebody looks. */
  public Traces traces() {
    return traces;
  }

  public Retention retention() {
    return retention;
  }

  public List<Shard> shards() {
    return List.copyOf(shards);
  }

  public Shard shard(int index) {
    return shards.get(index);
  }

  /** Subscriptions of all sessions. */
  public int subscriptions() {
    return tree.subscriptions();
  }

  /** Sessions, connected or not. */
  public int sessions() {
    return homes.size();
  }

  public int connected() {
    return connected.get();
  }

  /** The most there were at once. */
  public int connectedMost() {
    return connectedMost.get();
  }

  /** Sessions that ended because their time was over. */
  public long expired() {
    return expired.sum();
  }

  /** Whether a shard is given more than it takes; who publishes should pause. */
  public boolean congested() {
    int count = shards.size();
    if (count == 1) return false; // nothing is handed over
    for (int i = 0; i < count; i++) if (shards.get(i).congested()) return true;
    return false;
  }

  /** No new clients from here on. */
  public void drain() {
    leaving = true;
  }

  /** Nobody new until {@link #resume}: the store changes hands. */
  public void pause() {
    leaving = true;
  }

  /** All sessions have left; they may come back. */
  public void resume() {
    retention.clear();
    waiting.clear();
    leaving = false;
  }

  /** Lets no client in, or again; what is part of the process comes and goes. */
  void shut(boolean now) {
    shut = now;
  }

  /** Whether clients are let go and none is let in. */
  public boolean draining() {
    return leaving || shut;
  }

  /** Whether the broker itself goes. */
  public boolean leaving() {
    return leaving;
  }

  /**
   * The shard that is home to a client.
   *
   * @param here the shard of the connection that asks
   */
  public Shard homeOf(String clientId, Shard here) {
    Shard there = homes.get(clientId);
    if (there != null) return there;
    return home == Home.CONNECTION
        ? here
        : shards.get(Math.floorMod(clientId.hashCode() * 0x9E3779B9 >>> 7, shards.size()));
  }

  /** The session's shard, if there is such a session. */
  public Optional<Shard> find(String clientId) {
    return Optional.ofNullable(homes.get(clientId));
  }

  /**
   * Sessions of the store come back, without connections; {@link #wake} is next. Before anything
   * else.
   *
   * @return completes on a shard's thread once all are back; fails if the store cannot be read
   */
  public CompletionStage<Void> restore() {
    retention.restore();
    waiting.restore();
    Returning returning = new Returning(shards);
    store
        .sessions()
        .forEach(
            stored -> {
              Shard shard = homeOf(stored.clientId(), shards.getFirst());
              homes.put(stored.clientId(), shard);
              returning.add(shard, stored);
            });
    return returning.all();
  }

  /** All that was restored goes on: times run, wills are published. */
  public void wake() {
    waiting.restored();
    shards.forEach(shard -> shard.executor().execute(shard::wake));
  }

  TopicTree<Session> tree() {
    return tree;
  }

  SessionsByUser sessionsByUser() {
    return sessionsByUser;
  }

  /** What a client of version 5 is told that is sent elsewhere; empty: it is only sent away. */
  Properties redirection() {
    return config
        .drain()
        .redirect()
        .map(to -> Properties.of().with(PropertyId.SERVER_REFERENCE, to).build())
        .orElse(Properties.EMPTY);
  }

  SharedWaiting waiting() {
    return waiting;
  }

  /** Whose sessions there are. */
  public Roster roster() {
    return roster;
  }

  /** Who is asked about messages and subscriptions from now on. */
  public void askedToo(Hooks next) {
    hooks = next;
  }

  /** Who is asked now. */
  public Hooks hooks() {
    return hooks;
  }

  /** Something that happened. */
  public void announce(GatewayEvent event) {
    events.publish(event);
  }

  EventBus events() {
    return events;
  }

  /** Makes a shard the home, unless another is. */
  Shard claim(String clientId, Shard shard) {
    Shard there = homes.putIfAbsent(clientId, shard);
    return there == null ? shard : there;
  }

  void release(String clientId, Shard shard) {
    homes.remove(clientId, shard);
  }

  /** A client was not let in. */
  public void refused(SocketAddress remote, ReasonCode reason) {
    meters.refused();
    String from =
        remote instanceof InetSocketAddress inet && inet.getAddress() != null
            ? inet.getAddress().getHostAddress()
            : "unknown";
    events.publish(new GatewayEvent.MqttRefused(clock.wall(), from, reason.word()));
  }

  void connectedOneMore() {
    int now = connected.incrementAndGet();
    connectedMost.accumulateAndGet(now, Math::max);
  }

  void connectedOneLess() {
    connected.decrementAndGet();
  }

  void sessionExpired() {
    expired.increment();
  }
}
