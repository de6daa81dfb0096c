package io.fairlead.app.config;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import io.fairlead.net.listen.ProcessLimits;
import java.util.Optional;

/** Section {@code limits}: bounds of the whole process. */
public final class LimitsConfig {
  public static final RecordType<ProcessLimits> TYPE =
      RecordType.define(
          "limits",
          "Bounds of the whole process.",
          fields -> {
            Field<Limit> connections =
                fields
                    .key(
                        "connections",
                        Types.limit(),
                        "Accepted connections open at once; at the bound accepting pauses.")
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
            return values ->
                new ProcessLimits(
                    values.get(connections),
                    values.get(perIp),
                    values
                        .get(newPerIp)
                        .map(rate -> Limit.atMost(rate.perSecond()))
                        .orElse(Limit.OFF),
                    values.get(newPerIp).map(LimitsConfig::burst).orElse(1));
          });

  private LimitsConfig() {}

  private static int burst(Rate rate) {
    return (int) Math.min(Integer.MAX_VALUE, 2 * rate.perSecond());
  }
}
