package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** SOCKS 5 BIND (RFC 1928 §4). */
class SocksBindTest {
  private static final String OPT_IN = "{ destinations: { private: allow }, bind: true }";

  private static int listening(RawClient client, String from) throws IOException {
    client.sendHex("050100").readHex(2);
    client.sendHex("05 02 00 01" + from);
    String reply = client.readHex(10);
    assertThat(reply).startsWith("050000017f000001");
    return Integer.parseInt(reply.substring(16), 16);
  }

  private static Socket connect(int port, String source) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
    socket.setSoTimeout(5_000);
    return socket;
  }

  @Test
  void theExpectedPeerIsJoinedAndOthersAreTurnedAway() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(OPT_IN);
        RawClient client = proxy.client()) {
      int port = listening(client, "7f000001 0050");
      try (Socket wrong = connect(port, "127.0.0.2")) {
        assertThat(wrong.getInputStream().read()).isEqualTo(-1);
      }
      try (Socket right = connect(port, "127.0.0.1")) {
        assertThat(client.readHex(10))
            .isEqualTo("050000017f000001" + String.format("%04x", right.getLocalPort()));
        right.getOutputStream().write("from outside".getBytes(StandardCharsets.US_ASCII));
        assertThat(client.read(12)).isEqualTo("from outside");
        client.send("from inside");
        assertThat(new String(right.getInputStream().readNBytes(11), StandardCharsets.US_ASCII))
            .isEqualTo("from inside");
        assertThat(proxy.service.flows()).isOne();
      }
      assertThat(client.closed()).isTrue();
      client.close();
      await().until(proxy.service::flows, n -> n == 0);
    }
  }

  @Test
  void nobodyInParticularMeansAnybodyTheRulesAllow() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow, deny: [127.0.0.3] }, bind: true }");
        RawClient client = proxy.client()) {
      int port = listening(client, "00000000 0000");
      try (Socket denied = connect(port, "127.0.0.3")) {
        assertThat(denied.getInputStream().read()).isEqualTo(-1);
      }
      try (Socket right = connect(port, "127.0.0.2")) {
        assertThat(client.readHex(10))
            .isEqualTo("050000017f000002" + String.format("%04x", right.getLocalPort()));
      }
    }
  }

  @Test
  void aSecondConnectionFindsNobody() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(OPT_IN);
        RawClient client = proxy.client()) {
      int port = listening(client, "7f000001 0050");
      try (Socket first = connect(port, "127.0.0.1")) {
        client.readHex(10);
        await()
            .until(
                () -> {
                  try (Socket second = connect(port, "127.0.0.1")) {
                    return second.getInputStream().read() < 0;
                  } catch (IOException refused) {
                    return true;
                  }
                });
        assertThat(first.isConnected()).isTrue();
      }
    }
  }

  @Test
  void theWaitEndsWithTheClient() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(OPT_IN)) {
      int port;
      try (RawClient client = proxy.client()) {
        port = listening(client, "7f000001 0050");
      }
      await()
          .until(
              () -> {
                try (Socket late = connect(port, "127.0.0.1")) {
                  return false;
                } catch (IOException refused) {
                  return true;
                }
              });
      await().until(() -> proxy.loops.descriptors().taken() == 0);
    }
  }

  @Test
  void privatePeersAreRefusedByDefaultAndBindIsOff() throws Exception {
    try (ProxyFixture closed = new ProxyFixture("{ bind: true }");
        ProxyFixture off = new ProxyFixture("{ destinations: { private: allow } }");
        RawClient toClosed = closed.client();
        RawClient toOff = off.client()) {
      toClosed.sendHex("050100").readHex(2);
      toClosed.sendHex("05 02 00 01 7f000001 0050");
      assertThat(toClosed.readHex(10)).startsWith("0502");
      toOff.sendHex("050100").readHex(2);
      toOff.sendHex("05 02 00 01 7f000001 0050");
      assertThat(toOff.readHex(10)).startsWith("0507");
    }
  }
}
