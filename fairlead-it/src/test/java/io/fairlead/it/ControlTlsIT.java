package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control API behind TLS, asked by curl. */
class ControlTlsIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path dir;

  @Test
  void curlTalksTlsAndPlainTextGetsNothing() throws Exception {
    Pem.selfMade(dir, "site");
    String certs = "certs: { site: { files: { cert: site.crt, key: site.key } } }\n";
    try (Guarded guarded = Guarded.start(dir, "  tls: { cert: site }\n", certs)) {
      assertThat(curl(guarded, "/v1/status", "-H", "Authorization: Bearer " + guarded.token()))
          .startsWith("200");
      assertThat(curl(guarded, "/v1/status")).startsWith("401");
      assertThat(curl(guarded, "/now")).as("the own user, proven as ever").startsWith("200");
      String login =
          curl(
              guarded,
              "/v1/login",
              "-i",
              "-H",
              "Content-Type: application/json",
              "-H",
              "Origin: https://localhost:" + guarded.port(),
              "-d",
              "{\"user\":\"ann\",\"password\":\"" + Guarded.PASSWORD + "\"}");
      assertThat(login).contains("HttpOnly; SameSite=Strict; Secure");
      assertThat(
              curl(
                  guarded,
                  "/v1/login",
                  "-H",
                  "Content-Type: application/json",
                  "-H",
                  "Origin: http://localhost:" + guarded.port(),
                  "-d",
                  "{}"))
          .as("the same name without TLS is another origin")
          .startsWith("403");
      try (RawClient plain = RawClient.connect(guarded.port())) {
        plain.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(plain.drainToEnd()).isIn(RawClient.End.EOF, RawClient.End.RESET);
      }
      assertThat(curl(guarded, "/livez")).startsWith("200");
    }
  }

  private String curl(Guarded guarded, String path, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Peers.require("curl").toString(),
                "-sS",
                "-m",
                "20",
                "--cacert",
                dir.resolve("site.crt").toString(),
                "-w",
                "%{stderr}%{http_code}",
                "https://localhost:" + guarded.port() + path));
    command.addAll(List.of(more));
    try (Proc curl = Proc.start(command, dir, java.util.Map.of())) {
      curl.awaitExit(LIMIT);
      return curl.stderr() + " " + curl.stdout();
    }
  }
}
