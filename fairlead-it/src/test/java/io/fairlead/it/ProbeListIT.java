package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The published HTTP/1.1 probe list, against the reverse proxy, the mixed port, a site behind a
 * tunnel, static files and the echo service: each answer is the one our table names and one that
 * the list takes, and what the upstream received parses strictly to the requests that were meant,
 * or to none.
 *
 * @see <a href="https://github.com/MDA2AV/Http11Probe">the list</a>
 */
class ProbeListIT {
  /** Cases of the list in each of its parts. */
  private static final Map<String, Integer> PARTS =
      Map.of("COMP", 76, "SMUG", 87, "MAL", 26, "NORM", 5, "CAP", 9, "COOK", 12);

  /** Where another answer of ours is right, and why. */
  private static final Map<String, String> OTHERWISE =
      Map.of(
          "COMP-OPTIONS-ALLOW",
          "a server need not know OPTIONS (RFC 9110 §9.1); our 405 has Allow all the same");

  private static final Duration QUIET = Duration.ofMillis(25);

  private static RecordingServer upstream;
  private static GatewayFixture gateway;
  private static TunnelLab tunnels;

  @BeforeAll
  static void start() throws Exception {
    upstream =
        RecordingServer.http(
            request ->
                request.method().equals("HEAD")
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
                    : RecordingServer.response(200, "seen"));
    Path dir = Files.createTempDirectory("fairlead-probe");
    Files.createDirectories(dir.resolve("www"));
    Files.writeString(dir.resolve("www/page.html"), "<p>" + "probe ".repeat(40) + "</p>");
    gateway = GatewayFixture.start(dir, CONFIG.replace("@UP@", Integer.toString(upstream.port())));
    tunnels = TunnelLab.site(upstream.port(), "127.0.0.1");
  }

  @AfterAll
  static void stop() throws Exception {
    if (tunnels != null) tunnels.close();
    if (gateway != null) gateway.close();
    if (upstream != null) upstream.close();
  }

  @Test
  void theTableHasEveryCaseOfTheList() throws Exception {
    Map<String, TreeSet<String>> parts = new TreeMap<>();
    for (ProbeRow row : ProbeRow.all()) {
      String part = row.id().replaceFirst("^(RFC|WS-).*", "COMP").replaceFirst("-.*", "");
      parts.computeIfAbsent(part, _ -> new TreeSet<>()).add(row.id());
    }
    Map<String, Integer> sizes = new TreeMap<>();
    parts.forEach((part, ids) -> sizes.put(part, ids.size()));
    assertThat(sizes).isEqualTo(PARTS);
    assertThat(sizes.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(215);
  }

  @Test
  void everyAnswerOfOursIsOneThatTheListTakes() throws Exception {
    List<String> others = new ArrayList<>();
    for (ProbeRow row : ProbeRow.all()) {
      for (String answer : row.answers()) if (!row.takes(answer)) others.add(row.id());
    }
    assertThat(others).containsExactlyInAnyOrderElementsOf(OTHERWISE.keySet());
  }

  @ParameterizedTest(name = "{0} at {1}")
  @MethodSource("rows")
  void isAnsweredAsTheTableSays(ProbeRow row, String listener) throws Exception {
    String path = listener.equals("files") ? "/page.html" : "/" + row.id() + "." + listener;
    String target = listener.equals("mixed") ? "http://" + authority() + path : path;
    assertThat(observed(row, listener, target, path)).isEqualTo(row.answers());

    List<StrictHttpParser.Request> seen = seenBelow(path);
    assertThat(seen)
        .extracting(StrictHttpParser.Request::text)
        .isEqualTo(
            row.bodies().stream()
                .map(body -> ProbeRow.spelled(body, target, path, authority()))
                .toList());
    for (String saw : row.saw()) {
      StrictHttpParser.Request last = seen.getLast();
      int equals = saw.indexOf('=');
      if (saw.startsWith("!")) {
        assertThat(last.field(saw.substring(1))).as(saw).isEmpty();
        assertThat(last.trailers())
            .as(saw)
            .noneMatch(f -> f.name().equalsIgnoreCase(saw.substring(1)));
      } else {
        assertThat(String.join("; ", last.fieldsNamed(saw.substring(0, equals))))
            .isEqualTo(saw.substring(equals + 1).replace("{H}", authority()));
      }
    }
  }

  /** The answers to the steps of a row, in its own words. */
  private static List<String> observed(ProbeRow row, String listener, String target, String path)
      throws IOException {
    List<String> words = new ArrayList<>();
    try (RawClient client =
        listener.equals("tunnel") ? tunnels.server().client("web") : gateway.client(listener)) {
      client.timeout(Duration.ofSeconds(8));
      Optional<StrictHttpParser.Response> last = Optional.empty();
      for (int i = 0; i < row.answers().size(); i++) {
        if (i < row.steps().size()) {
          String step = ProbeRow.spelled(row.steps().get(i), target, path, authority());
          client.send(validated(step, last));
        }
        String expected = row.answers().get(i);
        if (expected.equals("wait")) {
          words.add(client.silentFor(Duration.ofMillis(100)) ? "wait" : "something");
          continue;
        }
        if (expected.equals("close")) {
          client.awaitEnd();
          words.add("close");
          return words;
        }
        StrictHttpParser.Response answer = answer(client, row.steps().get(0));
        last = Optional.of(answer);
        words.add(answer.status() + (expected.endsWith("!") ? ended(client, answer) : ""));
      }
      if (!words.getLast().endsWith("!") && !words.getLast().equals("wait")) {
        assertThat(client.silentFor(QUIET)).as("open and silent after %s", words).isTrue();
        for (String name : row.fields()) assertThat(last.orElseThrow().field(name)).isPresent();
      }
    }
    return words;
  }

  private static StrictHttpParser.Response answer(RawClient client, String request)
      throws IOException {
    while (true) {
      StrictHttpParser.Response answer = client.readResponse(request.split(" ", 2)[0]);
      answer
          .field("Date")
          .ifPresent(DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.US)::parse);
      if (answer.status() >= 200) return answer;
      assertThat(request).as("an interim answer, %d", answer.status()).doesNotContain("HTTP/1.0");
    }
  }

  /** {@code "!"} once the connection ended without another byte. */
  private static String ended(RawClient client, StrictHttpParser.Response answer)
      throws IOException {
    assertThat(answer.field("Connection")).as("%s", answer.text()).contains("close");
    client.awaitEnd();
    return "!";
  }

  /** Fills in the validators of the answer before. */
  private static String validated(String step, Optional<StrictHttpParser.Response> before) {
    String tag = before.flatMap(answer -> answer.field("ETag")).orElse("");
    String strong = tag.startsWith("W/") ? tag.substring(2) : tag;
    return step.replace("{etag}", tag)
        .replace("{weak}", "W/" + strong)
        .replace("{bare}", strong.replace("\"", ""))
        .replace("{modified}", before.flatMap(answer -> answer.field("Last-Modified")).orElse(""));
  }

  /** Complete requests whose target begins with that path; anything ambiguous throws. */
  private static List<StrictHttpParser.Request> seenBelow(String path) throws IOException {
    List<StrictHttpParser.Request> seen = new ArrayList<>();
    for (RecordingServer.Conversation conversation : upstream.conversations()) {
      byte[] received = conversation.received();
      if (!new String(received, ISO_8859_1).contains(path)) continue;
      InputStream in = new ByteArrayInputStream(received);
      try {
        for (Optional<StrictHttpParser.Request> next = StrictHttpParser.request(in);
            next.isPresent();
            next = StrictHttpParser.request(in)) {
          if (next.get().target().startsWith(path)) seen.add(next.get());
        }
      } catch (EOFException cut) {
        // A request that was cut off can end no other way than with its connection.
      }
    }
    return seen;
  }

  private static String authority() {
    return "127.0.0.1:" + upstream.port();
  }

  static Stream<Arguments> rows() throws IOException {
    Set<String> apart =
        ProbeRow.all().stream()
            .filter(row -> row.where().equals("tunnel"))
            .map(ProbeRow::id)
            .collect(Collectors.toSet());
    return ProbeRow.all().stream()
        .flatMap(
            row ->
                (switch (row.where()) {
                      case "both" -> Stream.of("web", "mixed", "tunnel");
                      case "web" -> Stream.of("web", "tunnel");
                      default -> Stream.of(row.where());
                    })
                    .filter(
                        where ->
                            !where.equals("tunnel")
                                || row.where().equals("tunnel")
                                || !apart.contains(row.id()))
                    .map(where -> Arguments.of(row, where)));
  }

  private static final String CONFIG =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        files: { bind: "127.0.0.1:0", proto: http, service: pages }
        echo: { bind: "127.0.0.1:0", proto: echo }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress: { destinations: { private: allow, connect_ports: all } }
      http:
        site: { default: true, routes: [ { id: all, match: { path: /* }, upstream: up } ] }
        pages: { default: true, routes: [ { id: all, match: { path: /* }, files: { root: www } } ] }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
      """;
}
