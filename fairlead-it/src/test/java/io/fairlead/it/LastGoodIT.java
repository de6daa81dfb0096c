package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program with a broken file and a memory, and the commands that change what runs. */
class LastGoodIT {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration SOON = Duration.ofSeconds(40);

  @TempDir private Path cache;
  @TempDir private Path dir;

  @Test
  void theCommandsChangeConfirmAndRestoreAndTheLastGoodOneRuns() throws Exception {
    Launched fairlead = Launched.built(cache);
    int port = NginxOrigin.freePort();
    Path file = dir.resolve("fairlead.yaml");
    String one = config(port, "one");
    Files.writeString(file, one);
    try (Proc gateway = fairlead.start(dir, "run", "-c", "fairlead.yaml")) {
      gateway.awaitLine("try: fairlead status", START);
      String changed = "http.site.routes.0.respond.body";
      assertThat(cli(fairlead, "config", "set", changed, "two").exit()).isZero();
      assertThat(Files.readString(file)).isEqualTo(one.replace("body: one", "body: two"));
      Ran applied = cli(fairlead, "reload", "--confirm-within", "10m", "--comment", "by hand");
      assertThat(applied.exit()).as(applied.err()).isZero();
      assertThat(applied.err()).contains("fairlead confirm");
      assertThat(cli(fairlead, "confirm").out()).contains("generation 2 stays");
      assertThat(get(port).text()).isEqualTo("two");
      Ran difference = cli(fairlead, "config", "diff", "1", "2");
      assertThat(difference.exit()).isEqualTo(2);
      assertThat(difference.out()).contains("\"one\" -> \"two\"");
      assertThat(cli(fairlead, "rollback").exit()).isZero();
      assertThat(get(port).text()).isEqualTo("one");
      assertThat(cli(fairlead, "config", "show", "--layers").out()).contains("rollback to 1");
      assertThat(cli(fairlead, "rollback", "99").exit()).isEqualTo(1);
      Files.writeString(file, one.replace("listeners:", "listeners: {"));
      assertThat(cli(fairlead, "reload").exit()).isEqualTo(65);
      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).isZero();
    }
    try (Proc refused = fairlead.start(dir, "run", "-c", "fairlead.yaml")) {
      assertThat(refused.awaitExit(SOON)).isEqualTo(65);
    }
    try (Proc gateway = fairlead.start(dir, "run", "-c", "fairlead.yaml", "--last-good")) {
      gateway.awaitLine("try: fairlead status", START);
      assertThat(get(port).text()).isEqualTo("one");
      Ran status = cli(fairlead, "status");
      assertThat(status.exit()).isEqualTo(3);
      assertThat(status.out()).contains("the last good one");
      Files.writeString(file, config(port, "mended"));
      assertThat(cli(fairlead, "reload").exit()).isZero();
      assertThat(get(port).text()).isEqualTo("mended");
      assertThat(cli(fairlead, "status").exit()).isZero();
      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).isZero();
    }
  }

  private record Ran(int exit, String out, String err) {}

  private Ran cli(Launched fairlead, String... words) throws Exception {
    try (Proc ran = fairlead.start(dir, words)) {
      int exit = ran.awaitExit(SOON);
      return new Ran(exit, ran.stdout(), ran.stderr());
    }
  }

  private static StrictHttpParser.Response get(int port) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
    }
  }

  private static String config(int port, String body) {
    return """
    version: 1   # stays
    runtime: { state_dir: state, drain: { stop: 2s, announce: 0s } }
    control: { listen: "127.0.0.1:0", socket: run/control.sock }
    listeners:
      web: { bind: "127.0.0.1:%d", proto: http, service: site }
    http:
      site:
        default: true
        routes:
          - match: { path: /* }
            respond: { status: 200, body: %s }   # the answer
    """
        .formatted(port, body);
  }
}
