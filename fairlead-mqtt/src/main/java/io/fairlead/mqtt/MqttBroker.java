package io.fairlead.mqtt;

import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Pause;
import io.fairlead.core.unit.Secret;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.delivery.SysTopics;
import io.fairlead.mqtt.netty.MqttFace;
import io.fairlead.mqtt.netty.Surroundings;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.store.StoreException;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import io.fairlead.net.listen.Face;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * The broker. Connections come in through {@link #face}; what they may do follows the configuration
 * of now.
 *
 * <p>{@link #prepare} and what it returns belong to one thread; the rest may be called by any.
 */
public final class MqttBroker implements Service, Reloadable<MqttConfig> {
  private static final Duration LOOK = Duration.ofMillis(20);

  private final BrokerCore core;
  private final Desk desk;
  private final SysTopics sys;
  private final MqttFace face;
  private final MqttBrokerBuilder.AuthenticatorSource accounts;
  private final Optional<MqttAuthorizer> ownAuthorizer;
  private final Optional<MqttAuthenticator> ownAuthenticator;
  private Optional<UsersAuthenticator> opened = Optional.empty(); // the configuration's thread
  private Map<String, Secret> verifiers = Map.of(); // the configuration's thread
  private volatile MqttAuthenticator authenticator =
      new AccountsAuthenticator(Optional.empty(), MqttConfig.Anonymous.LOOPBACK);

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
            new BrokerMeters(made.meters()),
            made.events(),
            made.clock(),
            made.randomness());
    Map<EventLoop, Shard> shards = new HashMap<>();
    for (int i = 0; i < loops.size(); i++) shards.put(loops.get(i), core.shard(i));
    ownAuthorizer = made.authorizer();
    ownAuthenticator = made.authenticator();
    ownAuthenticator.ifPresent(own -> authenticator = own);
    accounts = made.accounts();
    Map<String, EnhancedAuthenticator> enhanced = Map.copyOf(made.enhanced());
    face =
        new MqttFace(
            new Surroundings(
                core,
                made.entitlements(),
                () -> authenticator,
                () -> enhanced,
                shards,
                made.randomness()),
            made.edge());
    desk = new Desk(core);
    sys = new SysTopics(core, made.version());
    observe(made.meters());
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
    core.wake();
    sys.start();
  }

  /**
   * Gives everything away: clients are told, sessions leave memory, the store is closed and
   * unlocked. What was acknowledged is in it. May be opened and started again.
   */
  public void release(Deadline deadline) throws InterruptedException {
    core.pause();
    sys.pause();
    desk.leave(deadline);
    core.store().close();
    core.resume();
  }

  /** What is wrong with the store, in words for the operator, if something is. */
  public Optional<String> trouble() {
    return core.store().trouble();
  }

  /** Refuses new clients and waits for those there are to be let go by their listeners. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    core.drain();
    while (core.connected() > 0 && !deadline.passed()) Pause.system().sleep(LOOK);
  }

  @Override
  public void close() {
    core.drain();
    sys.stop();
    opened.ifPresent(UsersAuthenticator::close);
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

  /** Clients connected now. */
  public long connected() {
    return core.connected();
  }

  /** Reads accounts anew; who lost his is cut at the commit. */
  @Override
  public Prepared prepare(MqttConfig next) throws ConfigException {
    Optional<UsersFile> users =
        next.usersFile().isPresent()
            ? Optional.of(UsersFile.read(next.usersFile().get(), "/mqtt/users_file"))
            : Optional.empty();
    return new Prepared() {
      @Override
      public void commit() {
        take(next, users);
      }

      @Override
      public void discard() {}
    };
  }

  private void take(MqttConfig next, Optional<UsersFile> users) {
    Map<String, Secret> before = verifiers;
    Map<String, Secret> now = users.map(UsersFile::verifiers).orElse(Map.of());
    verifiers = now;
    AccountsAuthenticator made =
        new AccountsAuthenticator(users.map(this::opened), next.anonymous());
    core.decideBy(next, ownAuthorizer.orElseGet(() -> MqttAuthorizer.open(users.isPresent())));
    if (ownAuthenticator.isPresent()) return;
    authenticator = made;
    Set<String> lost = new HashSet<>();
    before.forEach(
        (name, verifier) -> {
          if (!Objects.equals(verifier, now.get(name))) lost.add(name);
        });
    desk.cut(client -> lost(client, lost, made), ReasonCode.NOT_AUTHORIZED);
  }

  private static boolean lost(MqttClient client, Set<String> lost, AccountsAuthenticator made) {
    String who = client.principal().id();
    return who.equals(Principal.ANONYMOUS.id())
        ? !made.admitsAnonymous(client.remote())
        : lost.contains(who);
  }

  private UsersAuthenticator opened(UsersFile users) {
    opened.ifPresent(there -> there.swap(users));
    UsersAuthenticator there = opened.orElseGet(() -> accounts.open(users));
    opened = Optional.of(there);
    return there;
  }
}
