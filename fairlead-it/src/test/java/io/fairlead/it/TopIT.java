package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.CommandLine.Outcome;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code top --once} against a gateway at work. */
class TopIT {
  private RecordingServer upstream;
  private GatewayFixture gateway;

  @BeforeEach
  void start() throws Exception {
    upstream = RecordingServer.http(request -> RecordingServer.response(200, "seen"));
    gateway =
        GatewayFixture.start(
            """
            listeners:
              web: { bind: "127.0.0.1:0", proto: http, service: site }
              idle: { bind: "127.0.0.1:0", proto: echo }
            http: { site: { default: true, routes: [ { id: all, upstream: up } ] } }
            upstreams:
              up: { endpoints: [ { url: "http://127.0.0.1:@UP@", name: first } ] }
              spare: { endpoints: [ { url: "http://127.0.0.1:1" } ] }
            """
                .replace("@UP@", Integer.toString(upstream.port())));
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    upstream.close();
  }

  private Outcome top(String... words) {
    List<String> all =
        new ArrayList<>(List.of("--control", "unix:" + gateway.controlSocket(), "top"));
    all.addAll(List.of(words));
    return CommandLine.run(gateway.dir(), all.toArray(String[]::new));
  }

  private void request(RawClient client) throws Exception {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(client.readResponse().status()).isEqualTo(200);
  }

  @Test
  void showsWhatIsGoingOn() throws Exception {
    try (RawClient client = gateway.client("web");
        RawClient other = gateway.client("web")) {
      request(client);
      request(client);
      request(other);
      Outcome outcome = top("--once");
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out())
          .contains("serving on 2 listeners", "generation 1", "connections 2")
          .containsPattern("(?m)^web +http/site +127\\.0\\.0\\.1:\\d+ +2 +2 +-$")
          .containsPattern("(?m)^idle +echo +127\\.0\\.0\\.1:\\d+ +0 +0 +-$")
          .containsPattern("(?m)^up +first +127\\.0\\.0\\.1:" + upstream.port() + " +\\w+ +0 +3 ")
          .containsPattern("(?m)^ *\\d+ +web +\\w+ +127\\.0\\.0\\.1:\\d+ ")
          .doesNotContain("\033");
    }
  }

  @Test
  void sortsAndFilters() throws Exception {
    try (RawClient client = gateway.client("web")) {
      request(client);
      String byName = top("listeners", "--once", "--sort", "listener").out();
      assertThat(byName.indexOf("\nidle")).isBetween(0, byName.indexOf("\nweb"));
      String byOpen = top("listeners", "--once", "--sort", "open").out();
      assertThat(byOpen.indexOf("\nweb")).isBetween(0, byOpen.indexOf("\nidle"));
      String filtered = top("upstreams", "--once", "--filter", "SPARE").out();
      assertThat(filtered).contains("\nspare").doesNotContain("first");
      assertThat(filtered).doesNotContain("LISTENER");
    }
  }

  @Test
  void asJsonItIsOneDocument() {
    Outcome outcome = top("--json");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.out()).contains("\"fairlead.top/1\"", "\"listeners\"", "\"endpoints\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "routes                  | use one of listeners, upstreams, connections",
        "--once --sort colour    | use one of listener, service",
        "--once --interval 1ms   | less than 100ms",
      })
  void wrongWordsAreNamed(String words, String said) {
    Outcome outcome = top(words.strip().split(" "));
    assertThat(outcome.exit()).isEqualTo(64);
    assertThat(outcome.err()).contains(said.strip());
  }
}
