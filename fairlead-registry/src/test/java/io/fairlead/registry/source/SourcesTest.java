package io.fairlead.registry.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.source.SourceException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourcesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String ID = "0x" + "ab".repeat(32);

  @TempDir private Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) each.close();
  }

  // ---- file

  private FileSource file(String name, String text) throws IOException {
    Path path = folder.resolve(name);
    Files.writeString(path, text);
    return new FileSource(
        new FileSettings(SourceRules.of("main"), path, OptionalInt.empty()), Clock.system());
  }

  private static Snapshot read(RegistrySource source) {
    return source.read(ReadRequest.first(TIMEOUT)).toCompletableFuture().join();
  }

  private static SourceException failure(RegistrySource source, ReadRequest request) {
    try {
      source.read(request).toCompletableFuture().join();
    } catch (CompletionException failed) {
      Throwable cause = failed;
      while (cause.getCause() != null && !(cause instanceof SourceException)) {
        cause = cause.getCause();
      }
      if (cause instanceof SourceException typed) return typed;
      throw failed;
    }
    throw new AssertionError("the read succeeded");
  }

  private static SourceException failure(RegistrySource source) {
    return failure(source, ReadRequest.first(TIMEOUT));
  }

  @Test
  void linesJsonAndYamlAreOneList() throws Exception {
    List<Entry> lines =
        read(file("list", "# proxies\n10.0.0.1:80\n\n  Example.ORG:81 # second\n")).entries();
    List<Entry> json = read(file("list.json", "[\"10.0.0.1:80\", \"example.org:81\"]")).entries();
    List<Entry> yaml =
        read(file("list.yaml", "- 10.0.0.1:80\n- { endpoints: [\"example.org:81\"] }\n")).entries();
    assertThat(json).isEqualTo(lines);
    assertThat(yaml).isEqualTo(lines);
    assertThat(lines.getFirst().id()).isEqualTo(Entry.idOf("10.0.0.1:80"));
  }

  @ParameterizedTest
  @CsvSource({
    "list, '', NOTHING",
    "list.json, '', NOTHING",
    "list, '# only words\n', NOTHING",
    "list.json, '[', MALFORMED",
    "list.json, '[\"a:1\"', MALFORMED",
    "list.json, '{}', MALFORMED",
    "list.json, '{\"a\":1,\"a\":2}', MALFORMED",
    "list.json, 'null', MALFORMED",
    "list.yaml, 'a: [', MALFORMED",
    "list.yaml, '!!java.io.File x', MALFORMED",
    "list.yaml, 'x: 1', MALFORMED",
  })
  void whatIsNoListIsAFailureAndNotAnEmptyList(String name, String text, Reason reason)
      throws Exception {
    assertThat(failure(file(name, text)).reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({"list, '# empty'", "list.json, '[]'", "list.yaml, '[]'"})
  void aProvenEmptyListIsAList(String name, String text) throws Exception {
    assertThat(read(file(name, text)).entries()).isEmpty();
  }

  @Test
  void aMissingOrHugeFileIsAFailure() throws Exception {
    FileSource source = file("list", "a:1");
    Files.delete(folder.resolve("list"));
    assertThat(failure(source).reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(failure(file("list", "# empty\n" + "#".repeat(Snapshot.BYTES_MAX))).reason())
        .isEqualTo(Reason.TOO_LARGE);
    assertThat(failure(file("list", "a:1\n".repeat(Snapshot.ENTRIES_MAX + 1))).reason())
        .isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void badItemsAreDroppedAndCountedGoodOnesStay() throws Exception {
    Snapshot list =
        read(
            file(
                "list.json",
                """
                [ "10.0.0.1:80", "127.1:80", 5, {"endpoints": ["x:0"]}, {"roles": ["king"],
                  "endpoints": ["y:1"]}, {"endpoints": ["z:1"], "weight": 70000},
                  {"id": "short", "endpoints": ["q:1"]}, {}, null ]
                """));
    assertThat(list.entries()).hasSize(1);
    assertThat(list.invalid()).isGreaterThanOrEqualTo(8);
    assertThat(list.warnings()).isNotEmpty();
  }

  @Test
  void aRevocationWithBadFieldsStillRevokes() throws Exception {
    Snapshot list =
        read(
            file(
                "list.json",
                "[{\"id\": \"" + ID + "\", \"status\": \"revoked\", \"endpoints\": [\"x:0\"]}]"));
    assertThat(list.entries())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.id()).isEqualTo(ID);
              assertThat(entry.status()).isEqualTo(Status.REVOKED);
            });
  }

  @Test
  void aFileCaughtHalfWrittenIsReadWhenItStandsStill() throws Exception {
    Path path = folder.resolve("list");
    Files.writeString(path, "a:1\n");
    FileSource source = file("list", "a:1\n");
    var reading = source.read(ReadRequest.first(TIMEOUT)).toCompletableFuture();
    Files.writeString(path, "a:1\nb:1\n");
    assertThat(reading.join().entries()).hasSize(2);
  }

  @Test
  void hintsComeForWritesAndRenames() throws Exception {
    FileSource source = file("list", "a:1\n");
    Semaphore hints = new Semaphore(0);
    open.add(source.onHint(hints::release));
    Files.writeString(folder.resolve("list"), "b:1\n");
    assertThat(hints.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
    Awaitility.await().during(Duration.ofMillis(100)).until(() -> hints.drainPermits() >= 0);
    Files.writeString(folder.resolve("next"), "c:1\n");
    Files.move(
        folder.resolve("next"),
        folder.resolve("list"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(hints.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
  }

  // ---- http

  private interface Answers {
    void answer(HttpExchange exchange) throws IOException;
  }

  private URI server(Answers answers) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            answers.answer(exchange);
          }
        });
    server.start();
    open.add(() -> server.stop(0));
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/list");
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) exchange.getResponseBody().write(bytes);
  }

  private HttpSource http(HttpSettings settings) {
    HttpSource source = new HttpSource(settings, Clock.system());
    open.add(source);
    return source;
  }

  private static HttpSettings settings(URI... urls) {
    return new HttpSettings(
        new SourceRules("main", Duration.ofMillis(700), SourceRules.of("main").stale()),
        List.of(urls),
        "",
        Optional.empty(),
        HttpSettings.Pick.FIRST,
        1,
        Map.of("Authorization", Secret.of("Bearer x")),
        Optional.empty(),
        false,
        OptionalInt.empty());
  }

  private static HttpSettings sequenced(HttpSettings.Pick pick, int quorum, URI... urls) {
    HttpSettings plain = settings(urls);
    return new HttpSettings(
        plain.rules(),
        plain.urls(),
        "/proxies",
        Optional.of("/sequence"),
        pick,
        quorum,
        plain.headers(),
        Optional.empty(),
        false,
        OptionalInt.empty());
  }

  @Test
  void anUnchangedListCostsA304AndAFullReadNowAndThen() throws Exception {
    AtomicInteger whole = new AtomicInteger();
    AtomicInteger notModified = new AtomicInteger();
    URI url =
        server(
            exchange -> {
              assertThat(exchange.getRequestHeaders().getFirst("Authorization"))
                  .isEqualTo("Bearer x");
              if ("\"1\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                notModified.incrementAndGet();
                send(exchange, 304, "");
                return;
              }
              whole.incrementAndGet();
              exchange.getResponseHeaders().set("ETag", "\"1\"");
              send(exchange, 200, "[\"8.8.8.8:80\"]");
            });
    HttpSource source = http(settings(url));
    Optional<Snapshot> last = Optional.empty();
    for (int i = 0; i < 2 * HttpSource.WHOLE_EVERY; i++) {
      Snapshot read =
          source
              .read(new ReadRequest(last, last.map(Snapshot::position), TIMEOUT))
              .toCompletableFuture()
              .join();
      assertThat(read.entries()).hasSize(1);
      last = Optional.of(read);
    }
    assertThat(whole).hasValue(2);
    assertThat(notModified).hasValue(2 * HttpSource.WHOLE_EVERY - 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty",
        "truncated",
        "cut",
        "redirect",
        "error",
        "304",
        "huge",
        "endless",
        "slow",
        "html"
      })
  void aLyingServerIsNotBelieved(String lie) throws Exception {
    Semaphore never = new Semaphore(0);
    AtomicInteger followed = new AtomicInteger();
    URI url =
        server(
            exchange -> {
              switch (lie) {
                case "empty" -> send(exchange, 200, "");
                case "truncated" -> send(exchange, 200, "[\"8.8.8.8:80\", \"8.8");
                case "cut" -> {
                  exchange.sendResponseHeaders(200, 1000);
                  exchange.getResponseBody().write("[\"8.8.8.8:80\"]".getBytes("UTF-8"));
                }
                case "redirect" -> {
                  if (exchange.getRequestURI().getPath().equals("/other")) {
                    followed.incrementAndGet();
                  }
                  exchange.getResponseHeaders().set("Location", "/other");
                  send(exchange, 302, "");
                }
                case "error" -> send(exchange, 500, "[]");
                case "304" -> send(exchange, 304, "");
                case "huge" -> send(exchange, 200, "[\"" + "x".repeat(10 << 20) + "\"]");
                case "endless" -> {
                  exchange.sendResponseHeaders(200, 0);
                  byte[] part = new byte[64 * 1024];
                  for (int i = 0; i < 1_000; i++) exchange.getResponseBody().write(part);
                }
                case "slow" -> {
                  exchange.sendResponseHeaders(200, 0);
                  exchange.getResponseBody().write('[');
                  exchange.getResponseBody().flush();
                  never.acquireUninterruptibly();
                }
                default -> send(exchange, 200, "<html></html>");
              }
            });
    open.add(() -> never.release(100)); // before the server waits for its handlers
    SourceException refused =
        failure(http(settings(url)), ReadRequest.first(Duration.ofMillis(700)));
    assertThat(refused.getMessage()).isNotEmpty();
    assertThat(followed).hasValue(0);
    Map<String, Reason> wanted =
        Map.of(
            "empty", Reason.NOTHING,
            "truncated", Reason.MALFORMED,
            "redirect", Reason.REDIRECTED,
            "error", Reason.REFUSED,
            "304", Reason.MALFORMED,
            "huge", Reason.TOO_LARGE,
            "endless", Reason.TOO_LARGE,
            "slow", Reason.TIMEOUT,
            "html", Reason.MALFORMED);
    if (wanted.containsKey(lie)) assertThat(refused.reason()).isEqualTo(wanted.get(lie));
  }

  @Test
  void anOlderSequenceIsRefusedAlsoAfterARestart() throws Exception {
    AtomicInteger sequence = new AtomicInteger(7);
    URI url =
        server(
            exchange ->
                send(
                    exchange,
                    200,
                    "{\"sequence\": " + sequence.get() + ", \"proxies\": [\"8.8.8.8:80\"]}"));
    Snapshot first = read(http(sequenced(HttpSettings.Pick.FIRST, 1, url)));
    sequence.set(6);
    SourceException older =
        failure(
            http(sequenced(HttpSettings.Pick.FIRST, 1, url)),
            new ReadRequest(Optional.empty(), Optional.of(first.position()), TIMEOUT));
    assertThat(older.reason()).isEqualTo(Reason.OLDER);
  }

  @Test
  void severalServersMustAgreeOrTheNewestCounts() throws Exception {
    URI old = server(e -> send(e, 200, "{\"sequence\": 1, \"proxies\": [\"8.8.8.8:80\"]}"));
    URI honest = server(e -> send(e, 200, "{\"sequence\": 2, \"proxies\": [\"9.9.9.9:80\"]}"));
    URI copy = server(e -> send(e, 200, "{\"sequence\": 2, \"proxies\": [\"9.9.9.9:80\"]}"));
    URI down = server(e -> send(e, 500, ""));
    assertThat(read(http(sequenced(HttpSettings.Pick.FIRST, 1, down, old, honest))).entries())
        .extracting(entry -> entry.endpoints().getFirst().text())
        .containsExactly("8.8.8.8:80");
    assertThat(read(http(sequenced(HttpSettings.Pick.HIGHEST_SEQUENCE, 1, old, honest))).entries())
        .extracting(entry -> entry.endpoints().getFirst().text())
        .containsExactly("9.9.9.9:80");
    assertThat(read(http(sequenced(HttpSettings.Pick.FIRST, 2, old, honest, copy))).entries())
        .extracting(entry -> entry.endpoints().getFirst().text())
        .containsExactly("9.9.9.9:80");
    assertThat(failure(http(sequenced(HttpSettings.Pick.FIRST, 2, old, honest, down))).reason())
        .isEqualTo(Reason.DISAGREE);
  }

  @Test
  void onlySignedAnswersAreBelieved() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] raw = Arrays.copyOfRange(keys.getPublic().getEncoded(), 12, 44);
    String body = "[\"8.8.8.8:80\"]";
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(keys.getPrivate());
    signer.update(body.getBytes(StandardCharsets.UTF_8));
    String good = Base64.getEncoder().encodeToString(signer.sign());
    for (String field : List.of(good, "", "AAAA", good.replace(good.charAt(5), 'A'), "%%")) {
      URI url =
          server(
              exchange -> {
                if (!field.isEmpty()) {
                  exchange.getResponseHeaders().set("Fairlead-Signature", field);
                }
                send(exchange, 200, body);
              });
      HttpSettings plain = settings(url);
      HttpSource source =
          http(
              new HttpSettings(
                  plain.rules(),
                  plain.urls(),
                  "",
                  Optional.empty(),
                  HttpSettings.Pick.FIRST,
                  1,
                  Map.of(),
                  Optional.of(new HttpSettings.Signature("Fairlead-Signature", NodeKey.of(raw))),
                  false,
                  OptionalInt.empty()));
      if (field.equals(good)) assertThat(read(source).entries()).hasSize(1);
      else assertThat(failure(source).reason()).isEqualTo(Reason.SIGNATURE);
    }
  }

  @Test
  void addressesThatAreNotPublicAreDroppedAndCounted() throws Exception {
    URI url =
        server(
            exchange ->
                send(
                    exchange,
                    200,
                    "[\"169.254.169.254:80\", \"127.1:80\", \"[::1]:80\", \""
                        + "n".repeat(300)
                        + ":80\", \"8.8.8.8:80\"]"));
    Snapshot list = read(http(settings(url)));
    assertThat(list.entries()).hasSize(1);
    assertThat(list.invalid()).isEqualTo(4);
  }
}
