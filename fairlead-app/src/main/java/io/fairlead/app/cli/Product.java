package io.fairlead.app.cli;

import io.fairlead.app.Console;
import io.fairlead.app.LaunchOptions;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import java.util.List;

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

  /** Every diagnostic code, for {@code help CODE}. */
  List<Code> codes();
}
