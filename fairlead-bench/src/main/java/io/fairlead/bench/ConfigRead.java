package io.fairlead.bench;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a reload costs before anything is prepared: the quickstart from text to records. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ConfigRead {
  private static final Path FILE = Path.of("examples", "quickstart.yaml");

  private final Environment environment = Environment.withVariables(Map.of());
  private final ConfigSource source =
      new ConfigSource(FILE.toString(), text(), FILE.toAbsolutePath().resolveSibling(""));

  /** Parse, check, fill in defaults. */
  @Benchmark
  public Reading<GatewayConfig> quickstart() {
    Reading<GatewayConfig> reading = ConfigReader.read(GatewayConfig.TYPE, source, environment);
    if (reading.value().isEmpty()) throw new IllegalStateException(reading.problems().toString());
    return reading;
  }

  private static String text() {
    try {
      return Files.readString(FILE);
    } catch (IOException notTheCheckout) {
      throw new UncheckedIOException("run it in the checkout's folder", notTheCheckout);
    }
  }
}
