package io.fairlead.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Development nodes of other makers, driven with the requests that anvil understands too. They take
 * no port 0, so a free one is looked for; who is unlucky tries again.
 */
public final class OtherNodes {
  private static final Duration START_MAX = Duration.ofSeconds(90);
  private static final int TRIES = 3;
  private static final String CONFIG =
      """
      module.exports = {
        solidity: "0.8.28",
        networks: {
          hardhat: { chainId: 31337, hardfork: "shanghai", mining: { auto: false, interval: 0 } },
        },
      };
      """;

  private OtherNodes() {}

  /**
   * A node of Hardhat that mines when told.
   *
   * @param folder empty; becomes its project
   */
  public static Anvil hardhat(Path folder) throws IOException, InterruptedException {
    Path program = Peers.require("hardhat").toRealPath();
    Files.writeString(folder.resolve("hardhat.config.js"), CONFIG);
    Files.writeString(folder.resolve("package.json"), "{\"name\":\"node\",\"private\":true}");
    // It wants to be installed in its project.
    @Nullable Path modules = program;
    while (modules != null && !modules.endsWith("node_modules")) modules = modules.getParent();
    if (modules == null) throw new IOException(program + " (expected: below node_modules)");
    Files.createSymbolicLink(folder.resolve("node_modules"), modules);
    return start(
        folder,
        port ->
            List.of(
                folder.resolve("node_modules/.bin/hardhat").toString(),
                "node",
                "--port",
                Integer.toString(port)),
        "Started HTTP and WebSocket");
  }

  /** A node of Ganache that mines when told. */
  public static Anvil ganache(Path folder) throws IOException, InterruptedException {
    Path program = Peers.require("ganache");
    return start(
        folder,
        port ->
            List.of(
                program.toString(),
                "--server.port",
                Integer.toString(port),
                "--chain.chainId",
                "31337",
                "--miner.blockTime",
                "1000000",
                "--miner.blockGasLimit",
                "60000000"),
        "RPC Listening on");
  }

  private interface Command {
    List<String> on(int port);
  }

  private static Anvil start(Path folder, Command command, String ready)
      throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      int port = FreePorts.one();
      Map<String, String> environment =
          Map.of("NO_COLOR", "1", "HARDHAT_DISABLE_TELEMETRY_PROMPT", "true");
      Proc process = Proc.start(command.on(port), folder, environment);
      try {
        process.awaitLine(ready, START_MAX);
        return Anvil.of(process, port);
      } catch (AssertionError failure) {
        process.close();
        if (tries == TRIES) throw failure;
      }
    }
  }
}
