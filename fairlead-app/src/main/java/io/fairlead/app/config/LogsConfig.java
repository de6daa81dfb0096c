package io.fairlead.app.config;

import io.fairlead.app.audit.AuditConfig;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;

/** Section {@code logs}. */
public record LogsConfig(Level level, Format format, AuditConfig audit) {
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
            Field<AuditConfig> audit =
                fields
                    .key("audit", AuditConfig.TYPE, "The audit file.")
                    .orElse(AuditConfig.TYPE.defaults());
            return values ->
                new LogsConfig(values.get(level), values.get(format), values.get(audit));
          });
}
