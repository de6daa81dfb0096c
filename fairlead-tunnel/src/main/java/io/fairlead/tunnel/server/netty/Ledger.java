package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.LedgerLine;
import io.fairlead.tunnel.codec.ServiceKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What went through each service, and which port it had, for longer than services, agents and the
 * process live. At most {@value #ENTRIES_MAX} services are remembered; further ones are counted
 * together. Any thread.
 */
public final class Ledger {
  static final int ENTRIES_MAX = 16_384;
  private static final String REST = "*/*";
  private static final long LEASE_SECONDS = Duration.ofHours(24).toSeconds();

  /** A port a service has, or had. */
  record Had(ServiceKind kind, int port, boolean shown, long seenSeconds) {}

  private final Map<String, Figures> figures = new ConcurrentHashMap<>();
  private final Map<String, Had> ports = new ConcurrentHashMap<>();

  /** What a former process remembered. */
  static Ledger of(List<LedgerLine> lines, long nowSeconds) {
    Ledger ledger = new Ledger();
    for (LedgerLine line : lines) {
      ledger.of(line.id()).start(line);
      if (line.port() != 0 && nowSeconds - line.seenSeconds() < LEASE_SECONDS) {
        ledger.ports.put(
            line.id(), new Had(line.kind(), line.port(), line.shown(), line.seenSeconds()));
      }
    }
    return ledger;
  }

  /** All of it, to be written down. */
  List<LedgerLine> lines(long nowSeconds) {
    List<LedgerLine> lines = new ArrayList<>(figures.size());
    figures.forEach(
        (id, each) -> {
          Had had = ports.getOrDefault(id, new Had(ServiceKind.TCP, 0, false, 0));
          lines.add(
              new LedgerLine(
                  id,
                  had.kind(),
                  had.port(),
                  had.shown(),
                  had.shown() ? nowSeconds : had.seenSeconds(),
                  each.receivedBytes(),
                  each.sentBytes(),
                  each.opened(),
                  each.failed()));
        });
    return lines;
  }

  /** The figures of {@code AGENT/SERVICE}. */
  Figures of(String id) {
    Figures there = figures.get(id);
    if (there != null) return there;
    String key = figures.size() >= ENTRIES_MAX ? REST : id;
    return figures.computeIfAbsent(key, _ -> new Figures());
  }

  /** By {@code AGENT/SERVICE}. */
  public Map<String, Figures> all() {
    return Map.copyOf(figures);
  }

  long live() {
    return figures.values().stream().mapToLong(Figures::live).sum();
  }

  long receivedBytes() {
    return figures.values().stream().mapToLong(Figures::receivedBytes).sum();
  }

  long sentBytes() {
    return figures.values().stream().mapToLong(Figures::sentBytes).sum();
  }

  /** The service has this port. */
  void port(ServiceKind kind, String id, int port) {
    if (ports.size() < ENTRIES_MAX || ports.containsKey(id)) {
      ports.put(id, new Had(kind, port, true, 0));
    }
  }

  /** It has it no more. */
  void freed(String id, long nowSeconds) {
    ports.computeIfPresent(id, (_, had) -> new Had(had.kind(), had.port(), false, nowSeconds));
  }

  Map<String, Integer> ports(ServiceKind kind) {
    Map<String, Integer> all = new LinkedHashMap<>();
    ports.forEach(
        (id, had) -> {
          if (had.kind() == kind) all.put(id, had.port());
        });
    return all;
  }

  /** Ports that were open when a former process ended, by service. */
  Map<String, Had> shown() {
    Map<String, Had> all = new LinkedHashMap<>();
    ports.forEach(
        (id, had) -> {
          if (had.shown()) all.put(id, had);
        });
    return all;
  }
}
