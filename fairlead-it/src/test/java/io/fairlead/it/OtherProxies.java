package io.fairlead.it;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Proxies that others wrote, on loopback ports. */
final class OtherProxies implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  /** How one of them is started on a port. */
  private interface Command {
    List<String> at(int port) throws IOException;
  }

  private final Proc process;
  private final int port;
  private final Path dir;

  private OtherProxies(Proc process, int port, Path dir) {
    this.process = process;
    this.port = port;
    this.dir = dir;
  }

  int port() {
    return port;
  }

  /** SOCKS 5 with one account. */
  static OtherProxies microsocks(String user, String password)
      throws IOException, InterruptedException {
    String program = Peers.require("microsocks").toString();
    return start(
        Files.createTempDirectory("fairlead-microsocks"),
        port -> List.of(program, "-i", "127.0.0.1", "-p", "" + port, "-u", user, "-P", password));
  }

  /** SOCKS 4 and 5 without accounts. */
  static OtherProxies dante() throws IOException, InterruptedException {
    String program = Peers.require("danted").toString();
    Path dir = Files.createTempDirectory("fairlead-dante");
    return start(
        dir,
        port -> {
          Files.writeString(
              dir.resolve("danted.conf"),
              """
              logoutput: stderr
              internal: 127.0.0.1 port = %d
              external: lo
              external.rotation: none
              socksmethod: none
              clientmethod: none
              user.privileged: %s
              user.unprivileged: %s
              client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
              socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
              """
                  .formatted(
                      port, System.getProperty("user.name"), System.getProperty("user.name")));
          return List.of(
              program, "-f", dir.resolve("danted.conf").toString(), "-p", dir + "/danted.pid");
        });
  }

  /** HTTP CONNECT to any port, with an account. */
  static OtherProxies tinyproxy(String user, String password)
      throws IOException, InterruptedException {
    String program = Peers.require("tinyproxy").toString();
    Path dir = Files.createTempDirectory("fairlead-tinyproxy");
    return start(
        dir,
        port -> {
          Files.writeString(
              dir.resolve("tinyproxy.conf"),
              """
              Port %d
              Listen 127.0.0.1
              Timeout 60
              MaxClients 50
              BasicAuth %s %s
              """
                  .formatted(port, user, password));
          return List.of(program, "-d", "-c", dir.resolve("tinyproxy.conf").toString());
        });
  }

  /** TLS in front of another port. */
  static OtherProxies tls(Pem pem, int behind) throws IOException, InterruptedException {
    String program = Peers.require("socat").toString();
    return start(
        Files.createTempDirectory("fairlead-socat"),
        port ->
            List.of(
                program,
                "OPENSSL-LISTEN:%d,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=%s,key=%s"
                    .formatted(port, pem.cert(), pem.key()),
                "TCP:127.0.0.1:" + behind));
  }

  private static OtherProxies start(Path dir, Command command)
      throws IOException, InterruptedException {
    // None of them can be asked for port 0: a free port may be gone when it binds.
    for (int attempt = 1; ; attempt++) {
      int port = NginxOrigin.freePort();
      Proc process = Proc.start(command.at(port), dir, Map.of());
      try {
        process.awaitPort(port, Duration.ofSeconds(10));
        return new OtherProxies(process, port, dir);
      } catch (AssertionError notUp) {
        process.close();
        if (attempt == ATTEMPTS) throw notUp;
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.close();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    }
  }
}
