package io.fairlead.tunnel.server.netty;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Meters of the tunnel server. Any thread. */
public final class ServerMeters {
  private static final Set<String> REASONS =
      Set.of(
          "unknown",
          "proof",
          "key",
          "certificate",
          "method",
          "version",
          "draining",
          "revoked",
          "expired",
          "not_a_member",
          "tls",
          "protocol",
          "websocket",
          "throttled");

  private final Meters meters;
  private final Map<String, Counter> refused = new ConcurrentHashMap<>();
  private final Counter streams;
  private final Map<Limited, Counter> limited = new EnumMap<>(Limited.class);
  private final Counter datagrams;
  private final Counter inbox;

  public ServerMeters(Meters meters) {
    this.meters = meters;
    for (Limited each : Limited.values()) {
      limited.put(
          each,
          meters.counter(
              "limit.rejections",
              "Work refused by a limit.",
              "limit",
              "tunnel_" + each.name().toLowerCase(Locale.ROOT)));
    }
    streams =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "tunnel_streams");
    datagrams =
        meters.counter("tunnel.datagrams.dropped", "Datagrams that found no room in a tunnel.");
    inbox = meters.counter("limit.rejections", "Work refused by a limit.", "limit", "tunnel_inbox");
  }

  /** What is counted elsewhere. */
  void observe(LongSupplier agents, LongSupplier live, LongSupplier received, LongSupplier sent) {
    meters.gauge("tunnel.agents", "Agents that are connected.", agents);
    meters.gauge("tunnel.streams", "Streams open through tunnels.", live);
    meters.counter("tunnel.bytes", "Bytes through tunnels.", received, "direction", "received");
    meters.counter("tunnel.bytes", "Bytes through tunnels.", sent, "direction", "sent");
  }

  /**
   * An agent was not let in.
   *
   * @param reason of a small set; others count as {@code other}
   */
  void refused(String reason) {
    String word = REASONS.contains(reason) ? reason : "other";
    refused
        .computeIfAbsent(
            word,
            tag -> meters.counter("tunnel.refused", "Agents that were not let in.", "reason", tag))
        .increment();
  }

  /** What else is bounded. */
  enum Limited {
    CARRIERS,
    CARRIERS_PER_IP,
    AGENTS,
    SERVICES,
    UDP_SESSIONS,
    LOGIN_TIME
  }

  /** A bound was met. */
  void met(Limited limit) {
    Counter counter = limited.get(limit);
    if (counter != null) counter.increment();
  }

  void tooManyStreams() {
    streams.increment();
  }

  void datagramDropped() {
    datagrams.increment();
  }

  void inboxFull() {
    inbox.increment();
  }
}
