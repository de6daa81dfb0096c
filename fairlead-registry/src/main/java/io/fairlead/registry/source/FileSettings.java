package io.fairlead.registry.source;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.time.Clock;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** A list in a local file. */
record FileSettings(SourceRules rules, Path path, OptionalInt defaultPort)
    implements SourceSettings {
  static final RecordType<FileSettings> TYPE =
      RecordType.define(
          "registry_file_source",
          "A list in a local file, followed from the moment it changes.",
          fields -> {
            Field<SourceRules> rules = fields.flattened(SourceRules.TYPE);
            Field<Path> path =
                fields
                    .key(
                        "path",
                        Types.path(),
                        "The file: `.json`, `.yaml` and `.yml` hold a list of endpoints or"
                            + " entries, any other one endpoint a line. Zero bytes are a failure;"
                            + " an empty list is `[]`, or a line `# empty`.")
                    .example("proxies.yaml")
                    .required();
            Field<Optional<Integer>> port =
                fields
                    .key(
                        "default_port",
                        Types.integer().between(1, 65_535),
                        "Port of endpoints that are written without one.")
                    .optional();
            return values ->
                new FileSettings(
                    values.get(rules),
                    values.get(path),
                    values.get(port).map(OptionalInt::of).orElse(OptionalInt.empty()));
          });

  /** How such sources come in. */
  static final class Provider implements SourceProvider<FileSettings> {
    @Override
    public String type() {
      return "file";
    }

    @Override
    public RecordType<FileSettings> settings() {
      return TYPE;
    }

    @Override
    public RegistrySource open(FileSettings settings, Clock clock) {
      return new FileSource(settings, clock);
    }
  }

  @Override
  public String type() {
    return "file";
  }

  @Override
  public boolean guarded() {
    return false; // the operator wrote it
  }
}
