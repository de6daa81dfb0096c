package io.fairlead.app.demo;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.emulator.ChainEmulator;
import io.fairlead.registry.evm.emulator.EmulatorServer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A development chain on loopback, for as long as the demonstration lasts. */
sealed interface DevNode extends AutoCloseable {
  /** Where it takes calls over HTTP. */
  String url();

  /** One endpoint of {@code pubsub.chains}, YAML in flow style. */
  String endpoint();

  @Override
  void close() throws IOException;

  /**
   * Starts {@code anvil} when it is installed, else the emulator.
   *
   * @param emulated the emulator in any case
   */
  static DevNode start(Map<String, String> environment, boolean emulated, Clock clock)
      throws IOException, DemoFailureException {
    Optional<Path> anvil = emulated ? Optional.empty() : find(environment, "anvil");
    return anvil.isPresent() ? Anvil.start(anvil.get(), clock) : Emulator.start(clock);
  }

  private static Optional<Path> find(Map<String, String> environment, String program) {
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (folder.isEmpty()) continue;
      Path candidate = Path.of(folder, program);
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** A process of the node {@code anvil}, which mines a block for each transaction. */
  final class Anvil implements DevNode {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern LISTENING = Pattern.compile("Listening on [^:]+:([0-9]+)");

    private final Process process;
    private final int port;

    private Anvil(Process process, int port) {
      this.process = process;
      this.port = port;
    }

    static Anvil start(Path program, Clock clock) throws IOException, DemoFailureException {
      Process process =
          new ProcessBuilder(
                  program.toString(), "--port", "0", "--chain-id", Long.toString(DemoChain.ID))
              .redirectErrorStream(true)
              .start();
      // Whatever ends this process ends the node.
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      Deadline deadline = Deadline.in(clock, PATIENCE);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher listening = LISTENING.matcher(line);
        if (listening.find()) {
          Thread.ofVirtual().name("anvil-output").start(() -> swallow(lines));
          return new Anvil(process, Integer.parseInt(listening.group(1)));
        }
        if (deadline.passed()) break;
      }
      process.destroyForcibly();
      throw new DemoFailureException(program + " did not say where it listens");
    }

    /** A node whose output nobody reads stands still. */
    private static void swallow(BufferedReader lines) {
      try {
        while (lines.readLine() != null) continue;
      } catch (IOException ended) {
        return;
      }
    }

    @Override
    public String url() {
      return "http://127.0.0.1:" + port;
    }

    @Override
    public String endpoint() {
      return "{ alias: node, url: \"ws://127.0.0.1:" + port + "\" }";
    }

    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(2, TimeUnit.SECONDS)) process.destroyForcibly();
      } catch (InterruptedException hurried) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The contract's emulator in this process; it cannot push, so it is asked often. */
  final class Emulator implements DevNode {
    private final EmulatorServer server;

    private Emulator(EmulatorServer server) {
      this.server = server;
    }

    static Emulator start(Clock clock) throws IOException {
      return new Emulator(EmulatorServer.start(new ChainEmulator(clock)));
    }

    @Override
    public String url() {
      return server.url();
    }

    @Override
    public String endpoint() {
      return "{ alias: node, url: \"" + server.url() + "\", poll_interval: 50ms }";
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** How the audience is told what this is. */
  default List<String> shown() {
    return switch (this) {
      case Anvil _ -> List.of("anvil, a development node of Ethereum", url());
      case Emulator _ ->
          List.of(
              "the built-in emulator of the contract (no virtual machine; install anvil for one)",
              url());
    };
  }
}
