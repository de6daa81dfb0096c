package io.fairlead.pubsub.endpoint;

import io.fairlead.core.mailbox.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Chooses the endpoint that serves.
 *
 * <pre>
 * none  --start, wish-->                          in use (Use)
 * in use --lost, refused-->                       another (Use), or none when all are out
 * in use --lags, stalls, rate-limited-->          another that is alive (Use), else the same
 * in use --a better one alive for five minutes--> the better one at the next head (Use)
 * none  --wake, an endpoint's rest is over-->     in use (Use)
 * any   --health changed-->                       same (HealthChanged)
 * </pre>
 *
 * <p>Of those equally healthy the lowest priority number wins, of those equally good chance decides
 * by weight. Not thread-safe: belongs to its service.
 */
public final class EndpointChooser
    implements Machine<EndpointChooser.Input, EndpointChooser.Effect> {
  /**
   * One of them.
   *
   * @param priority lower is better
   * @param weight share among equals, at least 1
   */
  public record Candidate(String alias, int priority, int weight) {
    public Candidate {
      if (weight < 1) throw new IllegalArgumentException("weight: " + weight + " (expected: >= 1)");
    }
  }

  /** What happens to endpoints. Those of names that are not known change nothing. */
  public sealed interface Input {
    /** Choose the first. */
    record Start() implements Input {}

    /** A connection stands, and the chain is the right one. */
    record Connected(String alias) implements Input {}

    /** There is no connection, or not any more. */
    record Lost(String alias) implements Input {}

    /** It cannot serve as it is. */
    record Refused(String alias) implements Input {}

    /** Its newest block; of the one in use this is a moment at which changing over is cheap. */
    record Head(String alias, long number) implements Input {}

    /** It asked for a rest. */
    record RateLimited(String alias, Duration rest) implements Input {}

    /** No new block in time. */
    record Stalled(String alias) implements Input {}

    /** Somebody wants this one; taken until it fails. */
    record Wish(String alias) implements Input {}

    /** Time passed: a rest may be over. */
    record Wake() implements Input {}
  }

  /** What follows. */
  public sealed interface Effect {
    /** From now on this one serves. */
    record Use(String alias) implements Effect {}

    /** For reports and meters. */
    record HealthChanged(String alias, EndpointHealth health) implements Effect {}

    /** Nobody can serve now; look again then. */
    record WakeAt(long atNanos) implements Effect {}
  }

  private static final long LAG_BLOCKS = 3;
  private static final Duration OUT_REST = Duration.ofMinutes(5);
  private static final Duration GO_BACK_AFTER = Duration.ofMinutes(5);

  private static final class Known {
    final Candidate candidate;
    boolean reachable = true;
    boolean stalled;
    int failures;
    long head = -1;
    Optional<Long> outUntil = Optional.empty();
    Optional<Long> restUntil = Optional.empty();
    EndpointHealth told = EndpointHealth.ALIVE;
    long aliveSinceNanos;

    Known(Candidate candidate, long nowNanos) {
      this.candidate = candidate;
      this.aliveSinceNanos = nowNanos;
    }
  }

  private final RandomGenerator random;
  private final Map<String, Known> all = new LinkedHashMap<>();
  private Optional<Known> inUse = Optional.empty();
  private boolean wished;
  private long best = -1;

  /**
   * @param candidates at least one, with different names
   */
  public EndpointChooser(List<Candidate> candidates, RandomGenerator random, long nowNanos) {
    this.random = random;
    for (Candidate each : candidates) all.put(each.alias(), new Known(each, nowNanos));
    if (all.isEmpty() || all.size() < candidates.size()) {
      throw new IllegalArgumentException(
          "candidates: " + candidates + " (expected: at least one, each name once)");
    }
  }

  /** Others from now on; what is known of those that stay stays known. */
  public void retain(List<Candidate> candidates, long nowNanos) {
    Map<String, Known> before = new LinkedHashMap<>(all);
    all.clear();
    for (Candidate each : candidates) {
      Known known = before.get(each.alias());
      boolean same = known != null && known.candidate.equals(each);
      all.put(each.alias(), same && known != null ? known : new Known(each, nowNanos));
    }
    Optional<String> serving = inUse();
    inUse = serving.map(all::get);
    if (inUse.isEmpty()) wished = false;
  }

  /** The one that serves. */
  public Optional<String> inUse() {
    return inUse.map(known -> known.candidate.alias());
  }

  /** How well it serves; OUT when there is none of that name. */
  public EndpointHealth health(String alias, long nowNanos) {
    Known known = all.get(alias);
    return known == null ? EndpointHealth.OUT : health(known, nowNanos);
  }

  @Override
  public void accept(Input input, long nowNanos, Consumer<? super Effect> effects) {
    note(input, nowNanos);
    tellHealth(nowNanos, effects);
    switch (input) {
      case Input.Start _, Input.Wake _ -> {
        if (inUse.isEmpty()) change(nowNanos, effects);
      }
      case Input.Wish(String alias) -> {
        Known known = all.get(alias);
        if (known == null || inUse.equals(Optional.of(known))) return;
        wished = true;
        use(known, effects);
      }
      case Input.Lost(String alias) -> leave(alias, nowNanos, effects);
      case Input.Refused(String alias) -> leave(alias, nowNanos, effects);
      case Input.RateLimited _, Input.Stalled _ -> leaveForAlive(nowNanos, effects);
      case Input.Head(String alias, long _) -> {
        leaveForAlive(nowNanos, effects);
        if (inUse().equals(Optional.of(alias))) goBack(nowNanos, effects);
      }
      case Input.Connected _ -> leaveForAlive(nowNanos, effects);
    }
  }

  private void note(Input input, long nowNanos) {
    switch (input) {
      case Input.Start _, Input.Wake _, Input.Wish _ -> {}
      case Input.Connected(String alias) -> {
        Known known = all.get(alias);
        if (known == null) return;
        known.reachable = true;
        known.stalled = false;
        known.failures = 0;
        known.outUntil = Optional.empty();
      }
      case Input.Lost(String alias) -> {
        Known known = all.get(alias);
        if (known == null) return;
        known.reachable = false;
        known.failures++;
      }
      case Input.Refused(String alias) -> {
        Known known = all.get(alias);
        if (known == null) return;
        known.failures++;
        known.outUntil = Optional.of(nowNanos + OUT_REST.toNanos());
      }
      case Input.Head(String alias, long number) -> {
        Known known = all.get(alias);
        if (known == null) return;
        if (number > known.head) known.stalled = false;
        known.head = number;
        // Not the highest ever: after a rollback nobody would ever reach that again.
        best = all.values().stream().mapToLong(each -> each.head).max().orElse(-1);
      }
      case Input.RateLimited(String alias, Duration rest) -> {
        Known known = all.get(alias);
        if (known != null) known.restUntil = Optional.of(nowNanos + rest.toNanos());
      }
      case Input.Stalled(String alias) -> {
        Known known = all.get(alias);
        if (known != null) known.stalled = true;
      }
    }
  }

  private void tellHealth(long nowNanos, Consumer<? super Effect> effects) {
    for (Known known : all.values()) {
      EndpointHealth health = health(known, nowNanos);
      if (health == known.told) continue;
      if (health == EndpointHealth.ALIVE) known.aliveSinceNanos = nowNanos;
      known.told = health;
      effects.accept(new Effect.HealthChanged(known.candidate.alias(), health));
    }
  }

  private EndpointHealth health(Known known, long nowNanos) {
    if (pending(known.outUntil, nowNanos)) return EndpointHealth.OUT;
    if (!known.reachable) return EndpointHealth.UNREACHABLE;
    if (pending(known.restUntil, nowNanos)) return EndpointHealth.RATE_LIMITED;
    if (known.stalled) return EndpointHealth.STALLED;
    if (known.head >= 0 && best - known.head >= LAG_BLOCKS) return EndpointHealth.LAGGING;
    return EndpointHealth.ALIVE;
  }

  private static boolean pending(Optional<Long> untilNanos, long nowNanos) {
    return untilNanos.isPresent() && untilNanos.get() - nowNanos > 0;
  }

  /** The one in use is gone. */
  private void leave(String alias, long nowNanos, Consumer<? super Effect> effects) {
    if (!inUse().equals(Optional.of(alias))) return;
    inUse = Optional.empty();
    wished = false;
    change(nowNanos, effects);
  }

  /** The one in use is poorly: changes over if another one is well. */
  private void leaveForAlive(long nowNanos, Consumer<? super Effect> effects) {
    if (inUse.isEmpty() || wished) return;
    if (health(inUse.get(), nowNanos) == EndpointHealth.ALIVE) return;
    Optional<Known> other = choose(nowNanos);
    boolean alive = other.isPresent() && health(other.get(), nowNanos) == EndpointHealth.ALIVE;
    // A chain that stands still everywhere is no reason to go anywhere.
    boolean stands = health(inUse.get(), nowNanos) == EndpointHealth.STALLED;
    if (alive && (!stands || other.get().head > inUse.get().head)) use(other.get(), effects);
  }

  /** A better one has been well for long. */
  private void goBack(long nowNanos, Consumer<? super Effect> effects) {
    if (inUse.isEmpty() || wished) return;
    int priority = inUse.get().candidate.priority();
    all.values().stream()
        .filter(known -> known.candidate.priority() < priority)
        .filter(known -> health(known, nowNanos) == EndpointHealth.ALIVE)
        .filter(known -> nowNanos - known.aliveSinceNanos >= GO_BACK_AFTER.toNanos())
        .min(Comparator.comparingInt(known -> known.candidate.priority()))
        .ifPresent(known -> use(known, effects));
  }

  private void change(long nowNanos, Consumer<? super Effect> effects) {
    Optional<Known> next = choose(nowNanos);
    if (next.isPresent()) {
      use(next.get(), effects);
      return;
    }
    all.values().stream()
        .flatMap(known -> known.outUntil.stream())
        .min(Comparator.comparingLong(at -> at - nowNanos))
        .ifPresent(at -> effects.accept(new Effect.WakeAt(at)));
  }

  private Optional<Known> choose(long nowNanos) {
    Comparator<Known> order =
        Comparator.<Known, EndpointHealth>comparing(known -> health(known, nowNanos))
            .thenComparingInt(known -> known.reachable ? 0 : known.failures)
            .thenComparingInt(known -> known.candidate.priority());
    Optional<Known> first =
        all.values().stream()
            .filter(known -> health(known, nowNanos) != EndpointHealth.OUT)
            .min(order);
    if (first.isEmpty()) return first;
    List<Known> equals = new ArrayList<>();
    for (Known known : all.values()) {
      boolean usable = health(known, nowNanos) != EndpointHealth.OUT;
      if (usable && order.compare(known, first.get()) == 0) equals.add(known);
    }
    int ticket = random.nextInt(equals.stream().mapToInt(known -> known.candidate.weight()).sum());
    for (Known known : equals) {
      ticket -= known.candidate.weight();
      if (ticket < 0) return Optional.of(known);
    }
    return first;
  }

  private void use(Known known, Consumer<? super Effect> effects) {
    inUse = Optional.of(known);
    effects.accept(new Effect.Use(known.candidate.alias()));
  }
}
