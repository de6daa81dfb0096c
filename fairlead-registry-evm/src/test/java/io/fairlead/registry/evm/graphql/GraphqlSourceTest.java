package io.fairlead.registry.evm.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceException.Reason;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.testkit.RecordingServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A list of a GraphQL server: all of its pages, or a failure that says why. */
class GraphqlSourceTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private static GraphqlSettings settings(
      int port, String pointer, String item, Map<String, String> map, Optional<String> pageInfo) {
    return new GraphqlSettings(
        SourceRules.of("main"),
        URI.create("http://127.0.0.1:" + port + "/graphql"),
        "query Proxies($after: String) { proxies(after: $after) { x } }",
        "{\"first\": 2}",
        pointer,
        item,
        map,
        pageInfo,
        "after",
        Map.of("Authorization", Secret.of("Bearer t")),
        false,
        OptionalInt.empty());
  }

  private static Snapshot read(GraphqlSettings settings) throws Exception {
    try (GraphqlSource source = new GraphqlSource(settings, Clock.system())) {
      return source
          .read(ReadRequest.first(TIMEOUT))
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof SourceException typed) throw typed;
      throw failure;
    }
  }

  private static String json(String body) {
    return RecordingServer.response(200, body, "Content-Type: application/json");
  }

  @Test
  void allPagesAreOneList() throws Exception {
    try (RecordingServer server =
        RecordingServer.http(
            request -> {
              String question = new String(request.body(), StandardCharsets.UTF_8);
              String node = question.contains("\"after\":\"c1\"") ? "2" : "1";
              return json(
                  "{\"data\":{\"proxies\":{\"edges\":[{\"node\":{\"where\":{\"at\":\"1.2.3."
                      + node
                      + ":80\"},\"state\":\"draining\"}}],\"pageInfo\":{\"hasNextPage\":"
                      + node.equals("1")
                      + ",\"endCursor\":\"c"
                      + node
                      + "\"}}}}");
            })) {
      Snapshot list =
          read(
              settings(
                  server.port(),
                  "/data/proxies/edges",
                  "/node",
                  Map.of("endpoints", "/where/at", "status", "/state"),
                  Optional.of("/data/proxies/pageInfo")));
      assertThat(list.entries())
          .extracting(entry -> entry.endpoints().getFirst().text())
          .containsExactly("1.2.3.1:80", "1.2.3.2:80");
      assertThat(list.entries())
          .extracting(Entry::status)
          .allSatisfy(status -> assertThat(status.word()).isEqualTo("draining"));
      String first = new String(server.requests().getFirst().body(), StandardCharsets.UTF_8);
      assertThat(first)
          .contains("\"variables\":{\"first\":2}")
          .contains("\"query\":\"query Proxies");
      assertThat(server.conversations().getFirst().receivedText())
          .contains("Authorization: Bearer t");
    }
  }

  @Test
  void namesOfOursNeedNoMapAndPrivateAddressesAreDropped() throws Exception {
    try (RecordingServer server =
        RecordingServer.http(
            _ ->
                json(
                    "{\"data\":{\"proxies\":[{\"endpoints\":[\"1.2.3.4:80\"],\"weight\":3},"
                        + "{\"endpoints\":[\"169.254.169.254:80\"]},{\"endpoints\":[\"127.1:80\"]},"
                        + "{\"endpoints\":[\"[::1]:80\"]},\""
                        + "x".repeat(300)
                        + ":1\"]}}"))) {
      Snapshot list =
          read(settings(server.port(), "/data/proxies", "", Map.of(), Optional.empty()));
      assertThat(list.entries()).hasSize(1);
      assertThat(list.entries().getFirst().weight()).isEqualTo(3);
      assertThat(list.invalid()).isGreaterThanOrEqualTo(4);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 | {"data":{"l":[]},"errors":[{"message":"half of it"}]}   | REFUSED   | half of it
          200 | {"errors":[{"message":"no such field"}]}                | REFUSED   | no such field
          500 | {"data":{"l":[]}}                                       | REFUSED   | status 500
          302 | {"data":{"l":[]}}                                       | REDIRECTED | not followed
          200 | {"data":{"l":null}}                                     | MALFORMED | no list at /data/l
          200 | {"data":                                                | MALFORMED | not JSON
          200 | []                                                      | MALFORMED | no answer
          200 | ''                                                      | NOTHING   | zero bytes
          200 | {"data":{"l":[]},"p":{"hasNextPage":true}}              | MALFORMED | no endCursor
          200 | {"data":{"l":[]},"p":{}}                                | MALFORMED | no hasNextPage
          200 | {"data":{"l":[]},"p":{"hasNextPage":true,"endCursor":"a"}} | MALFORMED | again and again
          """)
  void whatIsNoWholeListIsAFailure(int status, String body, Reason reason, String why)
      throws Exception {
    try (RecordingServer server =
        RecordingServer.http(
            _ ->
                RecordingServer.response(
                    status, body, "Content-Type: application/json", "Location: /other"))) {
      Optional<String> pages = body.contains("\"p\"") ? Optional.of("/p") : Optional.empty();
      assertThatThrownBy(() -> read(settings(server.port(), "/data/l", "", Map.of(), pages)))
          .hasMessageContaining(why)
          .extracting(failure -> ((SourceException) failure).reason())
          .isEqualTo(reason);
    }
  }

  @Test
  void anEmptyListIsAList() throws Exception {
    try (RecordingServer server = RecordingServer.http(_ -> json("{\"data\":{\"l\":[]}}"))) {
      assertThat(read(settings(server.port(), "/data/l", "", Map.of(), Optional.empty())).entries())
          .isEmpty();
    }
  }

  @Test
  void anEndlessAnswerIsCut() throws Exception {
    try (RecordingServer server =
        RecordingServer.http(_ -> json("{\"data\":\"" + "x".repeat(5 << 20) + "\"}"))) {
      assertThatThrownBy(
              () -> read(settings(server.port(), "/data/l", "", Map.of(), Optional.empty())))
          .extracting(failure -> ((SourceException) failure).reason())
          .isEqualTo(Reason.TOO_LARGE);
    }
  }
}
