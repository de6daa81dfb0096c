package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.fairlead.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who speaks for others, at every kind of listener. */
@Timeout(60)
class ProxyProtocolIT {
  private static final String ECHO =
      """
      listeners:
        echo:
          bind: "0.0.0.0:0"
          proto: echo
          accept_proxy_protocol: { trusted: [ 127.0.0.1/32 ], timeout: 400ms }
          limits: { connections_per_ip: 2 }
      """;
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  private static final String ASKED = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void curlSpeaksForItself() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(ECHO)) {
      String url = "http://127.0.0.1:" + gateway.port("echo") + "/";
      assertThat(Curl.output("--haproxy-protocol", url)).contains("\"remote\":\"/127.0.0.1:");
    }
  }

  @Test
  void theHeaderMayComeByteByByteAndWithTheRequest() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(ECHO);
        RawClient slow = gateway.client("echo");
        RawClient quick = gateway.client("echo")) {
      String header = "PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n";
      for (int i = 0; i < header.length(); i++) slow.send(header.substring(i, i + 1));
      assertThat(slow.send(REQUEST).readAllText()).contains("2001:db8:0:0:0:0:0:1]:4711");
      assertThat(quick.send(header + REQUEST).readAllText()).contains("2001:db8:0:0:0:0:0:1]:4711");
    }
  }

  @Test
  void whoIsTrustedNeedsAHeaderAndWhoIsNotHasNone() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(ECHO)) {
      try (RawClient without = gateway.client("echo")) {
        assertThat(without.send(REQUEST).drainToEnd()).isNotNull();
      }
      try (RawClient silent = gateway.client("echo")) {
        assertThat(silent.readAll()).isEmpty(); // its time ends
      }
      LimitsIT.assertRejected(gateway, "proxy_header_time");
      try (RawClient other =
          RawClient.connect(
              "127.0.0.2", new InetSocketAddress("127.0.0.1", gateway.port("echo")))) {
        assertThat(other.send(REQUEST).readAllText()).contains("127.0.0.2");
      }
      try (RawClient liar =
          RawClient.connect(
              "127.0.0.2", new InetSocketAddress("127.0.0.1", gateway.port("echo")))) {
        liar.send("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n" + REQUEST).halfClose();
        assertThat(liar.readAllText()).doesNotContain("\"remote\":\"/192.0.2.7");
      }
    }
  }

  @Test
  void connectionsCountForTheClientNotForWhoSpeaksForIt() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(ECHO)) {
      RawClient[] clients = new RawClient[6];
      for (int i = 0; i < clients.length; i++) {
        clients[i] = gateway.client("echo");
        clients[i].send("PROXY TCP4 192.0.2." + (i / 2) + " 192.0.2.200 1 2\r\n" + ASKED);
        assertThat(clients[i].readResponse().status()).isEqualTo(200);
      }
      try (RawClient third = gateway.client("echo")) {
        third.send("PROXY TCP4 192.0.2.1 192.0.2.200 1 2\r\n" + ASKED);
        assertThat(third.drainToEnd()).isNotNull();
      }
      for (RawClient client : clients) client.close();
    }
  }

  @Test
  void versionTwoIsChecked() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(ECHO)) {
      try (RawClient right = gateway.client("echo")) {
        right.send(version2(0x21, new byte[] {(byte) 192, 0, 2, 9, 10, 0, 0, 1, 1, 1, 0, 80}));
        assertThat(right.send(REQUEST).readAllText()).contains("192.0.2.9:257");
      }
      try (RawClient local = gateway.client("echo")) {
        local.send(version2(0x20, new byte[] {9, 9, 9}));
        assertThat(local.send(REQUEST).readAllText()).contains("\"remote\":\"/127.0.0.1:");
      }
      try (RawClient wrong = gateway.client("echo")) {
        wrong.send(version2(0x21, new byte[] {1, 2, 3}));
        assertThat(wrong.drainToEnd()).isNotNull();
      }
      LimitsIT.assertRejected(gateway, "proxy_header");
    }
  }

  /** No account is needed on this machine; a header is no way onto it, nor from it. */
  @Test
  void noHeaderMakesAClientOneOfThisMachine() throws Exception {
    String own = otherAddress();
    try (GatewayFixture gateway =
        GatewayFixture.start(
            """
            listeners:
              mqtt:
                bind: "0.0.0.0:0"
                proto: mqtt
                accept_proxy_protocol: { trusted: [ 127.0.0.1/32, %s/32 ] }
            mqtt: { anonymous: loopback }
            """
                .formatted(own))) {
      int port = gateway.port("mqtt");
      assertThat(mqttAnswer("127.0.0.1", port, "127.0.0.1")).as("both here").isZero();
      assertThat(mqttAnswer("127.0.0.1", port, "192.0.2.7")).as("client elsewhere").isEqualTo(5);
      assertThat(mqttAnswer(own, port, "127.0.0.1")).as("peer elsewhere").isEqualTo(5);
      assertThat(mqttAnswer(own, port, "192.0.2.7")).as("both elsewhere").isEqualTo(5);
    }
  }

  /** The return code of the CONNACK (MQTT 3.1.1 §3.2.2.3). */
  private static int mqttAnswer(String from, int port, String client) throws Exception {
    try (RawClient peer = RawClient.connect(from, new InetSocketAddress(from, port))) {
      peer.send("PROXY TCP4 " + client + " 192.0.2.200 4711 1883\r\n");
      peer.send(new byte[] {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'c'});
      return peer.readExactly(4)[3];
    }
  }

  /** An IPv4 address of this machine that is no loopback one. */
  private static String otherAddress() throws Exception {
    var all = NetworkInterface.getNetworkInterfaces();
    while (all.hasMoreElements()) {
      for (InterfaceAddress each : all.nextElement().getInterfaceAddresses()) {
        InetAddress address = each.getAddress();
        if (address instanceof Inet4Address && !address.isLoopbackAddress()) {
          return address.getHostAddress();
        }
      }
    }
    return abort("this machine has no address besides loopback");
  }

  private static byte[] version2(int command, byte[] rest) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10});
    out.write(command);
    out.write(0x11);
    out.write(0);
    out.write(rest.length);
    out.writeBytes(rest);
    return out.toByteArray();
  }
}
