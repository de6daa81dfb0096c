package io.fairlead.mqtt.extension;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.ExtensionConfig;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttCodes;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.session.Hooks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The extensions of one broker: those that its program gave it, then those that the configuration
 * names.
 *
 * <pre>
 * named, changed --prepare-->  made; started, if the broker runs
 * made           --commit-->   in force
 * in force       --replaced--> not asked any more; stopped once all it was asked is answered, or
 *                              after {@link #DEADLINE}
 * </pre>
 *
 * {@link #prepare}, {@link #commit}, {@link #retire}, {@link #start} and {@link #stop} belong to
 * one thread at a time; the rest is thread-safe.
 */
public final class Extensions {
  /** How long an answer may take. */
  public static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Extensions.class);

  /** One that the program gave, and what it is told. */
  public record Given(MqttExtension extension, Map<String, String> settings) {}

  private final ExtensionSource source;
  private final BrokerCore core;
  private final EventBus events;
  private final Meters meters;
  private final Duration deadline;
  private final List<Loaded> given = new ArrayList<>();
  private List<Loaded> named = List.of(); // guarded by this, as are the next four
  private List<Loaded> old = List.of(); // and what asked them
  private Asked replaced = new Asked(List.of());
  private final List<CompletableFuture<Void>> leaving = new ArrayList<>();
  private boolean running;
  private volatile Asked asked = new Asked(List.of());

  /**
   * @param source makes those that are named without a file
   */
  public Extensions(
      List<Given> given, ExtensionSource source, BrokerCore core, EventBus events, Meters meters) {
    this(given, source, core, events, meters, DEADLINE);
  }

  Extensions(
      List<Given> given,
      ExtensionSource source,
      BrokerCore core,
      EventBus events,
      Meters meters,
      Duration deadline) {
    this.source = source;
    this.core = core;
    this.events = events;
    this.meters = meters;
    this.deadline = deadline;
    for (Given each : given) {
      this.given.add(loaded(each.extension().name(), each.extension(), each.settings(), ""));
    }
  }

  /** Extensions that are ready to come into force. */
  public static final class Draft {
    private final List<Loaded> next;
    private final List<Loaded> made;

    private Draft(List<Loaded> next, List<Loaded> made) {
      this.next = List.copyOf(next);
      this.made = List.copyOf(made);
    }
  }

  /**
   * Makes those that are new or have changed, and starts them if the broker runs. Blocks.
   *
   * @param soon the broker is about to run, and a start that fails must fail now
   * @throws ConfigException one cannot be had, or does not start; nothing is left of the others
   */
  public synchronized Draft prepare(MqttConfig config, boolean soon) throws ConfigException {
    List<Loaded> next = new ArrayList<>();
    List<Loaded> made = new ArrayList<>();
    try {
      for (Map.Entry<String, ExtensionConfig> each : config.extensions().entrySet()) {
        String name = each.getKey();
        if (given.stream().anyMatch(there -> there.name().equals(name))) continue;
        Loaded one = kept(name, each.getValue());
        if (named.stream().noneMatch(there -> there == one)) made.add(one);
        next.add(one);
      }
      if (running || soon) for (Loaded each : made) startNow(each);
      if (running) checkStrategy(config, next);
    } catch (ConfigException refused) {
      for (Loaded each : made.reversed()) each.stop();
      throw refused;
    }
    return new Draft(next, made);
  }

  /** What was prepared comes into force; {@link #retire} is next. */
  public synchronized void commit(Draft draft) {
    List<Loaded> before = named;
    named = draft.next;
    if (!running) return;
    replaced = asked;
    old = before.stream().filter(each -> named.stream().noneMatch(one -> one == each)).toList();
    ask();
  }

  /** What was replaced is not asked by anybody any more: it goes when it is done. */
  public synchronized void retire() {
    if (old.isEmpty()) return;
    leaving.removeIf(CompletableFuture::isDone);
    leaving.add(retire(old, replaced));
    old = List.of();
  }

  /** It does not come into force. */
  public synchronized void discard(Draft draft) {
    for (Loaded each : draft.made.reversed()) each.stop();
  }

  /**
   * They begin, in their order. Once; later calls do nothing.
   *
   * @throws ExtensionFailedException one of them does not; those before it have stopped
   */
  public synchronized void start() {
    if (running) return;
    List<Loaded> begun = new ArrayList<>();
    try {
      for (Loaded each : all(named)) {
        begun.add(each);
        each.start();
      }
      checkStrategy(core.config(), named);
    } catch (Exception | LinkageError failure) {
      for (Loaded each : begun.reversed()) each.stop();
      throw new ExtensionFailedException(
          failure instanceof ConfigException
              ? String.valueOf(failure.getMessage())
              : "extension " + begun.getLast().name() + " does not start: " + failure.getMessage(),
          failure);
    }
    running = true;
    ask();
  }

  /** They end, the last first. */
  public synchronized void stop() {
    if (!running) return;
    running = false;
    asked = new Asked(List.of());
    core.askedToo(Hooks.NONE);
    for (CompletableFuture<Void> each : leaving) each.join();
    leaving.clear();
    for (Loaded each : all(named).reversed()) each.stop();
  }

  /** Asks extensions about every client that an authenticator is asked about. */
  public MqttAuthenticator around(MqttAuthenticator authenticator) {
    return asked.around(authenticator);
  }

  /** Methods of enhanced authentication that they offer. */
  public Map<String, EnhancedAuthenticator> methods() {
    return asked.methods();
  }

  /** Those of them that say what clients may do. */
  public List<MqttAuthorizer> rights() {
    return asked.authorizers();
  }

  /** Whether one of them says who clients are. */
  public boolean authenticates() {
    return asked.authenticates();
  }

  private void ask() {
    Asked now = new Asked(all(named));
    asked = now;
    core.askedToo(now.empty() ? Hooks.NONE : now);
  }

  private List<Loaded> all(List<Loaded> next) {
    List<Loaded> all = new ArrayList<>(given);
    all.addAll(next);
    return all;
  }

  /** The one that is there, if it would be made the same again. */
  private Loaded kept(String name, ExtensionConfig config) throws ConfigException {
    Optional<JarLoader.Content> content = content(name, config);
    String digest = content.map(JarLoader.Content::digest).orElse("");
    for (Loaded there : named) {
      if (there.name().equals(name) && !there.differs(config.settings(), digest)) return there;
    }
    MqttExtension made =
        content.isPresent() ? ofJar(name, content.get()) : source.make(name).orElse(null);
    if (made == null) {
      throw refused(
          MqttCodes.NO_EXTENSION.id(),
          name,
          "",
          "there is no extension called " + name,
          "name its file: jar: FILE, put that beside the gateway's own, or remove it");
    }
    return loaded(name, made, config.settings(), digest);
  }

  private static Optional<JarLoader.Content> content(String name, ExtensionConfig config)
      throws ConfigException {
    if (config.jars().isEmpty()) return Optional.empty();
    try {
      return Optional.of(JarLoader.Content.of(config.jars()));
    } catch (IOException unreadable) {
      throw refused(
          MqttCodes.EXTENSION_UNREADABLE.id(),
          name,
          "/jar",
          "a file of extension " + name + " cannot be read: " + unreadable.getMessage(),
          "name a jar that is there and may be read");
    }
  }

  private static MqttExtension ofJar(String name, JarLoader.Content content)
      throws ConfigException {
    List<String> found = new ArrayList<>();
    try {
      JarLoader loader = new JarLoader(name, content);
      for (MqttExtension each : ServiceLoader.load(MqttExtension.class, loader)) {
        if (each.name().equals(name)) return each;
        found.add(each.name());
      }
    } catch (ServiceConfigurationError | LinkageError | RuntimeException broken) {
      throw refused(
          MqttCodes.EXTENSION_FAILS.id(),
          name,
          "/jar",
          "extension " + name + " cannot be made: " + broken,
          "it sees the JDK, the broker's interface and SLF4J; all else comes in its jar");
    }
    throw refused(
        MqttCodes.NO_EXTENSION.id(),
        name,
        "/jar",
        "there is no extension called " + name + " in its file",
        found.isEmpty()
            ? "name its class in META-INF/services/" + MqttExtension.class.getName()
            : "the file holds " + String.join(", ", found));
  }

  private static void startNow(Loaded each) throws ConfigException {
    try {
      each.start();
    } catch (Exception | LinkageError failure) {
      throw refused(
          MqttCodes.EXTENSION_FAILS.id(),
          each.name(),
          "",
          "extension " + each.name() + " does not start: " + failure.getMessage(),
          "the one before stays; see what the extension says it needs");
    }
  }

  private void checkStrategy(MqttConfig config, List<Loaded> next) throws ConfigException {
    Optional<String> by = config.shared().extension();
    if (by.isEmpty()) return;
    for (Loaded each : all(next)) {
      if (each.name().equals(by.get()) && each.offer().strategy() != null) return;
    }
    throw new ConfigException(
        Problem.error(
            MqttCodes.NO_EXTENSION.id(),
            "/mqtt/shared_strategy",
            Problem.Place.NOWHERE,
            "extension " + by.get() + " has no strategy for shared groups",
            "name one that has, or choose a strategy of the broker"));
  }

  private static ConfigException refused(
      String code, String name, String key, String message, String hint) {
    return new ConfigException(
        Problem.error(
            code, "/mqtt/extensions/" + name + key, Problem.Place.NOWHERE, message, hint));
  }

  private Loaded loaded(
      String name, MqttExtension extension, Map<String, String> settings, String content) {
    return new Loaded(
        name,
        extension,
        Map.copyOf(new LinkedHashMap<>(settings)),
        content,
        deadline,
        meters,
        owner -> new Services(owner, core, events, meters));
  }

  /** Stops them when nobody is within them any more; completes then. */
  private CompletableFuture<Void> retire(List<Loaded> gone, Asked by) {
    List<CompletableFuture<?>> turns = new ArrayList<>();
    // Who asks on an event loop has asked before the loop comes to this.
    for (Shard shard : core.shards()) {
      turns.add(CompletableFuture.runAsync(() -> {}, shard.executor()));
    }
    // Questions that began before may have one of these still before them.
    turns.addAll(leaving);
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    var _ = // an answer that does not come is not waited for
        CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new))
            .thenCompose(_ -> by.close())
            .orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete(
                (_, late) -> {
                  // It may block.
                  var _ =
                      Thread.ofVirtual()
                          .name("extension-stop")
                          .start(() -> end(gone, late != null, stopped));
                });
    return stopped;
  }

  private static void end(List<Loaded> gone, boolean late, CompletableFuture<Void> stopped) {
    for (Loaded each : gone.reversed()) {
      each.stop();
      LOG.atInfo()
          .addKeyValue("extension", each.name())
          .addKeyValue("late", late)
          .log("extension retired");
    }
    stopped.complete(null);
  }
}
