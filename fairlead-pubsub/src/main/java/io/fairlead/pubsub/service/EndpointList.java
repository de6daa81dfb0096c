package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.endpoint.EndpointChooser;
import io.fairlead.pubsub.endpoint.EndpointChooser.Candidate;
import io.fairlead.pubsub.endpoint.EndpointChooser.Effect;
import io.fairlead.pubsub.endpoint.EndpointChooser.Input;
import io.fairlead.pubsub.endpoint.RequestBudget;
import io.fairlead.pubsub.endpoint.RequestBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints of a link, and the {@link EndpointChooser} that picks one. One thread. */
final class EndpointList {
  private static final Logger log = LoggerFactory.getLogger(EndpointList.class);

  /** One endpoint. */
  static final class Entry {
    final Endpoint endpoint;

    private final Optional<RequestBudget> budget;

    private Entry(Endpoint endpoint, Optional<RequestBudget> budget) {
      this.endpoint = endpoint;
      this.budget = budget;
    }

    /** What requests to it are held to, over whatever connection they go. */
    Optional<RequestBudget> budget() {
      return budget;
    }
  }

  private final EndpointChooser chooser;
  private final RequestBudgets budgets;
  private List<Entry> entries;

  EndpointList(
      List<Endpoint> endpoints, RequestBudgets budgets, RandomGenerator random, long nowNanos) {
    this.budgets = budgets;
    entries = entries(endpoints, List.of(), nowNanos);
    chooser = new EndpointChooser(candidates(), random, nowNanos);
  }

  private List<Entry> entries(List<Endpoint> endpoints, List<Entry> before, long nowNanos) {
    List<Entry> entries = new ArrayList<>();
    for (Endpoint each : endpoints) {
      if (each.role() != Endpoint.Role.ALL) continue;
      Optional<Entry> known =
          before.stream().filter(entry -> entry.endpoint.equals(each)).findFirst();
      entries.add(
          known.orElseGet(
              () -> new Entry(each, budgets.of(each.alias(), each.requestsPerSecond(), nowNanos))));
    }
    return entries;
  }

  private List<Candidate> candidates() {
    return entries.stream()
        .map(
            each ->
                new Candidate(
                    each.endpoint.alias(), each.endpoint.priority(), each.endpoint.weight()))
        .toList();
  }

  /** Other endpoints; what is known of those that stay stays known. */
  void replace(List<Endpoint> endpoints, long nowNanos) {
    List<Entry> before = entries;
    entries = entries(endpoints, before, nowNanos);
    chooser.retain(candidates(), nowNanos);
    // One that keeps its name and is another now begins anew.
    for (Entry old : before) {
      boolean stays = entries.contains(old) || find(old.endpoint.alias()).isEmpty();
      if (!stays) accept(new Input.Connected(old.endpoint.alias()), nowNanos);
    }
  }

  boolean contains(Entry entry) {
    return entries.contains(entry);
  }

  int size() {
    return entries.size();
  }

  /** Those that do not serve now. */
  List<Endpoint> others() {
    Optional<String> inUse = chooser.inUse();
    return entries.stream()
        .map(each -> each.endpoint)
        .filter(each -> !inUse.equals(Optional.of(each.alias())))
        .toList();
  }

  /** The next to try; empty when all are out. */
  Optional<Entry> next(long nowNanos) {
    accept(new Input.Start(), nowNanos);
    return chooser.inUse().flatMap(this::find);
  }

  private Optional<Entry> find(String alias) {
    return entries.stream().filter(each -> each.endpoint.alias().equals(alias)).findFirst();
  }

  /** Makes the endpoint of that name the next; whether there is one. */
  boolean want(String alias, long nowNanos) {
    if (find(alias).isEmpty()) return false;
    accept(new Input.Wish(alias), nowNanos);
    return true;
  }

  void served(Entry entry, long nowNanos) {
    accept(new Input.Connected(entry.endpoint.alias()), nowNanos);
  }

  void failed(Entry entry, long nowNanos) {
    accept(new Input.Lost(entry.endpoint.alias()), nowNanos);
  }

  /** It cannot serve as it is: not asked for five minutes. */
  void out(Entry entry, long nowNanos) {
    accept(new Input.Refused(entry.endpoint.alias()), nowNanos);
  }

  /** An endpoint's newest block, of the one in use or of another one that was looked at. */
  void head(String alias, long number, long nowNanos) {
    accept(new Input.Head(alias, number), nowNanos);
  }

  /** One that is not in use was looked at: whether it can be reached. */
  void looked(String alias, boolean reached, long nowNanos) {
    boolean inUse = chooser.inUse().equals(Optional.of(alias));
    if (inUse) return;
    accept(reached ? new Input.Connected(alias) : new Input.Lost(alias), nowNanos);
  }

  void stalled(Entry entry, long nowNanos) {
    accept(new Input.Stalled(entry.endpoint.alias()), nowNanos);
  }

  void rateLimited(Entry entry, Duration rest, long nowNanos) {
    accept(new Input.RateLimited(entry.endpoint.alias(), rest), nowNanos);
  }

  /** Whether another one than this should serve from now on. */
  boolean prefersAnother(Entry entry) {
    return chooser.inUse().isPresent()
        && !chooser.inUse().equals(Optional.of(entry.endpoint.alias()));
  }

  private void accept(Input input, long nowNanos) {
    chooser.accept(
        input,
        nowNanos,
        effect -> {
          if (effect instanceof Effect.HealthChanged(String alias, var health)) {
            log.atDebug()
                .addKeyValue("endpoint", alias)
                .addKeyValue("health", health)
                .log("endpoint health changed");
          }
        });
  }

  /** For reports. */
  List<String> report(long nowNanos) {
    return entries.stream()
        .map(each -> each.endpoint.alias() + " " + chooser.health(each.endpoint.alias(), nowNanos))
        .toList();
  }
}
