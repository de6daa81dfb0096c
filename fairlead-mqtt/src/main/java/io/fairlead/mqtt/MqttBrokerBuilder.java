package io.fairlead.mqtt;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.BrokerCore.Home;
import io.fairlead.mqtt.extension.ExtensionSource;
import io.fairlead.mqtt.extension.Extensions;
import io.fairlead.mqtt.extension.MqttExtension;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.loop.EventLoops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Collects what a broker stands on. What is not said is the machine's own, or nothing: no
 * membership, no events, everything in memory. One owner.
 */
public final class MqttBrokerBuilder {
  private final Map<String, EnhancedAuthenticator> enhanced = new HashMap<>();
  private Optional<EventLoops> loops = Optional.empty();
  private Optional<HttpEdge> edge = Optional.empty();
  private Entitlements entitlements = Entitlements.unrestricted();
  private EventBus events = new EventBus();
  private Optional<Meters> meters = Optional.empty();
  private Clock clock = Clock.system();
  private Randomness randomness = Randomness.system();
  private BrokerStore store = new MemoryStore();
  private Home home = Home.CONNECTION;
  private Optional<AuthThrottle> throttle = Optional.empty();
  private Optional<MqttAuthenticator> authenticator = Optional.empty();
  private Optional<MqttAuthorizer> authorizer = Optional.empty();
  private final List<Extensions.Given> extensions = new ArrayList<>();
  private ExtensionSource extensionSource = ExtensionSource.NONE;
  private Optional<DirectDialer> dialer = Optional.empty();
  private DestinationGuard guard = DestinationGuard.operatorChosen(OwnAddresses.NONE);
  private String brokerId = "";
  private MemoryBudget budget = MemoryBudget.unlimited();
  private String version = "";
  private Supplier<String> gateway = () -> "fairlead";

  MqttBrokerBuilder() {}

  /** The loops its connections live on. Required. */
  public MqttBrokerBuilder loops(EventLoops next) {
    loops = Optional.of(next);
    return this;
  }

  /** Speaks HTTP to those who open a web socket. Required. */
  public MqttBrokerBuilder edge(HttpEdge next) {
    edge = Optional.of(next);
    return this;
  }

  /** Required. */
  public MqttBrokerBuilder meters(Meters next) {
    meters = Optional.of(next);
    return this;
  }

  public MqttBrokerBuilder entitlements(Entitlements next) {
    entitlements = next;
    return this;
  }

  public MqttBrokerBuilder events(EventBus next) {
    events = next;
    return this;
  }

  public MqttBrokerBuilder clock(Clock next) {
    clock = next;
    return this;
  }

  public MqttBrokerBuilder randomness(Randomness next) {
    randomness = next;
    return this;
  }

  /** Where sessions and messages are kept; the broker closes it. */
  public MqttBrokerBuilder store(BrokerStore next) {
    store = next;
    return this;
  }

  /** Where sessions live. */
  public MqttBrokerBuilder home(Home next) {
    home = next;
    return this;
  }

  /** Shared with everything else that checks passwords. */
  public MqttBrokerBuilder throttle(AuthThrottle next) {
    throttle = Optional.of(next);
    return this;
  }

  /** In place of the accounts of the configuration. */
  public MqttBrokerBuilder authenticator(MqttAuthenticator next) {
    authenticator = Optional.of(next);
    return this;
  }

  /** In place of what the configuration allows. */
  public MqttBrokerBuilder authorizer(MqttAuthorizer next) {
    authorizer = Optional.of(next);
    return this;
  }

  /** A method of enhanced authentication. */
  public MqttBrokerBuilder enhanced(EnhancedAuthenticator method) {
    enhanced.put(method.method(), method);
    return this;
  }

  /** What the gateway calls itself: tokens that members sign are meant for that name. */
  public MqttBrokerBuilder gateway(Supplier<String> next) {
    gateway = next;
    return this;
  }

  /** Opens the connections of bridges, to where the guard lets them. Without it there are none. */
  public MqttBrokerBuilder dialer(DirectDialer next, DestinationGuard where) {
    dialer = Optional.of(next);
    guard = where;
    return this;
  }

  /**
   * What tells this broker from all others, on messages that cross bridges; the same after a
   * restart. Made up when it is not said.
   */
  public MqttBrokerBuilder brokerId(String next) {
    brokerId = next;
    return this;
  }

  /**
   * Adds an extension; asked in this order, before those that the configuration names.
   *
   * @param settings what it is told
   */
  public MqttBrokerBuilder extension(MqttExtension next, Map<String, String> settings) {
    extensions.add(new Extensions.Given(next, Map.copyOf(settings)));
    return this;
  }

  /** Makes the extensions that the configuration names without a file. */
  public MqttBrokerBuilder extensionsFrom(ExtensionSource next) {
    extensionSource = next;
    return this;
  }

  /** Counts what waits for sessions, and tells when memory is short. */
  public MqttBrokerBuilder budget(MemoryBudget next) {
    budget = next;
    return this;
  }

  /** What the broker says it is, below {@code $SYS}. */
  public MqttBrokerBuilder version(String next) {
    version = next;
    return this;
  }

  /**
   * Makes it; prepare and commit a configuration, then start it.
   *
   * @throws IllegalStateException something required is missing
   */
  public MqttBroker build() {
    if (loops.isEmpty() || edge.isEmpty() || meters.isEmpty()) {
      throw new IllegalStateException("loops, edge and meters are needed");
    }
    return new MqttBroker(this);
  }

  EventLoops loops() {
    return loops.orElseThrow();
  }

  HttpEdge edge() {
    return edge.orElseThrow();
  }

  Meters meters() {
    return meters.orElseThrow();
  }

  Entitlements entitlements() {
    return entitlements;
  }

  EventBus events() {
    return events;
  }

  Clock clock() {
    return clock;
  }

  Randomness randomness() {
    return randomness;
  }

  BrokerStore store() {
    return store;
  }

  MemoryBudget budget() {
    return budget;
  }

  Home home() {
    return home;
  }

  Map<String, EnhancedAuthenticator> enhanced() {
    return enhanced;
  }

  Optional<MqttAuthenticator> authenticator() {
    return authenticator;
  }

  Optional<MqttAuthorizer> authorizer() {
    return authorizer;
  }

  Extensions extensions(BrokerCore core) {
    return new Extensions(extensions, extensionSource, core, events, meters());
  }

  Optional<DirectDialer> dialer() {
    return dialer;
  }

  DestinationGuard guard() {
    return guard;
  }

  String brokerId() {
    if (!brokerId.isEmpty()) return brokerId;
    return HexFormat.of().formatHex(randomness.secureBytes(8));
  }

  String version() {
    return version;
  }

  Supplier<String> gateway() {
    return gateway;
  }

  AuthThrottle throttle() {
    return throttle.orElseGet(() -> new AuthThrottle(clock, meters()));
  }
}
