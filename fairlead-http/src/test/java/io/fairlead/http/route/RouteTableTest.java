package io.fairlead.http.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.fairlead.core.address.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static RouteMatch path(String pattern) {
    return match(pattern, List.of(), List.of(), Map.of(), Map.of());
  }

  private static RouteMatch match(
      String pattern,
      List<String> hosts,
      List<String> methods,
      Map<String, Glob> fields,
      Map<String, Glob> query) {
    return new RouteMatch(
        hosts.stream().map(HostPattern::parse).toList(),
        Optional.of(pattern).filter(p -> !p.isEmpty()).map(PathPattern::parse),
        methods,
        List.of(),
        fields,
        query,
        List.of(),
        List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "/a,        /a,       true",
    "/a,        /a/,      false",
    "/a,        /ab,      false",
    "/api/*,    /api/,    true",
    "/api/*,    /api/x/y, true",
    "/api/*,    /api,     false",
    "/api/*,    /apix,    false",
    "/*,        /,        true",
    "/*.css,    /a.css,   true",
    "/*.css,    /d/a.css, false",
    "/**.css,   /d/a.css, true",
    "/a/*/c,    /a/b/c,   true",
    "/a/*/c,    /a/b/d/c, false",
    "/v?/x,     /v1/x,    true",
    "/v?/x,     /v10/x,   false",
    "/a.b,      /axb,     false",
    "/A,        /a,       false"
  })
  void pathPatternsMatch(String pattern, String path, boolean matches) {
    assertThat(PathPattern.parse(pattern).matches(path)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "app.test,       app.test,      true",
    "app.test,       APP.test,      false", // hosts arrive in lower case
    "APP.Test,       app.test,      true",
    "app.test,       x.app.test,    false",
    "*.app.test,     x.app.test,    true",
    "*.app.test,     y.x.app.test,  true",
    "*.app.test,     app.test,      false",
    "*.app.test,     xapp.test,     false",
    "*.app.test,     .app.test,     false",
    "bücher.test,    xn--bcher-kva.test, true",
    "[::1],          [::1],         true",
    "app.test.,      app.test,      true"
  })
  void hostPatternsMatch(String pattern, String host, boolean matches) {
    assertThat(HostPattern.parse(pattern).matches(host)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "app.test:8080, app.test",
    "app.test., app.test",
    "app.test.:80, app.test",
    "[::1]:80, [::1]",
    "[::1], [::1]",
    "'', ''"
  })
  void authorityGivesItsHost(String authority, String host) {
    assertThat(HostPattern.hostOf(authority)).isEqualTo(host);
  }

  @Test
  void theFirstMatchingRouteWins() {
    RouteTable<String> table =
        new RouteTable<>(
            List.of(
                new RouteTable.Entry<>("one", path("/api/special"), "A"),
                new RouteTable.Entry<>("two", path("/api/*"), "B"),
                new RouteTable.Entry<>("three", path("/*"), "C")));
    assertThat(table.match(FakeHead.get("/api/special").facts()).id()).isEqualTo("one");
    assertThat(table.match(FakeHead.get("/api/other").facts()).id()).isEqualTo("two");
    assertThat(table.match(FakeHead.get("/").facts()).id()).isEqualTo("three");
  }

  @Test
  void noRouteIsNull() {
    RouteTable<String> table =
        new RouteTable<>(List.of(new RouteTable.Entry<>("one", path("/a"), "A")));
    assertThat(table.match(FakeHead.get("/b").facts())).isNull();
  }

  @Test
  void allConditionsMustHold() {
    RouteMatch match =
        match(
            "/a",
            List.of("app.test"),
            List.of("POST", "PUT"),
            Map.of("x-kind", Glob.ofText("v*")),
            Map.of("q", Glob.ofText("a/*")));
    String[] good = {"X-Kind", "u", "x-kind", "v1"};
    assertThat(match.matches(FakeHead.of("PUT", "app.test:1", "/a?q=a%2Fb", good).facts()))
        .isTrue();
    assertThat(match.matches(FakeHead.of("GET", "app.test", "/a?q=a/b", good).facts())).isFalse();
    assertThat(match.matches(FakeHead.of("PUT", "b.test", "/a?q=a/b", good).facts())).isFalse();
    assertThat(match.matches(FakeHead.of("PUT", "app.test", "/a?q=c", good).facts())).isFalse();
    assertThat(match.matches(FakeHead.of("PUT", "app.test", "/a", good).facts())).isFalse();
    assertThat(match.matches(FakeHead.of("PUT", "app.test", "/a?q=a/b").facts())).isFalse();
  }

  @Test
  void clientAndRemoteAddressesDiffer() {
    TrustedProxies trusted = new TrustedProxies(List.of(Cidr.parse("10.0.0.0/8").orElseThrow()));
    List<Cidr> office = List.of(Cidr.parse("198.51.100.0/24").orElseThrow());
    RouteMatch client = addresses(office, List.of());
    RouteMatch remote = addresses(List.of(), office);
    FakeHead head = FakeHead.get("/", "X-Forwarded-For", "198.51.100.7");
    assertThat(client.matches(head.from("10.1.1.1", trusted))).isTrue();
    assertThat(remote.matches(head.from("10.1.1.1", trusted))).isFalse();
    assertThat(client.matches(head.from("192.0.2.1", trusted))).isFalse();
    assertThat(remote.matches(head.from("198.51.100.9", trusted))).isTrue();
  }

  private static RouteMatch addresses(List<Cidr> client, List<Cidr> remote) {
    return new RouteMatch(
        List.of(), Optional.empty(), List.of(), List.of(), Map.of(), Map.of(), client, remote);
  }

  @Test
  void anExpressionIsFoundAnywhereUnlessAnchored() {
    assertThat(new PathPattern.Expression(Pattern.compile("b+")).matches("/abba")).isTrue();
    assertThat(new PathPattern.Expression(Pattern.compile("^/b+$")).matches("/abba")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "/*,      /api/*,   true",
    "/*,      '',       true",
    "'',      /x,       true",
    "/api/*,  /api/v1,  true",
    "/api/*,  /api/v1/*, true",
    "/api/*,  /api/*.x, true",
    "/api/*,  /api,     false",
    "/api/*,  /*,       false",
    "/api/v1, /api/*,   false",
    "/*.css,  /a.css,   true",
    "/*.css,  /*.css,   true",
    "/*.css,  /*.js,    false",
    "/api/*,  '',       false"
  })
  void anEarlierRouteShadowsALater(String earlier, String later, boolean shadows) {
    assertThat(path(earlier).covers(path(later))).isEqualTo(shadows);
  }

  @Test
  void aNarrowerEarlierRouteShadowsNothing() {
    RouteMatch get = match("/*", List.of(), List.of("GET"), Map.of(), Map.of());
    RouteMatch host = match("/*", List.of("*.app.test"), List.of(), Map.of(), Map.of());
    assertThat(get.covers(path("/x"))).isFalse();
    assertThat(get.covers(match("/x", List.of(), List.of("GET"), Map.of(), Map.of()))).isTrue();
    assertThat(get.covers(match("/x", List.of(), List.of("GET", "PUT"), Map.of(), Map.of())))
        .isFalse();
    assertThat(host.covers(match("/x", List.of("a.app.test"), List.of(), Map.of(), Map.of())))
        .isTrue();
    assertThat(host.covers(match("/x", List.of("app.test"), List.of(), Map.of(), Map.of())))
        .isFalse();
    assertThat(RouteTable.shadows(List.of(get, path("/x"), host, path("/x")), _ -> true))
        .containsExactly(new RouteTable.Shadow(3, 1));
  }
}
