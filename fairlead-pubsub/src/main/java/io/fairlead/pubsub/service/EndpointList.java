package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint comes next: of those that are not out, the one that failed least since it last
 * served, then the best priority. Confined to one thread.
 */
final class EndpointList {
  private static final long OUT_NANOS = Duration.ofMinutes(5).toNanos();

  /** One endpoint and what is known of it. */
  static final class Entry {
    final Endpoint endpoint;
    private int failures;
    private boolean out;
    private long outUntilNanos;

    private Entry(Endpoint endpoint) {
      this.endpoint = endpoint;
    }
  }

  private List<Entry> entries;
  private @Nullable Entry wanted;

  EndpointList(List<Endpoint> endpoints) {
    entries = entries(endpoints);
  }

  private static List<Entry> entries(List<Endpoint> endpoints) {
    List<Entry> entries = new ArrayList<>();
    for (Endpoint each : endpoints) {
      if (each.role() == Endpoint.Role.ALL) entries.add(new Entry(each));
    }
    return entries;
  }

  /** Other endpoints; what is known of those that stay stays known. */
  void replace(List<Endpoint> endpoints) {
    List<Entry> next = new ArrayList<>();
    for (Endpoint each : endpoints) {
      if (each.role() != Endpoint.Role.ALL) continue;
      Optional<Entry> before =
          entries.stream().filter(entry -> entry.endpoint.equals(each)).findFirst();
      next.add(before.orElseGet(() -> new Entry(each)));
    }
    entries = next;
    wanted = null;
  }

  boolean contains(Entry entry) {
    return entries.contains(entry);
  }

  int size() {
    return entries.size();
  }

  /** The next to try; empty when all are out. */
  Optional<Entry> next(long nowNanos) {
    Entry asked = wanted;
    wanted = null;
    if (asked != null) return Optional.of(asked);
    return entries.stream()
        .filter(each -> !each.out || each.outUntilNanos - nowNanos <= 0)
        .min(
            Comparator.<Entry>comparingInt(each -> each.failures)
                .thenComparingInt(each -> each.endpoint.priority()));
  }

  /** Makes the endpoint of that name the next; whether there is one. */
  boolean want(String alias) {
    for (Entry each : entries) {
      if (!each.endpoint.alias().equals(alias)) continue;
      wanted = each;
      return true;
    }
    return false;
  }

  void served(Entry entry) {
    entry.failures = 0;
    entry.out = false;
  }

  void failed(Entry entry) {
    entry.failures++;
  }

  /** It cannot serve as it is: not asked for five minutes. */
  void out(Entry entry, long nowNanos) {
    entry.failures++;
    entry.out = true;
    entry.outUntilNanos = nowNanos + OUT_NANOS;
  }

  /** For reports. */
  List<String> report(long nowNanos) {
    return entries.stream()
        .map(
            each ->
                each.endpoint.alias()
                    + (each.out && each.outUntilNanos - nowNanos > 0
                        ? " OUT"
                        : each.failures > 0 ? " UNREACHABLE" : " ALIVE"))
        .toList();
  }
}
