package io.fairlead.registry.manage;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.source.Sources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The list, as one of the registry's own sources. */
final class ListSource {
  static final String NAME = "list";

  private static final RecordType<SourceSettings> TYPE =
      RecordType.define(
          "manage_source",
          "The list to follow.",
          fields -> {
            Field<SourceSettings> source =
                fields.key("source", Sources.SETTINGS, "Where it is.").required();
            return values -> values.get(source);
          });

  private ListSource() {}

  /**
   * @throws IllegalArgumentException the source is neither a file nor a URL
   */
  static RegistrySource open(ManageSettings settings, Duration timeout, Clock clock) {
    Optional<Path> file = settings.sourceFile();
    String where =
        file.isPresent()
            ? "type: file, path: "
                + quoted(file.get().toAbsolutePath().toString())
                + ", default_port: "
                + settings.defaultPort()
            : "type: http, url: "
                + quoted(settings.source())
                + ", default_port: "
                + settings.defaultPort();
    String text =
        "source: { name: " + NAME + ", timeout: " + timeout.toSeconds() + "s, " + where + " }\n";
    Reading<SourceSettings> reading =
        ConfigReader.read(
            TYPE,
            new ConfigSource("<source>", text, Path.of("")),
            Environment.withVariables(Map.of()));
    SourceSettings read =
        reading
            .value()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "source: "
                            + settings.source()
                            + " ("
                            + reading.problems().getFirst().message()
                            + ")"));
    return Sources.open(read, clock);
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("${", "$${") + "\"";
  }
}
