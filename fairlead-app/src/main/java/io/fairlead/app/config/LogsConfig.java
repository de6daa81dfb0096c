package io.fairlead.app.config;

import io.fairlead.app.accesslog.AccessLogConfig;
import io.fairlead.app.audit.AuditConfig;
import io.fairlead.app.logs.LogSetup;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import java.util.Optional;

/**
 * Section {@code logs}.
 *
 * @param lines of one kind from one source, each second
 */
public record LogsConfig(
    Level level, Format format, Limit lines, AuditConfig audit, AccessLogConfig access) {
  /** Least severe line written. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /** How a line looks. */
  public enum Format {
    AUTO,
    TEXT,
    JSON
  }

  public static final RecordType<LogsConfig> TYPE =
      RecordType.define(
          "logs",
          "What the gateway says about itself, on standard error.",
          fields -> {
            Field<Level> level =
                fields
                    .key("level", Types.choice(Level.class), "Least severe line written.")
                    .orElse(Level.INFO);
            Field<Format> format =
                fields
                    .key(
                        "format",
                        Types.choice(Format.class),
                        "auto is text on a terminal and one JSON object a line elsewhere.")
                    .orElse(Format.AUTO);
            Field<Limit> lines =
                fields
                    .key(
                        "lines",
                        Types.orOff(Types.rate())
                            .mapped(
                                Codes.BAD_RATE,
                                rate ->
                                    rate.map(each -> Limit.atMost(each.perSecond()))
                                        .orElse(Limit.OFF),
                                limit ->
                                    limit instanceof Limit.AtMost(long most)
                                        ? Optional.of(new Rate(most))
                                        : Optional.empty()),
                        "Lines of one kind from one source; the rest is counted in one line"
                            + " `suppressed`. Errors are always written.")
                    .orElse(LogSetup.LINES_PER_SECOND);
            Field<AuditConfig> audit =
                fields
                    .key("audit", AuditConfig.TYPE, "The audit file.")
                    .orElse(AuditConfig.TYPE.defaults());
            Field<AccessLogConfig> access =
                fields
                    .key("access", AccessLogConfig.TYPE, "The access log.")
                    .orElse(AccessLogConfig.TYPE.defaults());
            return values ->
                new LogsConfig(
                    values.get(level),
                    values.get(format),
                    values.get(lines),
                    values.get(audit),
                    values.get(access));
          });
}
