package io.fairlead.mqtt;

import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Pause;
import io.fairlead.mqtt.acl.AclAuthorizer;
import io.fairlead.mqtt.acl.AclFile;
import io.fairlead.mqtt.bridge.BridgeReport;
import io.fairlead.mqtt.bridge.RemoteLink;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.delivery.SysTopics;
import io.fairlead.mqtt.extension.BrokerServices;
import io.fairlead.mqtt.extension.Extensions;
import io.fairlead.mqtt.extension.LocalSubscription;
import io.fairlead.mqtt.netty.MqttFace;
import io.fairlead.mqtt.netty.Surroundings;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.MemorySteps;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.StoreException;
import io.fairlead.net.listen.Face;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * The broker. Connections come in through {@link #face}; what they may do follows the configuration
 * of now.
 *
 * <p>{@link #prepare} and what it returns belong to one thread; the rest may be called by any.
 */
public final class MqttBroker implements Service, Reloadable<MqttConfig> {
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final MqttAuthenticator LOCAL = ConfiguredLogins.LOCAL;

  private final BrokerCore core;
  private final Desk desk;
  private final SysTopics sys;
  private final MqttFace face;
  private final LoginKeeper logins;
  private final MqttBridges bridges;
  private final ReturnedOwners owners;
  private final Extensions extensions;
  private final Optional<MqttAuthorizer> ownAuthorizer;
  private final Optional<MqttAuthenticator> ownAuthenticator;
  private MqttAuthenticator knowing = LOCAL; // without extensions
  private volatile MqttAuthenticator asking = LOCAL;
  private Optional<MqttAuthorizer> listed; // without extensions; empty: nobody said anything
  private final Map<String, EnhancedAuthenticator> ownMethods;
  private volatile Map<String, EnhancedAuthenticator> methods;
  private volatile boolean opened;

  MqttBroker(MqttBrokerBuilder made) {
    List<EventLoop> loops = made.loops().loops();
    List<BrokerCore.Thread> threads = new ArrayList<>();
    for (EventLoop loop : loops) {
      threads.add(new BrokerCore.Thread(loop, made.loops().timers(loop)));
    }
    core =
        new BrokerCore(
            threads,
            made.home(),
            made.store(),
            new BrokerMeters(made.meters(), made.budget().account()),
            made.events(),
            made.clock(),
            made.randomness());
    core.heed(new MemorySteps(made.budget()));
    Map<EventLoop, Shard> shards = new HashMap<>();
    for (int i = 0; i < loops.size(); i++) shards.put(loops.get(i), core.shard(i));
    ownAuthorizer = made.authorizer();
    ownAuthenticator = made.authenticator();
    extensions = made.extensions(core);
    knowBy(ownAuthenticator.orElse(LOCAL));
    logins =
        new LoginKeeper(
            made.throttle(), made.clock(), made.meters(), made.entitlements(), made.gateway());
    ownMethods = Map.copyOf(made.enhanced());
    methods = ownMethods;
    listed = ownAuthorizer;
    face =
        new MqttFace(
            new Surroundings(
                core, made.entitlements(), () -> asking, () -> methods, shards, made.randomness()),
            made.edge());
    desk = new Desk(core);
    sys = new SysTopics(core, made.version());
    bridges = new MqttBridges(made, core);
    owners =
        new ReturnedOwners(
            core.roster(), made.entitlements().membership(), core.shard(0).executor());
    observe(made.meters());
  }

  private void knowBy(MqttAuthenticator next) {
    knowing = next;
    asking = extensions.around(next);
  }

  private void observe(Meters meters) {
    meters.gauge("mqtt.clients", "Clients connected now.", core::connected);
    meters.gauge("mqtt.sessions", "Sessions, connected or not.", core::sessions);
    meters.gauge("mqtt.subscriptions", "Subscriptions of all sessions.", core::subscriptions);
    meters.gauge("mqtt.retained", "Retained messages.", () -> core.retention().size());
  }

  /** Makes a broker, for a gateway or a program that embeds one. */
  public static MqttBrokerBuilder builder() {
    return new MqttBrokerBuilder();
  }

  @Override
  public String name() {
    return "mqtt";
  }

  /**
   * Reads what was kept, before anything is promised; {@link #start} is next. Blocks.
   *
   * @throws StoreException it cannot be had, or not all of it
   */
  public void open() throws StoreException, InterruptedException {
    core.store().open();
    opened = true;
    try {
      core.restore().toCompletableFuture().get();
    } catch (ExecutionException unreadable) {
      core.store().close();
      throw StoreException.damaged(String.valueOf(unreadable.getCause()));
    } catch (RuntimeException unreadable) {
      core.store().close();
      throw StoreException.damaged(String.valueOf(unreadable.getMessage()));
    }
  }

  /** What was read goes on; listeners bring the connections. After {@link #open}. */
  @Override
  public void start() {
    extensions.start(); // before wills that are due
    knowBy(knowing);
    methods = methods(ownAuthenticator.isPresent() ? Optional.empty() : logins.scram());
    core.decideBy(core.config(), rights(core.config(), extensions.rights(), listed));
    core.wake();
    owners.look();
    sys.start();
    bridges.start();
  }

  /**
   * Gives everything away: clients are told, sessions leave memory, the store is closed and
   * unlocked. What was acknowledged is in it. May be opened and started again.
   */
  public void release(Deadline deadline) throws InterruptedException {
    bridges.stop();
    core.pause();
    sys.pause();
    desk.leave(deadline);
    core.store().close();
    opened = false;
    core.resume();
  }

  /** What is wrong with the store, in words for the operator, if something is. */
  public Optional<String> trouble() {
    return core.store().trouble();
  }

  /**
   * The end begins: lets no client in and takes no message from those there are, which their
   * listeners let go of. {@link #drain} is next. Any thread.
   */
  public void leave() {
    core.drain();
  }

  /** Refuses new clients and waits for those there are to be let go by their listeners. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    bridges.stop();
    core.drain();
    while (core.connected() > 0 && !deadline.passed()) Pause.system().sleep(LOOK);
  }

  @Override
  public void close() {
    bridges.stop();
    owners.close();
    extensions.stop();
    core.drain();
    sys.stop();
    logins.close();
    core.store().close();
  }

  /** What its listeners show: MQTT and, to who asks by HTTP, MQTT over WebSocket. */
  public Face face() {
    return face;
  }

  /** Cuts sessions of entries that lost their right. */
  public Revocable revocable() {
    return core.roster();
  }

  /** For operators. */
  public Desk desk() {
    return desk;
  }

  /**
   * Subscribes within the process, without a socket: as a client with every right and a session
   * that ends with the subscription.
   *
   * @param listener called on an event loop, with QoS 1 and 2 acknowledged when it returns; must
   *     not block
   * @return completes on an event loop once messages come; failing, it was refused
   */
  public CompletionStage<BrokerServices.Subscribed> subscribe(
      String filter, int qos, Consumer<Message> listener) {
    return LocalSubscription.open(core.shard(0), filter, qos, listener);
  }

  /** Bridges to other brokers, as they are now. */
  public List<BridgeReport> bridges() {
    return bridges.reports();
  }

  /** Clients connected now. */
  public long connected() {
    return core.connected();
  }

  /** Reads accounts and access list anew; who lost his right is cut at the commit. */
  @Override
  public Prepared prepare(MqttConfig next) throws ConfigException {
    LoginKeeper.Draft draft = logins.prepare(next);
    Optional<MqttAuthorizer> list = listed(next);
    Map<String, RemoteLink.Dials> ways = bridges.prepare(next);
    Extensions.Draft more = extensions.prepare(next, opened); // last: it may begin something
    return new Prepared() {
      @Override
      public void commit() {
        extensions.commit(more);
        listed = list;
        take(next, draft, rights(next, extensions.rights(), list));
        extensions.retire();
        bridges.take(next, ways);
      }

      @Override
      public void discard() {
        extensions.discard(more);
      }
    };
  }

  /** What the program or the configuration says that clients may do, if they do. */
  private Optional<MqttAuthorizer> listed(MqttConfig next) throws ConfigException {
    if (ownAuthorizer.isPresent()) return ownAuthorizer;
    boolean said = next.acl().file().isPresent() || next.acl().rest().isPresent();
    if (!said) return Optional.empty();
    if (next.acl().file().isEmpty() && next.allowsRest()) {
      return Optional.of(MqttAuthorizer.open());
    }
    AclFile list =
        next.acl().file().isPresent()
            ? AclFile.read(next.acl().file().get(), "/mqtt/acl/file")
            : AclFile.NONE;
    boolean filterLater = next.acl().wildcardSubscribe() == MqttAcl.Wide.FILTER;
    return Optional.of(new AclAuthorizer(list, next.allowsRest(), filterLater));
  }

  /**
   * With what extensions say, where they do; without anything said, clients that log in may not.
   */
  private MqttAuthorizer rights(
      MqttConfig config, List<MqttAuthorizer> byExtensions, Optional<MqttAuthorizer> list) {
    MqttAuthorizer all = list.orElse(null);
    for (MqttAuthorizer each : byExtensions) all = all == null ? each : new BothRights(each, all);
    if (all != null) return all;
    boolean open = config.allowsRest() && !extensions.authenticates();
    boolean filterLater = config.acl().wildcardSubscribe() == MqttAcl.Wide.FILTER;
    return open ? MqttAuthorizer.open() : new AclAuthorizer(AclFile.NONE, false, filterLater);
  }

  private void take(MqttConfig next, LoginKeeper.Draft draft, MqttAuthorizer rights) {
    // The same rights as before stay the same object: what was decided by them stays decided.
    core.decideBy(next, rights.equals(core.authorizer()) ? core.authorizer() : rights);
    LoginChange change = logins.commit(draft);
    boolean own = ownAuthenticator.isPresent();
    knowBy(own ? knowing : change.logins());
    methods = methods(own ? Optional.empty() : logins.scram());
    desk.recheck(
        client -> !own && change.lost(client), client -> own ? client : change.renewed(client));
  }

  /** What the program that embeds the broker says goes before what the accounts say. */
  private Map<String, EnhancedAuthenticator> methods(Optional<EnhancedAuthenticator> configured) {
    Map<String, EnhancedAuthenticator> all = new HashMap<>();
    configured.ifPresent(method -> all.put(method.method(), method));
    all.putAll(extensions.methods());
    all.putAll(ownMethods);
    return Map.copyOf(all);
  }
}
