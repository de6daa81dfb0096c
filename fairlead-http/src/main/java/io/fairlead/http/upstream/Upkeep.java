package io.fairlead.http.upstream;

import io.fairlead.core.mailbox.Mailbox;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.health.HealthChecker;
import io.fairlead.http.health.Tally;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does for clusters what takes time: asks endpoints how they are, looks names up, ends ejections,
 * judges suspects. One mailbox owns its state; it is woken {@value #TICKS_PER_SECOND} times a
 * second, from the first configuration on. A message that finds the mailbox full is dropped: ticks
 * come again, a suspect is suspected again, an answer that is missing is asked for again.
 */
final class Upkeep implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
  private static final int TICKS_PER_SECOND = 20;
  private static final int CAPACITY = 4096;
  private static final Duration LOOKUP_RETRY = Duration.ofSeconds(1);
  private static final Duration LOOKUP_LOST = Duration.ofMinutes(1);

  private sealed interface Input {
    record Tick() implements Input {}

    record LookAgain() implements Input {}

    record Suspect(Cluster cluster, Endpoint endpoint, Tally.Suspicion suspicion)
        implements Input {}

    record Answered(Question question, Probe.Result result) implements Input {}

    record LookedUp(Cluster cluster, DiscoveryConfig config, Dials.@Nullable Found found)
        implements Input {}
  }

  /** What is asked of whom; equal questions are asked once. */
  private record Question(Endpoint.Identity who, CheckConfig check, UpstreamConfig.TlsConfig tls) {}

  private record Asker(Cluster cluster, Endpoint endpoint) {}

  /** A question and who wants the answer. */
  private static final class Asked {
    private final HealthChecker checker;
    private List<Asker> askers = new ArrayList<>();

    Asked(HealthChecker checker) {
      this.checker = checker;
    }
  }

  /** A name and when to look it up again. */
  private static final class Name {
    private final DiscoveryConfig config;
    private long dueNanos;

    Name(DiscoveryConfig config, long nowNanos) {
      this.config = config;
      this.dueNanos = nowNanos;
    }
  }

  private final Supplier<Collection<Cluster>> clusters;
  private final BiConsumer<Cluster, List<EndpointConfig>> found;
  private final Dials dials;
  private final UpstreamMeters meters;
  private final Clock clock;
  private final Randomness randomness;
  private final Map<Question, Asked> questions = new HashMap<>();
  private final Map<Cluster, Name> names = new HashMap<>();

  // Guarded by this.
  private @Nullable Mailbox<Input> mailbox;
  private @Nullable Future<?> ticks;
  private boolean closed;

  /**
   * @param found takes what discovery found
   */
  Upkeep(
      Supplier<Collection<Cluster>> clusters,
      BiConsumer<Cluster, List<EndpointConfig>> found,
      Dials dials,
      UpstreamMeters meters,
      Clock clock,
      Randomness randomness) {
    this.clusters = clusters;
    this.found = found;
    this.dials = dials;
    this.meters = meters;
    this.clock = clock;
    this.randomness = randomness;
  }

  /** Clusters or members changed. */
  void lookAgain() {
    start();
    offer(new Input.LookAgain());
  }

  void suspect(Cluster cluster, Endpoint endpoint, Tally.Suspicion suspicion) {
    offer(new Input.Suspect(cluster, endpoint, suspicion));
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (ticks != null) ticks.cancel(false);
    if (mailbox != null) mailbox.close();
  }

  private synchronized void start() {
    if (closed || mailbox != null || clusters.get().isEmpty()) return;
    mailbox = Mailbox.start("upstreams", CAPACITY, this::handle);
    Input tick = new Input.Tick();
    long period = 1000 / TICKS_PER_SECOND;
    ticks =
        dials.loop().scheduleAtFixedRate(() -> offer(tick), period, period, TimeUnit.MILLISECONDS);
  }

  private synchronized void offer(Input input) {
    if (mailbox != null && !mailbox.offer(input)) {
      log.atDebug().log("upkeep of upstreams is behind");
    }
  }

  // ---- on the mailbox ----------------------------------------------------------------------

  private void handle(Input input) {
    switch (input) {
      case Input.Tick _ -> tick(clock.nanos());
      case Input.LookAgain _ -> collect(clock.nanos());
      case Input.Suspect(var cluster, var endpoint, var suspicion) ->
          cluster.suspected(endpoint, suspicion);
      case Input.Answered(var question, var result) -> answered(question, result);
      case Input.LookedUp(var cluster, var config, var answer) ->
          lookedUp(cluster, config, Optional.ofNullable(answer));
    }
  }

  /** Makes the questions those of the clusters as they are now. */
  private void collect(long nowNanos) {
    Map<Question, List<Asker>> wanted = new HashMap<>();
    for (Cluster cluster : clusters.get()) {
      UpstreamConfig config = cluster.config();
      config
          .discovery()
          .ifPresentOrElse(
              discovery -> {
                Name name = names.get(cluster);
                if (name == null || !name.config.equals(discovery)) {
                  names.put(cluster, new Name(discovery, nowNanos));
                }
              },
              () -> names.remove(cluster));
      if (config.health().isEmpty()) continue;
      for (Endpoint endpoint : cluster.endpoints()) {
        wanted
            .computeIfAbsent(
                new Question(endpoint.identity(), config.health().get(), config.tls()),
                _ -> new ArrayList<>())
            .add(new Asker(cluster, endpoint));
      }
    }
    names.keySet().retainAll(clusters.get());
    questions.keySet().retainAll(wanted.keySet());
    wanted.forEach(
        (question, askers) ->
            questions.computeIfAbsent(
                        question,
                        q ->
                            new Asked(
                                new HealthChecker(q.check().interval(), randomness, nowNanos)))
                    .askers =
                askers);
  }

  private void tick(long nowNanos) {
    questions.forEach(
        (question, asked) -> {
          if (asked.checker.ask(nowNanos)) ask(question, asked.askers.getFirst());
        });
    for (Cluster cluster : clusters.get()) cluster.passTime(nowNanos);
    names.forEach(
        (cluster, name) -> {
          if (nowNanos - name.dueNanos >= 0) lookUp(cluster, name);
        });
  }

  private void ask(Question question, Asker asker) {
    Probe.run(
        question.check(),
        asker.endpoint(),
        asker.cluster().checkDialer(asker.endpoint(), question.check().type(), dials.loop()),
        dials.loop(),
        result -> offer(new Input.Answered(question, result)));
  }

  private void answered(Question question, Probe.Result result) {
    meters.checked(result.passed());
    Asked asked = questions.get(question);
    if (asked == null) return; // nobody asks any more
    asked.checker.answered(clock.nanos());
    for (Asker asker : asked.askers) {
      asker.cluster().checked(asker.endpoint(), question.check(), result.passed(), result.text());
    }
  }

  private void lookUp(Cluster cluster, Name name) {
    name.dueNanos = clock.nanos() + LOOKUP_LOST.toNanos();
    DiscoveryConfig config = name.config;
    var _ = // the outcome comes as a message
        dials
            .lookUp(config)
            .whenComplete(
                (answer, failure) -> {
                  if (failure != null) {
                    log.atDebug()
                        .addKeyValue("name", config.name())
                        .setCause(failure)
                        .log("name not found");
                  }
                  offer(new Input.LookedUp(cluster, config, failure == null ? answer : null));
                });
  }

  /** Without an answer the members stay as they were. */
  private void lookedUp(Cluster cluster, DiscoveryConfig config, Optional<Dials.Found> answer) {
    meters.lookedUp(answer.isPresent());
    Name name = names.get(cluster);
    if (name == null || !name.config.equals(config)) return;
    Duration wait = answer.map(Dials.Found::ttl).orElse(LOOKUP_RETRY);
    if (wait.compareTo(LOOKUP_RETRY) < 0) wait = LOOKUP_RETRY;
    if (wait.compareTo(config.interval()) > 0) wait = config.interval();
    name.dueNanos = clock.nanos() + wait.toNanos();
    if (answer.isEmpty() || answer.get().hosts().isEmpty()) return;
    found.accept(cluster, Discovered.members(config, answer.get().hosts()));
  }
}
