package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows through other proxies. */
class ChainingTest {
  /** An HTTP proxy that writes down what it is asked, says one thing, and then echoes. */
  private static Origin proxy(BlockingQueue<String> asked, String answer) throws IOException {
    return new Origin(
        socket -> {
          String head = head(socket.getInputStream());
          asked.add(head);
          socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
          if (answer.contains(" 200 ")) {
            socket.getInputStream().transferTo(socket.getOutputStream());
          }
        });
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) break;
      head.append((char) b);
    }
    return head.toString();
  }

  private static String config(int port, String more) {
    return "{ destinations: { connect_ports: all }, egress: { via: up, proxies: { up: {"
        + " type: http, address: \"127.0.0.1:"
        + port
        + "\", user: me, password: !secret pw } }"
        + more
        + " } }";
  }

  private static String connect(String to) {
    return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n";
  }

  @Test
  void aTunnelGoesThroughWithTheNameAsItIs() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\nbanner");
        ProxyFixture proxy = new ProxyFixture(config(up.port(), ""));
        RawClient client = proxy.client()) {
      client.send(connect("no.such.name:22") + "early");
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(client.read(11)).isEqualTo("bannerearly");
      assertThat(asked.take())
          .startsWith("CONNECT no.such.name:22 HTTP/1.1\r\n")
          .contains("Proxy-Authorization: Basic bWU6cHc=\r\n")
          .containsPattern("Via: 1\\.1 [0-9a-f]{12}\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:80", "localhost:80", "10.1.2.3:80", "[::1]:80"})
  void theGuardIsAskedAboutAddressesAndLocalhost(String to) throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(config(up.port(), ""));
        RawClient client = proxy.client()) {
      client.send(connect(to));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("destination_denied");
      assertThat(asked).isEmpty();
    }
  }

  @Test
  void aRuleOnAddressesIsNotGotRoundByAName() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    String acl = "acl: [{ deny: { destination: 127.0.0.0/8 } }], ";
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\n");
        ProxyFixture proxy =
            new ProxyFixture(
                config(up.port(), "").replace("{ destinations", "{ " + acl + "destinations"));
        RawClient known = proxy.client();
        RawClient unknown = proxy.client()) {
      known.send(connect("origin.test:443"));
      assertThat(known.readResponse()).startsWith("HTTP/1.1 403");
      unknown.send(connect("no.such.name:443"));
      assertThat(unknown.readResponse()).startsWith("HTTP/1.1 502").contains("dns_error");
      assertThat(asked).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 407 no, 502",
    "HTTP/1.1 403 no, 502",
    "HTTP/1.1 504 no, 504",
    "nonsense, 502",
  })
  void whatTheProxySaysReachesTheClientInOurWords(String answer, int status) throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up = proxy(asked, answer + "\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(config(up.port(), ""));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:443"));
      assertThat(client.readResponse())
          .startsWith("HTTP/1.1 " + status)
          .contains("the proxy up")
          .doesNotContain("pw");
    }
  }

  @Test
  void aProxyThatDoesNotWorkIsPassedOverAndOneThatAnswersIsNot() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    int nobody;
    try (ServerSocket closed = new ServerSocket(0)) {
      nobody = closed.getLocalPort();
    }
    String yaml =
        "{ destinations: { private: allow, connect_ports: all }, egress: {"
            + " proxies: { dead: { type: socks5, address: \"127.0.0.1:"
            + nobody
            + "\" }, live: { type: http, address: \"127.0.0.1:PORT\" } },"
            + " via: [dead, live, direct] } }";
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(yaml.replace("PORT", "" + up.port()));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:443"));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(asked).hasSize(1);
    }
    try (Origin up = proxy(asked, "HTTP/1.1 403 no\r\n\r\n");
        Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(yaml.replace("PORT", "" + up.port()));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:" + origin.port()));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 502");
      assertThat(origin.accepted).as("a refusal is not got round").isEmpty();
    }
    try (Origin up = proxy(asked, "HTTP/1.1 407 no\r\n\r\n");
        Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(yaml.replace("PORT", "" + up.port()));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:" + origin.port()));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(origin.accepted.poll(5, TimeUnit.SECONDS)).as("straight at last").isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a.corp.example:443, true",
    "corp.example:443, false",
    "origin.test:8443, true",
    "origin.test:443, true", // resolves to 127.0.0.1
    "192.0.2.9:443, false",
  })
  void rulesChooseTheWay(String to, boolean through) throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\n");
        ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow, connect_ports: all }, timeouts: { connect: 300ms"
                    + " }, egress: { proxies: { up: { type: http, address: \"127.0.0.1:"
                    + up.port()
                    + "\" } }, rules: [{ via: up, destination: \"*.corp.example\" },"
                    + " { via: up, port: 8443 }, { via: up, destination: 127.0.0.0/8 }] } }");
        RawClient client = proxy.client()) {
      client.send(connect(to));
      String head = client.readHead();
      assertThat(head.startsWith("HTTP/1.1 200 ")).as(head).isEqualTo(through);
      assertThat(asked.size()).isEqualTo(through ? 1 : 0);
    }
  }

  @Test
  void socksWithAPasswordAndASlowAnswer() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up =
            new Origin(
                socket -> {
                  InputStream in = socket.getInputStream();
                  asked.add(HexFormat.of().formatHex(in.readNBytes(4)));
                  slowly(socket, "0502");
                  asked.add(HexFormat.of().formatHex(in.readNBytes(7)));
                  slowly(socket, "0100");
                  asked.add(HexFormat.of().formatHex(in.readNBytes(18)));
                  slowly(socket, "05000001000000000000");
                  in.transferTo(socket.getOutputStream());
                });
        ProxyFixture proxy =
            new ProxyFixture(config(up.port(), "").replace("type: http", "type: socks5"));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:443") + "hello");
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(client.read(5)).isEqualTo("hello");
      assertThat(asked)
          .containsExactly(
              "05020002",
              "01026d65027077",
              "050100030b"
                  + HexFormat.of().formatHex("origin.test".getBytes(StandardCharsets.US_ASCII))
                  + "01bb");
    }
  }

  private static void slowly(Socket socket, String hex) throws IOException {
    socket.setTcpNoDelay(true);
    for (byte b : HexFormat.of().parseHex(hex)) socket.getOutputStream().write(b);
  }

  @Test
  void aProxyThatSaysNothingTimesOutAndIsLetGo() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up =
            new Origin(
                socket -> {
                  asked.add(head(socket.getInputStream()));
                  asked.add("end " + socket.getInputStream().read());
                });
        ProxyFixture proxy =
            new ProxyFixture(
                config(up.port(), "")
                    .replace("{ destinations", "{ timeouts: { connect: 300ms }, destinations"));
        RawClient client = proxy.client()) {
      client.send(connect("origin.test:443"));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 504").contains("connect_timeout");
      await().until(() -> asked.contains("end -1"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "timeouts: { half_close: 5s } | true", // a change that is none of its business
        "acl: [{ deny: { destination: other.name } }] | true",
        "acl: [{ deny: { destination: no.such.name } }] | false",
        "acl: [{ deny: { destination: 203.0.113.0/24 } }] | false", // nobody knows its address
      })
  void aReloadJudgesTheDestinationNotTheProxy(String change, boolean lives) throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin up = proxy(asked, "HTTP/1.1 200 OK\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(config(up.port(), ""));
        RawClient client = proxy.client()) {
      client.send(connect("no.such.name:22"));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      proxy.reload(
          config(up.port(), "").replace("{ destinations", "{ " + change + ", destinations"));
      if (lives) {
        client.send("still here");
        assertThat(client.read(10)).isEqualTo("still here");
      } else {
        assertThat(client.closed()).isTrue();
      }
    }
  }

  @Test
  void aTunnelThatComesBackIsALoop() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ via: edge, destinations: { private: allow } }");
        RawClient client = proxy.client()) {
      client.send(
          "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nVia: 1.1 edge\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 508").contains("loop_detected");
    }
  }

  @Test
  void flowsLeaveFromTheAddressThatIsConfigured() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow, connect_ports: all },"
                    + " egress: { bind: [127.0.0.5] } }");
        RawClient client = proxy.client();
        RawClient six = proxy.client()) {
      client.send(connect("127.0.0.1:" + origin.port()));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(origin.accepted.take().getInetAddress().getHostAddress()).isEqualTo("127.0.0.5");
      six.send(connect("[::1]:" + origin.port()));
      assertThat(six.readResponse()).startsWith("HTTP/1.1 502").contains("network_unreachable");
    }
  }

  /** A name server that says 127.0.0.1 to every question for an IPv4 address. */
  private static DatagramSocket nameServer(BlockingQueue<String> asked) throws IOException {
    DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    Thread.startVirtualThread(
        () -> {
          try {
            while (true) {
              DatagramPacket packet = new DatagramPacket(new byte[512], 512);
              socket.receive(packet);
              byte[] q = Arrays.copyOf(packet.getData(), packet.getLength());
              int end = 12;
              while (q[end] != 0) end += q[end] + 1;
              boolean four = q[end + 2] == 1;
              asked.add(new String(q, 13, q[12], StandardCharsets.US_ASCII));
              ByteBuffer answer = ByteBuffer.allocate(512);
              answer.putShort(ByteBuffer.wrap(q).getShort()).putShort((short) 0x8180);
              answer.putShort((short) 1).putShort((short) (four ? 1 : 0)).putInt(0);
              answer.put(q, 12, end + 5 - 12);
              if (four) {
                answer.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1);
                answer.putInt(60).putShort((short) 4).put(new byte[] {127, 0, 0, 1});
              }
              socket.send(
                  new DatagramPacket(answer.array(), answer.position(), packet.getSocketAddress()));
            }
          } catch (IOException closed) {
            // the test is over
          }
        });
    return socket;
  }

  @Test
  void aServiceMayAskNameServersOfItsOwn() throws Exception {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (Origin origin = Origin.echo();
        DatagramSocket names = nameServer(asked);
        ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow, connect_ports: all },"
                    + " egress: { dns: { servers: [\"127.0.0.1:"
                    + names.getLocalPort()
                    + "\"] } } }");
        RawClient client = proxy.client()) {
      client.send(connect("only-there.example:" + origin.port()));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      assertThat(asked).contains("only-there");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ egress: { dns: { servers: [] } } } | the list is empty",
        "{ egress: { dns: { servers: [1.1.1.1], ttl_min: 1h, ttl_max: 1s } } } | shorter than",
        "{ egress: { dns: { servers: [dns.example] } } } | `dns.example` is not valid",
        "{ egress: { via: nobody } } | no proxy and no tunnel is called \"nobody\"",
        "{ egress: { rules: [{ via: [direct, x] }] } } | no proxy and no tunnel is called \"x\"",
        "{ egress: { bind: [10.0.0.1, 10.0.0.2] } } | several addresses of one family",
        "{ egress: { proxies: { direct: { type: http, address: 'a:1' } } } } | the word for no"
            + " proxy",
        "{ egress: { proxies: { a: { type: http, address: 'a:1', user: u } } } } | go together",
      })
  void mistakesAreNamed(String yaml, String message) {
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> ProxyFixture.read(yaml)))
        .hasMessageContaining(message);
  }
}
