package io.fairlead.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.live.LiveConnection;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every path that changes something × everything a web page can make a browser send. */
class CsrfMatrixTest {
  /** Method and path of each change. */
  static final List<Arguments> CHANGES =
      List.of(
          Arguments.of("POST", "/v1/reload"),
          Arguments.of("POST", "/v1/stop"),
          Arguments.of("POST", "/reload"),
          Arguments.of("POST", "/stop"),
          Arguments.of("DELETE", "/v1/connections/1"));

  /** Headers that give the sender away. */
  static final List<String> FOREIGN =
      List.of(
          "Host: evil.example",
          "Host: evil.example:8837",
          "Origin: http://evil.example",
          "Origin: null",
          "Sec-Fetch-Site: cross-site",
          "Sec-Fetch-Site: same-site",
          "Content-Type: application/x-www-form-urlencoded",
          "Content-Type: text/plain",
          "Content-Type: multipart/form-data; boundary=x");

  /** A live connection that a forged DELETE would cut. */
  private static final EmbeddedChannel VICTIM = new EmbeddedChannel();

  @TempDir static Path directory;
  private static ControlFixture control;

  @BeforeAll
  static void start() throws Exception {
    control = new ControlFixture(directory);
    LiveConnection victim =
        control.connections.register(VICTIM, "edge", new InetSocketAddress("127.0.0.1", 1000));
    assertThat(victim.id()).as("id in CHANGES").isEqualTo(1);
  }

  @AfterAll
  static void stop() {
    VICTIM.close();
    control.close();
  }

  @AfterEach
  void nothingHappened() {
    assertThat(control.gateway.stops).isEmpty();
    assertThat(control.gateway.reloads).isEmpty();
    VICTIM.runPendingTasks();
    assertThat(VICTIM.isOpen()).isTrue();
  }

  static Stream<Arguments> foreignChanges() {
    return CHANGES.stream()
        .flatMap(
            change ->
                FOREIGN.stream().map(line -> Arguments.of(change.get()[0], change.get()[1], line)));
  }

  @ParameterizedTest(name = "{0} {1} with {2}")
  @MethodSource("foreignChanges")
  void refusedFromAPageEvenWithTheTokenAndOnTheSocket(String method, String path, String line)
      throws IOException {
    assertRefused(control.bare(method, path, line));
    assertRefused(control.ask(method, path, line));
    assertRefused(control.local(method, path, line));
  }

  @ParameterizedTest(name = "{0} {1}")
  @FieldSource("CHANGES")
  void refusedWithoutCredentials(String method, String path) throws IOException {
    assertRefused(control.bare(method, path));
    assertRefused(control.bare(method, path, "Authorization: Bearer wrong"));
    assertRefused(control.bare(method, path + "?token=" + control.token));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/reload", "/v1/stop", "/v1/connections/1"})
  void refusedAsGetEvenWithTheToken(String path) throws IOException {
    assertThat(control.ask("GET", path).status()).isEqualTo(405);
    assertThat(control.ask("HEAD", path).status()).isEqualTo(405);
    assertThat(control.local("GET", path).status()).isEqualTo(405);
    assertRefused(control.bare("GET", path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: http://127.0.0.1",
        "Referer: http://evil.example/page",
        "Referer: http://127.0.0.1/",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Mode: no-cors",
        "Sec-Fetch-Dest: image",
        "Cookie: a=b",
        "Host: evil.example",
        "Host: 127.0.0.1:1",
        "Authorization: Bearer wrong",
        "Content-Type: text/plain"
      })
  void shortPathsBreakOnEachCondition(String line) throws IOException {
    for (String path : List.of("/reload", "/stop")) {
      assertRefused(control.bare("GET", path, line));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "HEAD"})
  void shortPathsWithoutTokenAreForGetOnly(String method) throws IOException {
    assertRefused(control.bare(method, "/stop"));
    assertRefused(control.bare(method, "/reload"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/stop", "/reload"})
  @EnabledOnOs(OS.LINUX)
  void ownUserWithoutAnyOfTheseIsLetIn(String path) throws IOException {
    // The same request from the own user is let in: the refusals above are not for another reason.
    try (RawClient client = RawClient.connect(control.port())) {
      Response response = ControlFixture.exchange(client, "127.0.0.1", "GET", path, "");
      assertThat(response.status()).isIn(200, 202);
    }
    try {
      if (path.equals("/stop")) control.gateway.stops.take();
      else control.gateway.reloads.take();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void assertRefused(Response response) {
    assertThat(response.status()).isIn(401, 403, 405, 415);
  }
}
