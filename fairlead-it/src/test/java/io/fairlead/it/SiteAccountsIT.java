package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.PasswordForm;
import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sites that ask who somebody is: with curl, and byte by byte. */
@Timeout(120)
class SiteAccountsIT {
  private static final int CANCEL = 8;
  private static final String CONFIG =
      """
      membership: { file: "@DIR@/members.yaml" }
      logs: { access: { enabled: true, sink: file, file: "@DIR@/access.log", format: json } }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
      zones:
        account: { key: "{user}", rate: 1/h, burst: 1 }
      http:
        site:
          default: true
          auth: { users_file: "@DIR@/users", realm: the site }
          error_pages: { 4xx: { body: "<p>no</p>" } }
          headers: { request: { set: { X-Account: "{user}" } } }
          routes:
            - { id: open, match: { path: /open }, auth: "off", respond: { body: "open{user}" } }
            - { id: me, match: { path: /me }, respond: { body: "{user}" } }
            - { id: zoned, match: { path: /zoned }, limits: { zone: account }, respond: { body: z } }
            - id: own
              match: { path: /own }
              auth: { users: { eve: "own:secret" }, pass_on: true }
              upstream: app
            - { id: tried, match: { path: /tried }, auth: "off", try: [ /own ] }
            - { id: app, match: { path: /* }, upstream: app, websocket: true }
      upstreams:
        app: { endpoints: [ { address: "127.0.0.1:@APP@" } ] }
      """;

  private static final String USERS = users("ann", "bob");

  private RecordingServer app;
  private GatewayFixture gateway;
  private String config;

  @BeforeEach
  void start() throws Exception {
    app =
        RecordingServer.start(
            conversation -> {
              while (true) {
                var request = conversation.readRequest();
                if (request.isEmpty()) return;
                if (request.get().field("upgrade").isPresent()) {
                  conversation.send(
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          + "Connection: Upgrade\r\n"
                          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
                  conversation.readAll();
                  return;
                }
                if (request.get().target().equals("/waits")) conversation.readAll();
                conversation.send(
                    RecordingServer.response(
                        200,
                        request.get().field("x-account").orElse("")
                            + " "
                            + request.get().field("authorization").orElse("-")));
              }
            });
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("users"), USERS);
    Files.writeString(dir.resolve("members.yaml"), members("ann", "bob"));
    config = CONFIG.replace("@APP@", String.valueOf(app.port()));
    gateway = GatewayFixture.start(dir, config);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
    app.close();
  }

  private static String users(String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      PasswordForm form = name.equals("ann") ? PasswordForm.ARGON2ID : PasswordForm.BCRYPT;
      text.append(name)
          .append(':')
          .append(form.write(Secret.of("pw-" + name), Randomness.system()))
          .append('\n');
    }
    return text.toString();
  }

  private static String members(String... names) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (String name : names) {
      text.append("  - { id: entry-").append(name).append(", user: ").append(name).append(" }\n");
    }
    return text.toString();
  }

  private String url(String path) {
    return "http://127.0.0.1:" + gateway.port("web") + path;
  }

  private static String basic(String user) {
    byte[] pair = (user + ":pw-" + user).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static Response ask(RawClient client, String path, String... fieldLines)
      throws IOException {
    StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: a\r\n");
    for (String line : fieldLines) head.append(line).append("\r\n");
    return client.send(head.append("\r\n").toString()).readResponse();
  }

  @Test
  void curlIsAskedForAPasswordAndServedWithTheRightOne() throws Exception {
    Curl.Seen nobody = Curl.run(url("/me"));
    assertThat(nobody.status()).isEqualTo(401);
    assertThat(nobody.field("www-authenticate"))
        .contains("Basic realm=\"the site\", charset=\"UTF-8\"");
    assertThat(nobody.field("x-fairlead-error")).contains("auth_required");
    assertThat(nobody.text()).as("the site's own page").isEqualTo("<p>no</p>");

    Curl.Seen wrong = Curl.run("-u", "ann:pw-bob", url("/me"));
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.field("x-fairlead-error")).contains("auth_failed");
    assertThat(Curl.run("-u", "nobody:pw-ann", url("/me")).status()).isEqualTo(401);

    assertThat(Curl.run("-u", "ann:pw-ann", url("/me")).text()).isEqualTo("ann");
    assertThat(Curl.run("-u", "bob:pw-bob", url("/me")).text()).isEqualTo("bob");
    assertThat(Curl.run("-u", "bob:pw-bob", "--http2-prior-knowledge", url("/me")).text())
        .isEqualTo("bob");
    assertThat(Curl.run("--anyauth", "-u", "ann:pw-ann", url("/me")).text())
        .as("asked without, then with")
        .isEqualTo("ann");
    assertThat(Curl.run(url("/open")).text()).isEqualTo("open");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                Files.readString(gateway.dir().resolve("access.log"))
                    .lines()
                    .anyMatch(
                        l -> l.contains("\"route\":\"me\"") && l.contains("\"user\":\"ann\"")));
    assertThat(gateway.api().send("GET", "/metrics", "").text())
        .containsPattern("fairlead_http_refused_total\\{reason=\"unauthorized\"[^}]*\\} 4");
  }

  @Test
  void anAccountIsTheRequestsAndItsPasswordStaysHere() throws Exception {
    try (RawClient client =
        RawClient.connect(gateway.port("web")).timeout(Duration.ofSeconds(30))) {
      String ann = "Authorization: " + basic("ann");
      assertThat(ask(client, "/x", ann).text()).isEqualTo("ann -");
      assertThat(ask(client, "/x", "Authorization: " + basic("bob")).text()).isEqualTo("bob -");
      assertThat(ask(client, "/open").text()).as("nobody's").isEqualTo("open");
      assertThat(ask(client, "/x").status()).isEqualTo(401);
      for (String field :
          new String[] {
            "Basic", "Basic !!!", "Basic " + basic("ann"), "Bearer x", "Digest username=\"ann\"",
          }) {
        assertThat(ask(client, "/x", "Authorization: " + field).status()).as(field).isEqualTo(401);
      }

      String eve =
          "Authorization: Basic "
              + Base64.getEncoder()
                  .encodeToString("eve:own:secret".getBytes(StandardCharsets.UTF_8));
      assertThat(ask(client, "/own", ann).status()).as("another list").isEqualTo(401);
      assertThat(ask(client, "/own", eve).text())
          .as("passed on")
          .isEqualTo("eve " + eve.substring("Authorization: ".length()));
      assertThat(ask(client, "/tried").status()).as("no way around").isEqualTo(401);
      assertThat(ask(client, "/tried", eve).status()).isEqualTo(200);

      for (int i = 0; i < 2; i++) assertThat(ask(client, "/zoned", ann).status()).isEqualTo(200);
      assertThat(ask(client, "/zoned", ann).status()).isEqualTo(429);
      assertThat(ask(client, "/zoned", "Authorization: " + basic("bob")).status())
          .as("a rate of its own")
          .isEqualTo(200);
    }
  }

  @Test
  void whoGuessesIsHeldBackAndWhoIsKnownIsNot() throws Exception {
    try (RawClient client =
        RawClient.connect(gateway.port("web")).timeout(Duration.ofSeconds(30))) {
      String ann = "Authorization: " + basic("ann");
      assertThat(ask(client, "/x", ann).status()).isEqualTo(200);
      int status = 401;
      for (int i = 0; i < 20 && status == 401; i++) {
        Response answer = ask(client, "/x", "Authorization: Basic YW5uOndyb25n");
        status = answer.status();
        if (status == 429) assertThat(answer.field("retry-after")).isPresent();
      }
      assertThat(status).isEqualTo(429);
    }
    try (RawClient client = RawClient.connect(gateway.port("web"))) {
      assertThat(ask(client, "/x", "Authorization: " + basic("ann")).status()).isEqualTo(200);
    }
  }

  @Test
  void whoLeavesTheRegistryIsCutAndOthersOfTheConnectionAreNot() throws Exception {
    try (Http2Client client =
            Http2Client.connect(gateway.port("web")).timeout(Duration.ofSeconds(60)).start();
        RawClient plain = RawClient.connect(gateway.port("web")).timeout(Duration.ofSeconds(60))) {
      request(client, 1, "/waits", "ann");
      request(client, 3, "/waits", "bob");
      plain.send(upgrade("ann"));
      assertThat(plain.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
      await().atMost(Duration.ofSeconds(30)).until(() -> app.requests().size() == 3);

      GatewayFixture.replace(gateway.dir().resolve("members.yaml"), members("bob"));
      assertThat(client.response(1).resetCode()).isEqualTo(CANCEL);
      plain.awaitEnd();
      request(client, 5, "/me", "ann");
      assertThat(client.response(5).status()).isEqualTo(403);
      request(client, 7, "/me", "bob");
      assertThat(client.response(7).text()).isEqualTo("bob");
      assertThat(client.get(9, "/open").response(9).text()).isEqualTo("open");
    }
  }

  @Test
  void aReloadEndsTheWebSocketsOfAccountsThatLeftAndOfNobodyElse() throws Exception {
    try (RawClient ann = RawClient.connect(gateway.port("web")).timeout(Duration.ofSeconds(60));
        RawClient bob = RawClient.connect(gateway.port("web")).timeout(Duration.ofSeconds(60))) {
      ann.send(upgrade("ann"));
      assertThat(ann.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
      bob.send(upgrade("bob"));
      assertThat(bob.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
      Path users = gateway.dir().resolve("users");
      String rest =
          Files.readString(users).lines().filter(l -> l.startsWith("bob")).toList().get(0);
      GatewayFixture.replace(users, rest + "\n");
      assertThat(gateway.api().send("POST", "/v1/reload", "").status()).isEqualTo(200);
      ann.awaitEnd();
      assertThat(Curl.run("-u", "ann:pw-ann", url("/me")).status()).isEqualTo(401);
      assertThat(Curl.run("-u", "bob:pw-bob", url("/me")).status()).isEqualTo(200);
      bob.send("still");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> app.conversations().stream().anyMatch(c -> c.receivedText().endsWith("still")));
    }
  }

  private static String upgrade(String user) {
    return "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Authorization: "
        + basic(user)
        + "\r\n\r\n";
  }

  private static void request(Http2Client client, int stream, String path, String user)
      throws IOException {
    client.headers(
        stream,
        true,
        ":method",
        "GET",
        ":scheme",
        "http",
        ":authority",
        "a",
        ":path",
        path,
        "authorization",
        basic(user));
  }
}
