package io.fairlead.app.cli;

import io.fairlead.app.Console;
import io.fairlead.app.LaunchOptions;
import io.fairlead.app.doctor.Finding;
import io.fairlead.app.doctor.RunningGateway;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A small product: three sections, and a run that only remembers what it was asked. */
final class SampleProduct implements Product {
  record Control(String listen, String socket) {}

  record Sample(String name, Control control, Limit connections) {}

  static final RecordType<Control> CONTROL =
      RecordType.define(
          "control",
          "Control API.",
          fields -> {
            Field<String> listen =
                fields.key("listen", Types.string(), "Where.").orElse("127.0.0.1:1");
            Field<String> socket =
                fields.key("socket", Types.string(), "Which.").orElse("run/control.sock");
            return values -> new Control(values.get(listen), values.get(socket));
          });

  static final RecordType<Limit> LIMITS =
      RecordType.define(
          "limits",
          "Bounds.",
          fields -> {
            Field<Limit> connections =
                fields
                    .key("connections", Types.limit(), "Open connections.")
                    .orElse(Limit.atMost(10_000));
            return values -> values.get(connections);
          });

  static final RecordType<Sample> TYPE =
      RecordType.define(
          "fairlead",
          "A sample.",
          fields -> {
            Field<Integer> version =
                fields.key("version", Types.schemaVersion(), "Format.").required();
            Field<String> name = fields.key("name", Types.string(), "Name.").orElse("sample");
            Field<Control> control =
                fields.key("control", CONTROL, "Control API.").orElse(CONTROL.defaults());
            Field<Limit> limits = fields.key("limits", LIMITS, "Bounds.").orElse(LIMITS.defaults());
            return values -> {
              values.get(version);
              return new Sample(values.get(name), values.get(control), values.get(limits));
            };
          });

  final List<LaunchOptions> launched = new ArrayList<>();
  int exitCode;

  @Override
  public RecordType<?> configuration() {
    return TYPE;
  }

  @Override
  public Reading<?> read(ConfigSource source) {
    return ConfigReader.read(TYPE, source, Environment.ofProcess());
  }

  @Override
  public int run(LaunchOptions options, Console console) {
    launched.add(options);
    options.firstLines().forEach(console::err);
    return exitCode;
  }

  @Override
  public List<Finding> examine(
      Optional<ConfigSource> source,
      Optional<Path> file,
      Optional<RunningGateway> running,
      boolean security) {
    return List.of();
  }

  @Override
  public Finding auditFinding(Path file) {
    return new Finding("audit", Finding.Level.OK, file.toString(), "");
  }

  @Override
  public java.util.Map<String, Object> registryOffline(
      ConfigSource source,
      java.util.Optional<String> target,
      java.time.Duration timeout,
      java.util.OptionalLong block) {
    return java.util.Map.of("sources", List.of(), "targets", List.of());
  }

  @Override
  public List<Code> codes() {
    return Codes.engine();
  }
}
