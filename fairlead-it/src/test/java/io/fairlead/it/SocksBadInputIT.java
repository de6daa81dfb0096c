package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SOCKS handshakes that go wrong, byte by byte, and destinations nobody may reach.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1929">RFC 1929</a>
 */
class SocksBadInputIT {
  private static final String NO_AUTH = "050100";
  private static final String CHOSEN_NO_AUTH = "0500";
  private static final int DENIED = 2;

  private static RecordingServer origin;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    origin = RecordingServer.http(_ -> RecordingServer.response(200, "reached"));
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("users"), "alice:" + Pem.passwordHash("pw") + "\n");
    gateway = GatewayFixture.start(dir, CONFIG);
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (origin != null) origin.close();
  }

  // --- SOCKS 5
  // ------------------------------------------------------------------------------------

  @Test
  void aRefusedConnectionIsCode5() throws Exception {
    assertThat(socks5("open", ipv4("127.0.0.1", closedPort()))).isEqualTo(5);
  }

  @Test
  void aNameWithoutAddressIsCode4() throws Exception {
    assertThat(socks5("open", name("no-such-host.invalid", 80))).isEqualTo(4);
  }

  @Test
  void aDeniedDestinationIsCode2AndNotDialled() throws Exception {
    int before = origin.conversations().size();
    assertThat(socks5("strict", ipv4("127.0.0.1", origin.port()))).isEqualTo(DENIED);
    assertThat(socks5("strict", name("localhost", origin.port()))).isEqualTo(DENIED);
    assertThat(origin.conversations()).hasSize(before);
  }

  @ParameterizedTest
  @CsvSource({"02, 7", "04, 7", "00, 7", "09, 7"})
  void anUnknownCommandIsCode7(String command, int code) throws Exception {
    String request = "05" + command + "00" + ipv4("127.0.0.1", origin.port()).substring(6);
    assertThat(socks5("open", request)).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "02", "05", "ff"})
  void anUnknownAddressTypeIsCode8(String type) throws Exception {
    assertThat(socks5("open", "050100" + type + "7f0000010050")).isEqualTo(8);
  }

  @Test
  void aReservedByteOrAnEmptyNameIsCode1() throws Exception {
    assertThat(socks5("open", "050101017f0000010050")).isEqualTo(1);
    assertThat(socks5("open", "05010003000050")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0500", "050101", "05020180"})
  void withoutAnAcceptableMethodTheAnswerIsFfAndTheEnd(String greeting) throws Exception {
    try (RawClient client = gateway.client("open")) {
      client.send(bytes(greeting));
      assertThat(hex(client.readExactly(2))).isEqualTo("05ff");
      client.awaitEnd();
    }
  }

  @Test
  void aServiceWithAccountsOffersNothingElse() throws Exception {
    try (RawClient client = gateway.client("guarded")) {
      client.send(bytes(NO_AUTH));
      assertThat(hex(client.readExactly(2))).isEqualTo("05ff");
      client.awaitEnd();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wrong password, 0105616c69636502786f",
    "unknown account, 0103626f62027077",
    "empty account, 0100027077",
    "empty password, 0105616c69636500",
    "unknown version, 0205616c696365027077"
  })
  void badCredentialsAre0101AndTheEnd(String what, String subNegotiation) throws Exception {
    try (RawClient client = gateway.client("guarded")) {
      client.send(bytes("050102"));
      assertThat(hex(client.readExactly(2))).isEqualTo("0502");
      client.send(bytes(subNegotiation));
      assertThat(hex(client.readExactly(2))).as(what).isEqualTo("0101");
      client.awaitEnd();
    }
  }

  @Test
  void aHandshakeInOnePieceAndOneByByteWorksTheSame() throws Exception {
    byte[] whole =
        bytes(
            "050102"
                + "0105616c696365027077"
                + ipv4("127.0.0.1", origin.port())
                + hex("GET /socks HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1)));
    for (boolean byByte : new boolean[] {false, true}) {
      try (RawClient client = gateway.client("guarded")) {
        if (byByte) {
          for (byte b : whole) client.send(new byte[] {b});
        } else {
          client.send(whole);
        }
        assertThat(hex(client.readExactly(4))).isEqualTo("05020100");
        byte[] reply = client.readExactly(10);
        assertThat(hex(reply)).startsWith("05000001");
        assertThat(hex(reply).substring(8, 16)).as("BND.ADDR").isEqualTo("7f000001");
        assertThat(client.readResponse().text()).isEqualTo("reached");
      }
    }
  }

  @Test
  void aHandshakeThatStopsIsCutInTime() throws Exception {
    for (String start : List.of("05", NO_AUTH.substring(0, 4), "0401")) {
      try (RawClient client = gateway.client("hasty")) {
        client.send(bytes(start)).timeout(Duration.ofSeconds(5));
        client.drainToEnd();
      }
    }
  }

  // --- SOCKS 4
  // ------------------------------------------------------------------------------------

  @Test
  void everyFailureOfSocks4Is91() throws Exception {
    String port = port(origin.port());
    assertThat(socks4("open", "0401" + port(closedPort()) + "7f00000100"))
        .as("refused")
        .isEqualTo(91);
    assertThat(socks4("open", "0402" + port + "7f00000100")).as("BIND").isEqualTo(91);
    assertThat(socks4("strict", "0401" + port + "7f00000100")).as("denied").isEqualTo(91);
    assertThat(socks4("guarded", "0401" + port + "7f000001" + hex("alice") + "00"))
        .as("needs a password")
        .isEqualTo(91);
    assertThat(socks4("open", "0401" + port + "0000000100" + hex("no-such-host.invalid") + "00"))
        .as("no address")
        .isEqualTo(91);
    assertThat(socks4("web-only", "0401" + port + "7f00000100")).as("mode off").isEqualTo(91);
    assertThat(socks4("open", "0401" + port + "7f00000100")).as("works").isEqualTo(90);
  }

  @Test
  void overlongNamesOfSocks4EndTheConnection() throws Exception {
    String port = port(origin.port());
    for (String request :
        List.of(
            "0401" + port + "7f000001" + hex("u".repeat(256)) + "00",
            "0401" + port + "0000000100" + hex("h".repeat(256)) + "00")) {
      try (RawClient client = gateway.client("open")) {
        client.send(bytes(request));
        byte[] answer = client.readAll();
        if (answer.length > 0) assertThat(hex(answer)).startsWith("005b");
      }
    }
  }

  // --- modes and first bytes
  // ------------------------------------------------------------------------

  @Test
  void aModeThatIsOffIsRefusedInItsOwnWords() throws Exception {
    try (RawClient client = gateway.client("web-only")) {
      client.send(bytes(NO_AUTH));
      assertThat(hex(client.readExactly(2))).isEqualTo("05ff");
      client.awaitEnd();
    }
    try (RawClient client = gateway.client("socks-only")) {
      assertThat(client.send(get("127.0.0.1", origin.port())).readResponse().status())
          .isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "01", "80", "ff", "1603010005", "0d0a0d0a000d0a515549540a"})
  void bytesOfNoKnownProtocolEndWithoutAnAnswer(String first) throws Exception {
    try (RawClient client = gateway.client("open")) {
      client.send(bytes(first));
      client.awaitEnd();
    }
  }

  // --- where nobody may go
  // ----------------------------------------------------------------------------

  @Test
  void aRefusalNamesTheKeyAndTheFix() throws Exception {
    String authority = "127.0.0.1:" + origin.port();
    for (String request :
        List.of(
            get("127.0.0.1", origin.port()),
            "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")) {
      try (RawClient client = gateway.client("strict")) {
        StrictHttpParser.Response answer = client.send(request).readResponse();
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.field("X-Fairlead-Error")).contains("destination_denied");
        assertThat(answer.text()).contains("forward.strict.destinations").contains("allow");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1"
      })
  void aPrivateAddressInIpv6ClothesIsCode2(String address) throws Exception {
    assertThat(socks5("strict", ipv6(address, origin.port()))).isEqualTo(DENIED);
    try (RawClient client = gateway.client("strict")) {
      assertThat(client.send(get("[" + address + "]", origin.port())).readResponse().status())
          .isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0x7f.1", "0x7f000001", "2130706433", "127.1", "017700000001", "127.0.0.1."})
  void numbersThatAreNoDottedQuadAreRefusedAsNames(String host) throws Exception {
    for (String listener : List.of("strict", "open")) {
      assertThat(socks5(listener, name(host, origin.port()))).as(listener).isEqualTo(DENIED);
      try (RawClient client = gateway.client(listener)) {
        assertThat(client.send(get(host, origin.port())).readResponse().status())
            .as(listener)
            .isIn(400, 403);
      }
    }
  }

  @Test
  void aLiteralInsideANameFieldIsJudgedAsTheAddressItIs() throws Exception {
    assertThat(socks5("strict", name("127.0.0.1", origin.port()))).isEqualTo(DENIED);
    assertThat(socks5("open", name("127.0.0.1", origin.port()))).isZero();
  }

  @Test
  void ownListenersMetadataAndMailStayRefusedWherePrivateIsAllowed() throws Exception {
    for (int own :
        new int[] {gateway.port("open"), gateway.port("strict"), gateway.controlPort()}) {
      assertThat(socks5("open", ipv4("127.0.0.1", own))).isEqualTo(DENIED);
      assertThat(socks5("open", ipv6("::ffff:127.0.0.1", own))).isEqualTo(DENIED);
      // A name may have further addresses, where nobody listens: then the last word is "refused".
      assertThat(socks5("open", name("localhost", own))).isIn(DENIED, 5);
      try (RawClient client = gateway.client("open")) {
        assertThat(client.send(get("127.0.0.1", own)).readResponse().status()).isEqualTo(403);
      }
    }
    assertThat(socks5("open", ipv4("169.254.169.254", 80))).isEqualTo(DENIED);
    assertThat(socks5("open", ipv4("127.0.0.1", 25))).isEqualTo(DENIED);
  }

  // --- bytes
  // ------------------------------------------------------------------------------------------

  /** The code of the reply to that request. */
  private static int socks5(String listener, String request) throws IOException {
    try (RawClient client = gateway.client(listener)) {
      client.timeout(Duration.ofSeconds(20)).send(bytes(NO_AUTH));
      assertThat(hex(client.readExactly(2))).isEqualTo(CHOSEN_NO_AUTH);
      byte[] reply = client.send(bytes(request)).readExactly(4);
      assertThat(reply[0]).isEqualTo((byte) 5);
      if (reply[1] != 0) {
        client.readExactly(reply[3] == 4 ? 18 : 6);
        client.awaitEnd();
      }
      return reply[1];
    }
  }

  private static int socks4(String listener, String request) throws IOException {
    try (RawClient client = gateway.client(listener)) {
      byte[] reply = client.timeout(Duration.ofSeconds(20)).send(bytes(request)).readExactly(8);
      assertThat(reply[0]).isZero();
      if (reply[1] != 90) client.awaitEnd();
      return reply[1];
    }
  }

  private static String ipv4(String address, int port) throws IOException {
    return "05010001" + hex(InetAddress.getByName(address).getAddress()) + port(port);
  }

  /** {@link InetAddress} would make a mapped address IPv4, so the groups are written here. */
  private static String ipv6(String address, int port) throws IOException {
    byte[] bytes = InetAddress.getByName(address).getAddress();
    String hex = bytes.length == 16 ? hex(bytes) : "00000000000000000000ffff" + hex(bytes);
    return "05010004" + hex + port(port);
  }

  private static String name(String host, int port) {
    return "05010003" + HexFormat.of().toHexDigits((byte) host.length()) + hex(host) + port(port);
  }

  private static String get(String host, int port) {
    String authority = host + ":" + port;
    return "GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  }

  private static String port(int port) {
    return HexFormat.of().toHexDigits((short) port);
  }

  private static String hex(String text) {
    return hex(text.getBytes(ISO_8859_1));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static int closedPort() throws IOException {
    return NginxOrigin.freePort();
  }

  private static final String CONFIG =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      listeners:
        open: { bind: "127.0.0.1:0", proto: mixed, service: open }
        strict: { bind: "127.0.0.1:0", proto: mixed, service: strict }
        guarded: { bind: "127.0.0.1:0", proto: mixed, service: guarded }
        hasty: { bind: "127.0.0.1:0", proto: mixed, service: hasty }
        web-only: { bind: "127.0.0.1:0", proto: mixed, service: web-only }
        socks-only: { bind: "127.0.0.1:0", proto: mixed, service: socks-only }
      forward:
        open:
          modes: [http, connect, socks4, socks5]
          destinations: { private: allow, connect_ports: all }
        strict:
          modes: [http, connect, socks4, socks5]
          destinations: { connect_ports: all }
        guarded:
          modes: [http, connect, socks4, socks5]
          auth: { users_file: "@DIR@/users" }
          destinations: { private: allow, connect_ports: all }
        hasty:
          modes: [http, connect, socks4, socks5]
          timeouts: { detect: 500ms, handshake: 500ms }
        web-only: { modes: [http, connect] }
        socks-only: { modes: [socks5] }
      """;
}
