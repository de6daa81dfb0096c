package io.fairlead.app.config;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import io.fairlead.net.budget.MemoryLimit;
import io.fairlead.net.dial.DnsLimits;
import io.fairlead.net.listen.ProcessLimits;
import io.fairlead.net.overload.LoadWatch;
import java.time.Duration;
import java.util.Optional;

/**
 * Section {@code limits}: bounds of the whole process.
 *
 * @param listeners of all listeners together
 * @param load from which on work is shed
 * @param dns of looking names up
 */
public record LimitsConfig(ProcessLimits listeners, LoadWatch.Settings load, DnsLimits dns) {
  public static final RecordType<LimitsConfig> TYPE =
      RecordType.define(
          "limits",
          "Bounds of the whole process.",
          fields -> {
            Field<MemoryLimit> memory =
                fields
                    .key(
                        "memory",
                        MemoryLimit.TYPE,
                        "What may wait in buffers and queues: a share of the larger of heap and"
                            + " direct memory, or a size. From 80 % readers are held back, from"
                            + " 95 % new connections are refused, then slow ones cut.")
                    .orElse(MemoryLimit.DEFAULT, "50%");
            Field<Limit> connections =
                fields
                    .key(
                        "connections",
                        Types.limit(),
                        "Accepted connections open at once, and never more than 80 % of the"
                            + " process's descriptors less 256; at the bound accepting pauses.")
                    .orElse(Limit.atMost(10_000));
            Field<Limit> perIp =
                fields
                    .key(
                        "connections_per_ip",
                        Types.limit(),
                        "Connections of one source address (IPv6: /64); more are closed.")
                    .orElse(Limit.atMost(256));
            Field<Optional<Rate>> newPerIp =
                fields
                    .key(
                        "new_connections_per_ip",
                        Types.orOff(Types.rate()),
                        "New connections of one source address; twice as many may come in a burst.")
                    .orElse(Optional.of(new Rate(100)));
            Field<Optional<Limit>> handshakes =
                fields
                    .key(
                        "tls_handshakes",
                        Types.orWord("auto", Types.limit()),
                        "TLS handshakes under way at once; auto = 200 for each core, at most"
                            + " 1000. More are closed.")
                    .orElse(Optional.empty());
            Field<Duration> handshakeTimeout =
                fields
                    .key(
                        "tls_handshake_timeout",
                        Types.timeLimit(Duration.ofMillis(1)),
                        "For a whole TLS handshake.")
                    .orElse(ProcessLimits.HANDSHAKE_TIMEOUT);
            Field<Duration> delay =
                fields
                    .key(
                        "event_loop_delay",
                        Types.timeLimit(Duration.ofMillis(1)),
                        "How late an event loop may run, twice in a row, before it answers new"
                            + " requests 503 `overload` and opens no new flows.")
                    .orElse(LoadWatch.Settings.DEFAULTS.loopDelay());
            Field<Limit> names =
                fields
                    .key(
                        "dns_names",
                        Types.limit(),
                        "Names whose addresses are remembered; the least recently used leaves.")
                    .orElse(DnsLimits.DEFAULTS.names());
            Field<Duration> ttl =
                fields
                    .key(
                        "dns_ttl",
                        Types.timeLimit(Duration.ofSeconds(1)),
                        "For which an address is used at most, whatever its name server says.")
                    .orElse(DnsLimits.DEFAULTS.ttlMax());
            Field<Duration> query =
                fields
                    .key(
                        "dns_query",
                        Types.timeLimit(Duration.ofMillis(1)),
                        "For the answer of one name server.")
                    .orElse(DnsLimits.DEFAULTS.query());
            return values ->
                new LimitsConfig(
                    new ProcessLimits(
                        values.get(connections),
                        values.get(perIp),
                        values
                            .get(newPerIp)
                            .map(rate -> Limit.atMost(rate.perSecond()))
                            .orElse(Limit.OFF),
                        values.get(newPerIp).map(LimitsConfig::burst).orElse(1),
                        values.get(handshakes).orElse(ProcessLimits.HANDSHAKES_OF_THIS_MACHINE),
                        values.get(handshakeTimeout)),
                    new LoadWatch.Settings(values.get(memory), values.get(delay)),
                    new DnsLimits(values.get(names), values.get(ttl), values.get(query)));
          });

  private static int burst(Rate rate) {
    return (int) Math.min(Integer.MAX_VALUE, 2 * rate.perSecond());
  }
}
