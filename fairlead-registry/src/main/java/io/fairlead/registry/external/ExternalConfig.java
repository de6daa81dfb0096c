package io.fairlead.registry.external;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.rewrite.FileSwap.Write;
import io.fairlead.registry.rewrite.TextFormat;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a target of kind {@code external_config} has besides the common keys.
 *
 * @param file YAML or TOML by its ending
 * @param path JSON Pointer to the list
 * @param backups old versions kept beside the file
 * @param restore whether what returns gets its old text and place
 * @param reload empty when nobody is told
 */
public record ExternalConfig(
    Path file,
    String path,
    Write write,
    int backups,
    boolean restore,
    Optional<ReloadConfig> reload,
    VerifyConfig verify) {
  private static final int BACKUPS_DEFAULT = 5;

  public ExternalConfig {
    if (TextFormat.ofName(file).isEmpty()) {
      throw new IllegalArgumentException(
          "expected .yaml, .yml, .json or .toml, found " + file.getFileName());
    }
  }

  public static final RecordType<ExternalConfig> TYPE =
      RecordType.define(
          "registry_external_config",
          "A list in the configuration file of another program.",
          fields -> {
            Field<Path> file =
                fields
                    .key(
                        "file",
                        Types.path(),
                        "The file; its ending says what it is: yaml, yml, json or toml. Only the"
                            + " lines of the list are changed.")
                    .example("./proxy.yaml")
                    .required();
            Field<String> path =
                fields
                    .key(
                        "path",
                        Types.string().matching("(/[^/]*)+", "a JSON Pointer such as /subscribe"),
                        "Where the list of strings stands in it.")
                    .orElse("/subscribe");
            Field<Write> write =
                fields
                    .key(
                        "write",
                        Types.choice(Write.class),
                        "rename replaces the file as a whole; in_place keeps its inode; auto"
                            + " renames, and writes in place where the file itself is a mount.")
                    .orElse(Write.AUTO);
            Field<Integer> backups =
                fields
                    .key(
                        "backups",
                        Types.integer().between(0, 100),
                        "Old versions kept as NAME.bak.1 (the newest) and so on.")
                    .orElse(BACKUPS_DEFAULT);
            Field<Boolean> restore =
                fields
                    .key(
                        "restore",
                        Types.bool(),
                        "Whether a line that was taken out comes back, as it was and where it was,"
                            + " when the list names it again.")
                    .orElse(true);
            Field<Optional<ReloadConfig>> reload =
                fields
                    .key(
                        "reload",
                        ReloadConfig.type(),
                        "How the program is told; without it nobody is.")
                    .optional();
            Field<Optional<VerifyConfig>> verify =
                fields
                    .key(
                        "verify",
                        VerifyConfig.type(),
                        "How to see that the program does well with its new list; if not, the"
                            + " last good list comes back. Without it nobody looks.")
                    .optional();
            return values ->
                new ExternalConfig(
                    values.get(file),
                    values.get(path),
                    values.get(write),
                    values.get(backups),
                    values.get(restore),
                    values.get(reload),
                    values.get(verify).orElse(VerifyConfig.NOBODY));
          });

  /** Everything else at its default, for programs that embed the library. */
  public static ExternalConfig of(
      Path file, String path, ReloadConfig reload, VerifyConfig verify) {
    return new ExternalConfig(
        file, path, Write.AUTO, BACKUPS_DEFAULT, true, Optional.of(reload), verify);
  }

  /** Whether a program is named, which needs permission. */
  public boolean runsPrograms() {
    return verify instanceof VerifyConfig.Exec
        || reload.filter(ReloadConfig.Exec.class::isInstance).isPresent();
  }
}
