package io.fairlead.app.cli;

import io.fairlead.app.Console;
import io.fairlead.app.LaunchOptions;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.lifecycle.StartException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * Reads the registry's sources without a gateway and compares; changes nothing.
   *
   * @return the report of {@code GET /v1/registry}
   * @throws ConfigException the configuration is wrong
   * @throws StartException the state cannot be read
   */
  Map<String, Object> registryOffline(
      ConfigSource source, Optional<String> target, Duration timeout)
      throws ConfigException, StartException, IOException, InterruptedException;

  /** Every diagnostic code, for {@code help CODE}. */
  List<Code> codes();
}
