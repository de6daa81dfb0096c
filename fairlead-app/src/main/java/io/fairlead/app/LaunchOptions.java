package io.fairlead.app;

import io.fairlead.app.config.LogsConfig;
import io.fairlead.core.config.ConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What to run.
 *
 * @param source the configuration text and its place
 * @param adHoc a generated configuration: nothing to reload, and Ctrl-C on a terminal stops without
 *     announcing
 * @param checkOnly prepare everything, then discard it and report
 * @param firstLines what to print once the listeners are open
 * @param configFile the file that a reload reads again; empty when generated
 * @param logFormat form of the log that wins over the configuration's
 * @param watch take over changes of the files by itself
 * @param lastGood when the files are wrong, start the newest generation that was good
 * @param offer socket of a running gateway that offers itself to this process
 */
public record LaunchOptions(
    ConfigSource source,
    boolean adHoc,
    boolean checkOnly,
    List<String> firstLines,
    Optional<Path> configFile,
    Optional<LogsConfig.Format> logFormat,
    boolean watch,
    boolean lastGood,
    Optional<Path> offer) {
  /** Without a watch on the files, no other generation when they are wrong, and no offer. */
  public LaunchOptions(
      ConfigSource source,
      boolean adHoc,
      boolean checkOnly,
      List<String> firstLines,
      Optional<Path> configFile,
      Optional<LogsConfig.Format> logFormat) {
    this(
        source,
        adHoc,
        checkOnly,
        firstLines,
        configFile,
        logFormat,
        false,
        false,
        Optional.empty());
  }

  public LaunchOptions {
    firstLines = List.copyOf(firstLines);
  }
}
