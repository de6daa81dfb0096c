package io.fairlead.it;

import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The built program as a broker, killed and started again on the same state directory. */
final class CrashingBroker implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  /** Started often and for a moment only; what it loads comes from the archive of the first run. */
  private static final String QUICK = "-XX:TieredStopAtLevel=1 -Xmx256m";

  private final Launched fairlead;
  private final Path dir;
  private final int port;
  private Proc process;

  private CrashingBroker(Launched fairlead, Path dir, int port, Proc process) {
    this.fairlead = fairlead;
    this.dir = dir;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param mqtt section {@code mqtt}, in braces
   */
  static CrashingBroker start(Launched fairlead, Path dir, String mqtt) throws Exception {
    int port = NginxOrigin.freePort();
    Files.writeString(
        dir.resolve("fairlead.yaml"),
        """
        version: 1
        runtime: { state_dir: state, drain: { stop: 5s, announce: 0s } }
        control: { listen: off, socket: control.sock }
        logs: { level: warn }
        limits: { connections_per_ip: off, new_connections_per_ip: off }
        listeners: { mqtt: { bind: "127.0.0.1:%d", proto: mqtt } }
        mqtt: %s
        """
            .formatted(port, mqtt));
    Proc process = launched(fairlead, dir);
    CrashingBroker broker = new CrashingBroker(fairlead, dir, port, process);
    try {
      process.awaitPort(port, START);
      return broker;
    } catch (AssertionError failure) {
      broker.close();
      throw failure;
    }
  }

  private static Proc launched(Launched fairlead, Path dir) throws IOException {
    return fairlead.startWith(QUICK, dir, "run", "-c", "fairlead.yaml", "--log-format", "json");
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port);
  }

  long pid() {
    return process.pid();
  }

  Path state() {
    return dir.resolve("state");
  }

  String log() {
    return process.stderr();
  }

  /** As the kernel does when memory runs out: nothing of it runs any more. */
  void kill() throws IOException, InterruptedException {
    process.signal("KILL");
    process.awaitExit(START);
  }

  /** Ends it in good order; what its exit code is. */
  int stop() throws IOException, InterruptedException {
    process.signal("TERM");
    return process.awaitExit(START);
  }

  /**
   * Ends it in good order and starts it again: the JVM leaves an archive of its classes, with which
   * every later start takes half the time.
   */
  void leaveArchive() throws IOException, InterruptedException {
    stop();
    startAgain();
  }

  void startAgain() throws IOException, InterruptedException {
    process = launched(fairlead, dir);
    process.awaitPort(port, START);
  }

  @Override
  public void close() {
    process.close();
  }
}
