package io.fairlead.app;

import io.fairlead.app.cli.Cli;
import io.fairlead.app.cli.Product;
import io.fairlead.app.doctor.Doctor;
import io.fairlead.app.doctor.Finding;
import io.fairlead.app.doctor.RunningGateway;
import io.fairlead.app.registry.OfflineRegistry;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Where the process begins. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] words) {
    System.exit(Cli.ofProcess(product()).run(words));
  }

  /** What this program starts and describes, for a command line inside another process. */
  public static Product product() {
    return new Fairlead();
  }

  /** What the command line can start; each method loads what it needs and no more. */
  private static final class Fairlead implements Product {
    @Override
    public RecordType<?> configuration() {
      return GatewayConfig.TYPE;
    }

    @Override
    public Reading<?> read(ConfigSource source) {
      return GatewayProcess.read(source);
    }

    @Override
    public int run(LaunchOptions options, Console console) {
      return GatewayProcess.run(options, console);
    }

    @Override
    public List<Finding> examine(
        Optional<ConfigSource> source,
        Optional<Path> file,
        Optional<RunningGateway> running,
        boolean security) {
      return new Doctor(Clock.system())
          .examine(new Doctor.Patient(source.map(GatewayProcess::read), file, running, security));
    }

    @Override
    public Finding auditFinding(Path file) {
      return Doctor.audit(file);
    }

    @Override
    public Map<String, Object> registryOffline(
        ConfigSource source, Optional<String> target, Duration timeout, OptionalLong block)
        throws ConfigException, StartException, IOException, InterruptedException {
      return OfflineRegistry.look(
          GatewayProcess.read(source).valueOrThrow(), target, timeout, block);
    }

    @Override
    public List<Code> codes() {
      return DiagnosticCodes.all();
    }
  }
}
