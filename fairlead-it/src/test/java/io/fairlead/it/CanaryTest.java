package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.JoinToken;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A secret in every place that holds one, and in what clients send, is searched for in everything a
 * gateway leaves behind: its answers, its log at level trace, every file of its folder, its thread
 * names and command line, and what the command line says of its configuration.
 */
class CanaryTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** By where each is planted. All at least 128 bits, so that they may be tokens. */
  private static final Map<String, String> PLANTED =
      Map.ofEntries(
          Map.entry("token in the file", "canary-Aq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("token in the environment", "canary-Bq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("token in a file", "canary-Cq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("token as credential", "canary-Dq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("password of the proxy", "canary-Eq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("field for an upstream", "canary-Fq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("password of a login", "canary-Gq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("wrong password", "canary-Hq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("wrong token", "canary-Iq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("client's Authorization", "canary-Jq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("client's Cookie", "canary-Kq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("client's proxy password", "canary-Lq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("password of a bridge", "canary-Mq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("password of an MQTT account", "canary-Nq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("wrong MQTT password", "canary-Oq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("password of an agent's proxy", "canary-Pq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("key of a visit", "canary-Qq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("URL of a chain", "canary-Rq83vEjRWeJCrze8SNFZ4kKvN"),
          Map.entry("field for a chain", "canary-Sq83vEjRWeJCrze8SNFZ4kKvN"));

  /** Paths that tell of the parts, besides the configuration. */
  private static final List<String> PARTS =
      List.of(
          "/v1/config/effective/mqtt",
          "/v1/config/effective/tunnels",
          "/v1/config/effective/pubsub",
          "/v1/mqtt/bridges",
          "/v1/mqtt/clients",
          "/v1/tunnels",
          "/v1/tunnel-tokens",
          "/v1/relay",
          "/v1/pubsub/chains",
          "/v1/certs",
          "/v1/upstreams");

  @TempDir Path dir;
  private Proc gateway;
  private final Map<String, String> said = new LinkedHashMap<>();
  private String tunnelToken = "";
  private final List<String> made = new ArrayList<>(); // secrets the gateway made itself

  private static String planted(String where) {
    return java.util.Objects.requireNonNull(PLANTED.get(where), where);
  }

  @BeforeEach
  void start() throws Exception {
    secretFile("ci.token", planted("token in a file"));
    secretFile("creds/ops", planted("token as credential"));
    secretFile("users.pw", "ann:" + Pem.passwordHash(planted("password of a login")));
    secretFile("members.yaml", "members: []");
    secretFile("mqtt.users", "joe:" + Pem.passwordHash(planted("password of an MQTT account")));
    JoinToken token = new JoinToken("box", octets(), octets());
    tunnelToken = token.text();
    made.add(token.secret().text());
    Pem.selfMade(dir, "site");
    write(config(planted("password of the proxy")));
    gateway =
        Proc.start(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.fairlead.app.Main",
                "run",
                "-v",
                "-c",
                file().toString()),
            dir,
            environment());
    gateway.awaitLine("try: fairlead status", LIMIT);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void noSecretIsLeftAnywhere() throws Exception {
    traffic();
    clients();
    control();
    for (String words :
        List.of(
            "config show",
            "validate --json",
            "doctor --json --security",
            "doctor --bundle bundle.zip")) {
      commandLine(words);
    }
    threads();
    // A change of secrets, and one that is refused.
    write(config("another-" + planted("password of the proxy")));
    ask("GET /reload", 200);
    write(config("x").replace("role: admin, secret", "roel: admin, secret"));
    ask("GET /reload", 422);
    commandLine("validate");
    write(config("x").replace("${cred:ops}", "${cred:ops}x y"));
    ask("GET /reload", 422);
    commandLine("validate --format sarif");
    ask("GET /v1/config/history", 200, 404);
    ask("GET /metrics", 200);
    ask("GET /stop", 202);
    gateway.awaitExit(LIMIT);
    said.put("stderr", gateway.stderr());
    said.put("stdout", gateway.stdout());
    filesBehind();

    assertThat(said.get("stderr")).contains("\"level\":\"debug\"");
    assertThat(said.get("GET /now")).contains("***", "\"name\":\"ops\"");
    assertThat(said.get("fairlead config show")).contains("***", "name: ops");
    assertThat(said.keySet()).anyMatch(name -> name.contains("audit.log"));
    assertThat(leaks()).isEmpty();
    for (String name : said.keySet()) {
      if (!name.startsWith("file state/history/")) continue;
      Path stored = dir.resolve(name.substring("file ".length()));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(stored)))
          .as(name)
          .isEqualTo("rw-------");
    }
  }

  /** Every secret in what a client sends, to listeners that accept and that refuse it. */
  private void traffic() throws Exception {
    int site = port("site");
    String lines =
        "Authorization: Bearer %s\r\nCookie: sid=%s\r\nProxy-Authorization: Basic %s\r\n"
            .formatted(
                planted("client's Authorization"),
                planted("client's Cookie"),
                basic("eve:" + planted("client's proxy password")));
    for (String target : List.of("/", "/nothing", "/up", "/bad path")) {
      try (RawClient client = RawClient.connect(site)) {
        Response answer =
            client
                .send("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n")
                .readResponse();
        said.merge("site", answer.text() + answer.fields(), String::concat);
      }
    }
    int mixed = port("mixed");
    for (String account :
        List.of(
            "bob:" + planted("password of the proxy"),
            "bob:" + planted("client's proxy password"),
            "eve:" + planted("client's proxy password"))) {
      for (String target : List.of("127.0.0.1:443", "no target")) {
        try (RawClient client = RawClient.connect(mixed)) {
          Response answer =
              client
                  .send(
                      "CONNECT %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\n%s\r\n"
                          .formatted(
                              target,
                              basic(account),
                              "Cookie: " + planted("client's Cookie") + "\r\n"))
                  .readResponse();
          said.merge("proxy", answer.text() + answer.fields(), String::concat);
        }
      }
    }
  }

  /** Clients of the broker, one of them with a wrong password. */
  private void clients() throws IOException {
    for (String password : List.of("password of an MQTT account", "wrong MQTT password")) {
      Packet.Connect connect =
          new Packet.Connect(
              MqttVersion.V5,
              true,
              30,
              "",
              Optional.empty(),
              Optional.of("joe"),
              planted(password).getBytes(StandardCharsets.UTF_8),
              Properties.EMPTY);
      InetSocketAddress broker = new InetSocketAddress("127.0.0.1", port("mqtt"));
      try (MqttLink link = MqttLink.open(broker, false, connect, LIMIT)) {
        Packet answer = link.take(LIMIT).orElseThrow();
        assertThat(answer).isInstanceOf(Packet.ConnAck.class);
        assertThat(((Packet.ConnAck) answer).reason().error())
            .isEqualTo(password.startsWith("wrong"));
        said.merge("CONNACK", answer.toString(), String::concat);
      }
    }
  }

  /** One made by the gateway, whose text is told once. */
  private void newToken() throws IOException {
    String body = "{\"name\":\"other\"}";
    try (RawClient client = RawClient.connect(dir.resolve("run/control.sock"))) {
      Response answer =
          client
              .send(
                  "POST /v1/tunnel-tokens HTTP/1.1\r\nHost: localhost\r\n"
                      + "Content-Type: application/json\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
              .readResponse();
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      made.add(ControlApi.value(answer, "token").split("\\.")[2]);
    }
  }

  /** Logins and tokens, right and wrong, and every answer there is. */
  private void control() throws Exception {
    String session = login(planted("password of a login"), 200);
    login(planted("wrong password"), 401);
    for (String token :
        List.of(
            "token in the file",
            "token in the environment",
            "token in a file",
            "token as credential")) {
      try (RawClient client = RawClient.connect(port("control"))) {
        Response answer =
            client
                .send(
                    "GET /v1/session HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + planted(token)
                        + "\r\n\r\n")
                .readResponse();
        assertThat(answer.status()).as(token).isEqualTo(200);
        said.merge("tokens", answer.text() + answer.fields(), String::concat);
      }
    }
    try (RawClient client = RawClient.connect(port("control"))) {
      Response answer =
          client
              .send(
                  "GET /v1/now HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                      + planted("wrong token")
                      + "\r\n\r\n")
              .readResponse();
      assertThat(answer.status()).isEqualTo(401);
      said.put("wrong token", answer.text() + answer.fields());
    }
    made.add(session);
    made.add(Files.readString(dir.resolve("state/control.token")).strip());
    byte[] identity = Files.readAllBytes(dir.resolve("state/identity.key"));
    byte[] seed = Arrays.copyOfRange(identity, 4, 36); // behind the head of libp2p's key format
    made.add(HexFormat.of().formatHex(seed));
    made.add(Base64.getEncoder().encodeToString(seed).substring(0, 40));
    made.add(new String(seed, StandardCharsets.ISO_8859_1));
    newToken();
    for (String path : PARTS) ask("GET " + path, 200);
    for (String path :
        List.of(
            "/now",
            "/now?format=yaml",
            "/v1/config/effective/control",
            "/v1/config/effective/http/site/headers",
            "/v1/config/schema",
            "/v1/status",
            "/v1/listeners",
            "/v1/connections",
            "/adapt",
            "/metrics")) {
      ask("GET " + path, 200);
    }
  }

  private String login(String password, int status) throws IOException {
    String body = "{\"user\":\"ann\",\"password\":\"" + password + "\"}";
    try (RawClient client = RawClient.connect(port("control"))) {
      Response answer =
          client
              .send(
                  "POST /v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      + "Content-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
              .readResponse();
      assertThat(answer.status()).as(answer.text()).isEqualTo(status);
      if (status != 200) {
        said.put("wrong login", answer.text() + answer.fields());
        return "";
      }
      Matcher key =
          Pattern.compile("fairlead_session=([^;]+);")
              .matcher(answer.field("Set-Cookie").orElseThrow());
      assertThat(key.find()).isTrue();
      return key.group(1);
    }
  }

  /** Stacks and names of all threads, and the command line that others can read. */
  private void threads() throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try (Proc dump = Proc.start(jcmd, "" + gateway.pid(), "Thread.print", "-l")) {
      assertThat(dump.awaitExit(LIMIT)).isZero();
      assertThat(dump.stdout()).contains("loop");
      said.put("threads", dump.stdout());
    }
    Path virtual = dir.resolve("virtual-threads.txt");
    try (Proc dump =
        Proc.start(jcmd, "" + gateway.pid(), "Thread.dump_to_file", virtual.toString())) {
      assertThat(dump.awaitExit(LIMIT)).isZero();
    }
    said.put("virtual threads", Files.readString(virtual));
    said.put(
        "arguments",
        Files.readString(Path.of("/proc", "" + gateway.pid(), "cmdline")).replace('\0', ' '));
  }

  /** What the gateway wrote; not what the test put there for it. */
  private void filesBehind() throws IOException {
    Set<String> given =
        Set.of(
            "fairlead.yaml",
            "ci.token",
            "ops",
            "users.pw",
            "site.key",
            "control.token",
            "field.secret",
            "mqtt.users",
            "identity.key",
            "tunnel-tokens.jsonl"); // both sides of a token hold its secret
    for (String own : List.of("identity.key", "tunnel-tokens.jsonl", "control.token")) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(dir.resolve("state").resolve(own))))
          .as(own)
          .isEqualTo("rw-------");
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        if (given.contains(each.getFileName().toString())) continue;
        String text =
            each.toString().endsWith(".zip")
                ? unzipped(each)
                : Files.readString(each, StandardCharsets.ISO_8859_1);
        said.put("file " + dir.relativize(each), text);
      }
    }
  }

  private static String unzipped(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        byte[] bytes = zip.getInputStream(entry).readAllBytes();
        text.append(entry.getName()).append(new String(bytes, StandardCharsets.UTF_8));
      }
    }
    assertThat(text).contains("fairlead/config.yaml", "fairlead/gateway-status.txt", "***");
    return text.toString();
  }

  private List<String> leaks() throws IOException {
    Map<String, String> secrets = new LinkedHashMap<>(PLANTED);
    for (String one : made) secrets.put("made " + secrets.size(), one);
    String key = Files.readString(dir.resolve("site.key"));
    secrets.put("private key", key.lines().skip(1).findFirst().orElseThrow());
    String hash = Files.readString(dir.resolve("users.pw")).strip();
    secrets.put("password hash", hash.substring(hash.length() - 40));
    List<String> leaks = new ArrayList<>();
    said.forEach(
        (what, text) ->
            secrets.forEach(
                (where, secret) -> {
                  for (String form : List.of(secret, basic64(secret))) {
                    int at = text.indexOf(form);
                    if (at < 0) continue;
                    leaks.add(
                        "%s in %s: …%s"
                            .formatted(where, what, text.substring(Math.max(0, at - 100), at)));
                  }
                }));
    return leaks;
  }

  private String config(String proxyPassword) {
    return """
    version: 1
    runtime: { state_dir: state, drain: { stop: 5s, announce: 0s } }
    logs: { level: trace, format: json }
    control:
      listen: "127.0.0.1:@CONTROL@"
      socket: run/control.sock
      users: [ { name: ann, role: admin, password_file: users.pw } ]
      tokens:
        - { name: literal, role: viewer, secret: !secret %s }
        - { name: env, role: viewer, secret: "${env:CANARY_TOKEN}" }
        - { name: file, role: operator, secret: "${file:ci.token}" }
        - { name: ops, role: admin, secret: "${cred:ops}" }
    certs: { site: { files: { cert: site.crt, key: site.key } } }
    listeners:
      site: { bind: "127.0.0.1:0", proto: http, service: site }
      tls: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } }
      mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      mqtt: { bind: "127.0.0.1:0", proto: mqtt }
    @PARTS@
    forward:
      egress: { auth: { users: { bob: !secret "%s" } } }
    upstreams: { up: { endpoints: [ { address: "127.0.0.1:1" } ] } }
    http:
      site:
        default: true
        headers: { request: { set: { Authorization: "Bearer ${file:field.secret}" } } }
        routes:
          - { id: up, match: { path: /up }, upstream: up }
          - { id: rest, match: { path: /* }, respond: { status: 200, body: hello } }
    """
        .formatted(planted("token in the file"), proxyPassword);
  }

  private void write(String yaml) throws Exception {
    Path field = dir.resolve("field.secret");
    if (!Files.exists(field)) secretFile("field.secret", planted("field for an upstream"));
    GatewayFixture.replace(file(), yaml.replace("@CONTROL@", "0").replace("@PARTS@\n", parts()));
  }

  /** Secrets of the broker, of tunnels and of chains. */
  private String parts() {
    return """
        mqtt:
          auth: [ { type: file, path: mqtt.users } ]
          persistence: { durability: memory }
          bridges:
            - name: cloud
              addresses: ["mqtt://127.0.0.1:1"]
              user: site
              password: !secret %s
              topics: [ { filter: a/#, direction: out } ]
        tunnels:
          server:
            listen: "127.0.0.1:0"
            tls: { cert: site }
            agents: [ { name: box, token: !secret "%s" } ]
          agent:
            servers: ["127.0.0.1:1"]
            proxy: { type: http, address: "127.0.0.1:1", user: box, password: !secret %s }
            token: !secret "%s"
            services: [ { name: web, type: tcp, destination: "127.0.0.1:1" } ]
            visits: [ { agent: box, service: db, key: !secret %s, bind: "127.0.0.1:0" } ]
        relay: { listen: [], reachability: { mode: private } }
        pubsub:
          chains:
            main:
              chain_id: 1
              endpoints:
                - alias: node
                  url: "ws://me:%s@127.0.0.1:1/v3/%s?key=%s"
                  headers: { Authorization: !secret %s }
        """
        .formatted(
            planted("password of a bridge"),
            tunnelToken,
            planted("password of an agent's proxy"),
            tunnelToken,
            planted("key of a visit"),
            planted("URL of a chain"),
            planted("URL of a chain"),
            planted("URL of a chain"),
            planted("field for a chain"));
  }

  private static Binary octets() {
    return Binary.of(Randomness.system().secureBytes(32));
  }

  private Map<String, String> environment() {
    return Map.of(
        "CANARY_TOKEN",
        planted("token in the environment"),
        "CREDENTIALS_DIRECTORY",
        dir.resolve("creds").toString());
  }

  private void secretFile(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void ask(String request, Integer... statuses) throws IOException {
    try (RawClient client = RawClient.connect(dir.resolve("run/control.sock"))) {
      Response answer =
          client
              .send(request + " HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")
              .readResponse();
      assertThat(answer.status()).as("%s%n%s", request, answer.text()).isIn((Object[]) statuses);
      said.merge(request, answer.text() + answer.fields(), String::concat);
    }
  }

  /** In a process of its own, which sees the environment that the gateway sees. */
  private void commandLine(String words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.fairlead.app.Main"));
    command.addAll(List.of(words.split(" ")));
    command.addAll(List.of("-c", file().toString()));
    try (Proc run = Proc.start(command, dir, environment())) {
      run.awaitExit(LIMIT);
      said.merge("fairlead " + words, run.stdout() + run.stderr(), String::concat);
    }
  }

  private int port(String listener) {
    Pattern line = Pattern.compile(listener + " +127\\.0\\.0\\.1:(\\d+)");
    Matcher port = line.matcher(gateway.stderr());
    assertThat(port.find()).as(gateway.stderr()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  private static String basic(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The part of its base64 that does not depend on what stands before it. */
  private static String basic64(String secret) {
    return basic(secret).substring(0, 32);
  }

  private Path file() {
    return dir.resolve("fairlead.yaml");
  }
}
