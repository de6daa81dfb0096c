package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to an agent's service, on streams that the server keeps for the next one. */
class TunnelRequestsIT {
  private static final String WEB =
      """
      listeners:
        web: { bind: 127.0.0.1:0, proto: http, service: web }
      http:
        web: { default: true, routes: [ { id: r, match: { path: /* }, upstream: app } ] }
      upstreams:
        app: { endpoints: [ { tunnel: box/web } ] }
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {"type: http, hosts: [a.test]", "type: tcp", "type: tcp, private: !secret k"})
  void aRequestGoesWhereItsServiceIsNow(String kind) throws Exception {
    HttpServer first = service("first");
    HttpServer second = service("second");
    try (TunnelLab lab = TunnelLab.start("http: web, tcp_ports: " + TunnelLab.freePorts(2), WEB)) {
      String token = "token: !secret \"" + lab.token("box", ",\"http_hosts\":[\"a.test\"]") + "\"";
      GatewayFixture agent = lab.agentWith(token, web(kind, first));
      lab.awaitReport("\"web\"");
      for (int round = 0; round < 4; round++) {
        HttpServer now = round % 2 == 0 ? first : second;
        if (round > 0) {
          agent.replaceConfig(lab.agentYaml(token, web(kind, now)));
          var reload = agent.api().send("POST", "/v1/reload", "");
          assertThat(reload.status()).as(reload.text()).isEqualTo(200);
          // What the agent says next, the server hears behind the change.
          agent.replaceConfig(
              lab.agentYaml(token, web(kind, now), "name: told" + round + ", type: socks"));
          var told = agent.api().send("POST", "/v1/reload", "");
          assertThat(told.status()).as(told.text()).isEqualTo(200);
          lab.awaitReport("\"told" + round + "\"");
        }
        String expected = round % 2 == 0 ? "first" : "second";
        for (int i = 0; i < 3; i++) assertThat(ask(lab, "127.0.0.1")).endsWith(expected);
      }
    } finally {
      first.stop(0);
      second.stop(0);
    }
  }

  @Test
  void aServiceThatLearnsItsUserGetsNoOtherUsersRequestsOnThatConnection() throws Exception {
    try (ServerSocket service = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        TunnelLab lab = TunnelLab.start("http: web, tcp_ports: " + TunnelLab.freePorts(2), WEB)) {
      Thread.ofVirtual().start(() -> tellUsers(service));
      String token = "token: !secret \"" + lab.token("box", ",\"http_hosts\":[\"a.test\"]") + "\"";
      lab.agentWith(
          token, web("type: http, hosts: [a.test], proxy_protocol: v1", service.getLocalPort()));
      lab.awaitReport("http://a.test");
      for (int i = 2; i < 6; i++) {
        assertThat(ask(lab, "127.0.0." + i)).endsWith("127.0.0." + i);
      }
    }
  }

  private static String web(String kind, HttpServer service) {
    return web(kind, service.getAddress().getPort());
  }

  private static String web(String kind, int port) {
    return "name: web, " + kind + ", destination: \"127.0.0.1:" + port + "\"";
  }

  private static HttpServer service(String name) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, name.length());
          exchange.getResponseBody().write(name.getBytes(US_ASCII));
          exchange.close();
        });
    server.start();
    return server;
  }

  /** Answers each request with the user that the PROXY header of its connection names. */
  private static void tellUsers(ServerSocket service) {
    while (true) {
      try {
        Socket taken = service.accept();
        Thread.ofVirtual().start(() -> tellUser(taken));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void tellUser(Socket taken) {
    try (taken) {
      var in = new BufferedReader(new InputStreamReader(taken.getInputStream(), US_ASCII));
      String user = in.readLine().split(" ")[2];
      String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + user.length() + "\r\n\r\n" + user;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) taken.getOutputStream().write(answer.getBytes(US_ASCII));
      }
    } catch (IOException closed) {
      // The next request has another connection.
    }
  }

  private static String ask(TunnelLab lab, String from) throws IOException {
    try (Socket user = TunnelLab.connect(lab.server().port("web"), from)) {
      user.getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
      return new String(user.getInputStream().readAllBytes(), US_ASCII).strip();
    }
  }
}
