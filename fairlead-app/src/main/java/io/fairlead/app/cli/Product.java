package io.fairlead.app.cli;

import io.fairlead.app.Console;
import io.fairlead.app.LaunchOptions;
import io.fairlead.app.doctor.Finding;
import io.fairlead.app.doctor.RunningGateway;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.lifecycle.StartException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the command line starts and describes. A method is called only by commands that need it, so
 * that a short command loads nothing of the gateway.
 */
public interface Product {
  /** The definition of the whole configuration file. */
  RecordType<?> configuration();

  /** Reads a configuration and finds every problem; starts nothing. */
  Reading<?> read(ConfigSource source);

  /** Runs a gateway to its end and returns the exit code. */
  int run(LaunchOptions options, Console console);

  /**
   * Looks at this machine and a configuration; changes nothing.
   *
   * @param source empty when there is no configuration
   * @param running the gateway that answers
   * @param security whether to ask what is open as well
   */
  List<Finding> examine(
      Optional<ConfigSource> source,
      Optional<Path> file,
      Optional<RunningGateway> running,
      boolean security);

  /** Whether an audit file and its older files are whole. */
  Finding auditFinding(Path file);

  /**
   * Reads the registry's sources without a gateway and compares; changes nothing.
   *
   * @return the report of {@code GET /v1/registry}
   * @throws ConfigException the configuration is wrong
   * @throws StartException the state cannot be read
   */
  Map<String, Object> registryOffline(
      ConfigSource source, Optional<String> target, Duration timeout, OptionalLong block)
      throws ConfigException, StartException, IOException, InterruptedException;

  /** Every diagnostic code, for {@code help CODE}. */
  List<Code> codes();
}
