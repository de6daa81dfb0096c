package io.fairlead.control.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.control.access.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private static final Router.Handler NOTHING =
      (request, captured) -> CompletableFuture.completedStage(Reply.empty(204));
  private final Router router =
      new Router(
          List.of(
              Router.Route.of("GET", "/", Role.PUBLIC, Router.Effect.READS, NOTHING),
              Router.Route.of("GET", "/v1/a", Role.VIEWER, Router.Effect.READS, NOTHING),
              Router.Route.of("POST", "/v1/a", Role.VIEWER, Router.Effect.CHANGES, NOTHING),
              Router.Route.of("GET", "/stop", Role.ADMIN, Router.Effect.CHANGES, NOTHING),
              Router.Route.of("DELETE", "/v1/c/{id}", Role.VIEWER, Router.Effect.CHANGES, NOTHING),
              Router.Route.of("GET", "/v1/t/{p...}", Role.VIEWER, Router.Effect.READS, NOTHING)));

  @ParameterizedTest
  @CsvSource({
    "GET, /, /",
    "GET, /v1/a, /v1/a",
    "HEAD, /v1/a, /v1/a",
    "POST, /v1/a, /v1/a",
    "DELETE, /v1/c/7, /v1/c/{id}",
    "GET, /v1/t, /v1/t/{p...}",
    "GET, /v1/t/x/y, /v1/t/{p...}"
  })
  void findsWholeSegments(String method, String path, String template) {
    assertThat(router.find(method, path))
        .isInstanceOfSatisfying(
            Router.Match.Found.class,
            found -> assertThat(found.route().template()).isEqualTo(template));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/v1",
        "/v1/",
        "/v1/aa",
        "/v1/a/",
        "/v1/A",
        "//v1/a",
        "/v1//a",
        "/v1/./a",
        "/v1/%61",
        "/v1/c/",
        "/v1/c/7/8",
        "/v1/c/%zz",
        "/v1/tx",
        "*",
        "/../v1/a"
      })
  void knowsNothingElse(String path) {
    assertThat(router.find("GET", path)).isEqualTo(new Router.Match.Nothing());
  }

  @Test
  void tellsWhichMethodsThereAreAndNeverHeadWhereGetChangesThings() {
    assertThat(router.find("PUT", "/v1/a"))
        .isEqualTo(new Router.Match.WrongMethod("GET, HEAD, POST"));
    assertThat(router.find("HEAD", "/stop")).isEqualTo(new Router.Match.WrongMethod("GET"));
    assertThat(router.find("get", "/stop")).isEqualTo(new Router.Match.WrongMethod("GET"));
  }

  @Test
  void capturesDecodedSegments() {
    assertThat(captured("DELETE", "/v1/c/a%2Fb+c")).isEqualTo(Map.of("id", "a/b+c"));
    assertThat(captured("GET", "/v1/t")).isEqualTo(Map.of("p", ""));
    assertThat(captured("GET", "/v1/t/x/%79")).isEqualTo(Map.of("p", "/x/y"));
  }

  @Test
  void readsQueries() throws Exception {
    Query query = Query.parse("a=1&b=x%20y+z&c&d=&e=90s");
    assertThat(query.number("a", 0, 5, 9)).isEqualTo(1);
    assertThat(query.text("b")).contains("x y z");
    assertThat(query.flag("c")).isTrue();
    assertThat(query.flag("none")).isFalse();
    assertThat(query.text("d")).isEmpty();
    assertThat(query.duration("e")).contains(Duration.ofSeconds(90));
    assertThatThrownBy(() -> query.number("a", 2, 5, 9)).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> query.flag("e")).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> query.duration("b")).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> Query.parse("a=1&a=2")).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> Query.parse("a=%zz")).isInstanceOf(BadRequestException.class);
  }

  @Test
  void findsAndPrintsPartsOfTheConfiguration() {
    Map<String, Object> tree =
        Map.of("http", Map.of("site", Map.of("routes", List.of(Map.of("path", "/x"), 7L))));
    assertThat(ConfigTree.at(tree, "")).contains(tree);
    assertThat(ConfigTree.at(tree, "/http/site/routes/0/path")).contains("/x");
    assertThat(ConfigTree.at(tree, "/http/site/routes/1")).contains(7L);
    for (String missing : List.of("/no", "/http/site/routes/2", "/http/site/routes/-1", "/http//"))
      assertThat(ConfigTree.at(tree, missing)).as(missing).isEmpty();
    assertThat(ConfigTree.yaml(tree))
        .isEqualTo(
            """
            http:
              site:
                routes:
                  -
                    path: "/x"
                  - 7
            """);
  }

  private Map<String, String> captured(String method, String path) {
    return ((Router.Match.Found) router.find(method, path)).captured();
  }
}
