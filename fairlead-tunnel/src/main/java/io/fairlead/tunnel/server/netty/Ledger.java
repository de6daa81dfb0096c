package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.ServiceKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What went through each service, and which port it had, for longer than services and agents live.
 * At most {@value #ENTRIES_MAX} services are remembered; further ones are counted together. Any
 * thread.
 */
public final class Ledger {
  static final int ENTRIES_MAX = 16_384;
  private static final String REST = "*/*";

  private final Map<String, Figures> figures = new ConcurrentHashMap<>();
  private final Map<String, Integer> tcp = new ConcurrentHashMap<>();
  private final Map<String, Integer> udp = new ConcurrentHashMap<>();

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

  void port(ServiceKind kind, String id, int port) {
    Map<String, Integer> ports = kind == ServiceKind.UDP ? udp : tcp;
    if (ports.size() < ENTRIES_MAX || ports.containsKey(id)) ports.put(id, port);
  }

  Map<String, Integer> ports(ServiceKind kind) {
    return new LinkedHashMap<>(kind == ServiceKind.UDP ? udp : tcp);
  }
}
