package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many answers of name servers are remembered. */
@Timeout(60)
class DnsAnswersIT {
  @Test
  void dns_answers() throws Exception {
    try (NameServer names = new NameServer(_ -> Optional.of(InetAddress.getLoopbackAddress()));
        RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, "x"));
        GatewayFixture gateway = GatewayFixture.start(config("2", names.port()))) {
      for (String name : List.of("a", "b", "a", "b")) reach(gateway, name, origin.port());
      assertThat(names.asked()).containsExactly("a", "b");
      assertThat(rejected(gateway)).isZero();

      reach(gateway, "c", origin.port()); // a was used longest ago and leaves
      assertThat(rejected(gateway)).isEqualTo(1);
      reach(gateway, "b", origin.port());
      reach(gateway, "a", origin.port()); // and is asked for again; c leaves
      assertThat(names.asked()).containsExactly("c", "a");
      assertThat(rejected(gateway)).isEqualTo(2);

      gateway.replaceConfig(config("off", names.port()));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      for (int round = 0; round < 2; round++) {
        for (String name : List.of("a", "b", "c", "d")) reach(gateway, name, origin.port());
      }
      assertThat(names.asked()).containsExactly("c", "d");
      assertThat(rejected(gateway)).isEqualTo(2);
    }
  }

  @Test
  void aNameServerThatSaysNothingIsWaitedForAsLongAsItMayTake() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        GatewayFixture gateway =
            GatewayFixture.start(config("off, dns_query: 200ms", silent.getLocalPort()));
        RawClient client = gateway.client("mixed")) {
      client.send("CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 50");
      LimitsIT.assertRejected(gateway, "dns_query");
    }
  }

  private static String config(String names, int port) {
    return """
    limits: { dns_names: %s, event_loop_delay: off }
    listeners: { mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
    forward:
      egress:
        destinations: { private: allow, connect_ports: all }
        egress: { dns: { servers: ["127.0.0.1:%d"] } }
    """
        .formatted(names, port);
  }

  private static void reach(GatewayFixture gateway, String name, int port) throws IOException {
    try (RawClient client = gateway.client("mixed")) {
      String authority = name + ".example:" + port;
      client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n")).as(name).startsWith("HTTP/1.1 200");
    }
  }

  private static double rejected(GatewayFixture gateway) throws IOException {
    return OverloadIT.metric(
        gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text(),
        "fairlead_limit_rejections_total{limit=\"dns_names\"}");
  }
}
