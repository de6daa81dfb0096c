package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A WebSocket client that others wrote (python3-websockets), through us to the echo service. */
class WebSocketIT {
  /** Debian's own interpreter, for which its packages are. */
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  /**
   * Arguments: URL, and optionally the proxy's port, through which a CONNECT is made first. Prints
   * one word for each thing that went as it should.
   */
  private static final String CLIENT =
      """
      import asyncio, socket, sys
      import websockets

      def tunnel(port, authority):
          s = socket.create_connection(("127.0.0.1", port), 10)
          s.sendall(f"CONNECT {authority} HTTP/1.1\\r\\nHost: {authority}\\r\\n\\r\\n".encode())
          head = b""
          while not head.endswith(b"\\r\\n\\r\\n"):
              head += s.recv(1)
          assert head.startswith(b"HTTP/1.1 200"), head
          return s

      async def main():
          url = sys.argv[1]
          more = {}
          if len(sys.argv) > 2:
              more["sock"] = tunnel(int(sys.argv[2]), url.split("/")[2])
          try:
              ws = await websockets.connect(url, open_timeout=15, max_size=None, **more)
          except websockets.exceptions.InvalidStatusCode as refused:
              print("refused", refused.status_code)
              return
          print("open")
          await ws.send("grüße")
          assert await asyncio.wait_for(ws.recv(), 15) == "grüße"
          print("text")
          for size in (0, 1, 125, 126, 65535, 65536, 1000000):
              payload = bytes(i % 251 for i in range(size))
              await ws.send(payload)
              assert await asyncio.wait_for(ws.recv(), 15) == payload, size
          print("binary")
          await ws.send(["a", "b", "c"])
          assert await asyncio.wait_for(ws.recv(), 15) == "abc"
          print("fragments")
          await asyncio.wait_for(await ws.ping(b"there?"), 15)
          print("pong")
          await ws.close(4001, "enough")
          print("closed", ws.close_code)

      asyncio.run(main())
      """;

  private static GatewayFixture far;
  private static GatewayFixture gateway;
  private static RecordingServer origin;

  @BeforeAll
  static void start() throws Exception {
    far = GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
    origin = RecordingServer.http(_ -> RecordingServer.response(200, "no upgrade here"));
    gateway =
        GatewayFixture.start(
            CONFIG
                .replace("@ECHO@", Integer.toString(far.port("echo")))
                .replace("@ORIGIN@", Integer.toString(origin.port())));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (origin != null) origin.close();
    if (far != null) far.close();
  }

  @Test
  void aRouteWithWebsocketCarriesEveryKindOfFrame() throws Exception {
    assertEveryKindOfFrame(client("ws://127.0.0.1:" + gateway.port("web") + "/ws"));
  }

  @Test
  void aTunnelCarriesThemToo() throws Exception {
    assertEveryKindOfFrame(
        client(
            "ws://127.0.0.1:" + far.port("echo") + "/ws", Integer.toString(gateway.port("mixed"))));
  }

  @Test
  void theEchoServiceItselfSpeaksToTheSameClient() throws Exception {
    assertEveryKindOfFrame(client("ws://127.0.0.1:" + far.port("echo") + "/"));
  }

  @Test
  void aRouteWithoutWebsocketForwardsNoUpgrade() throws Exception {
    String out = client("ws://127.0.0.1:" + gateway.port("web") + "/plain");
    assertThat(out).startsWith("refused");
    assertThat(origin.requests())
        .filteredOn(request -> request.target().equals("/plain"))
        .allSatisfy(
            request -> {
              assertThat(request.field("Upgrade")).isEmpty();
              assertThat(request.fieldsNamed("Connection"))
                  .noneMatch(value -> value.toLowerCase(java.util.Locale.ROOT).contains("upgrade"));
            });
  }

  @Test
  void onlyTheTokenWebsocketIsUpgraded() throws Exception {
    try (RawClient client = gateway.client("web")) {
      StrictHttpParser.Response answer =
          client
              .send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
              .readResponse();
      assertThat(answer.status()).isNotEqualTo(101);
    }
  }

  private static void assertEveryKindOfFrame(String out) {
    assertThat(out.lines())
        .containsExactly("open", "text", "binary", "fragments", "pong", "closed 4001");
  }

  private static String client(String... arguments) throws Exception {
    Path python = Files.isExecutable(PYTHON) ? PYTHON : Peers.require("python3");
    Path script = Files.createTempFile("fairlead-ws", ".py");
    try {
      Files.writeString(script, CLIENT);
      List<String> command =
          new java.util.ArrayList<>(List.of(python.toString(), script.toString()));
      command.addAll(List.of(arguments));
      try (Proc client =
          Proc.start(command, script.getParent(), Map.of("PYTHONIOENCODING", "utf-8"))) {
        int exit = client.awaitExit(Duration.ofSeconds(60));
        if (client.stderr().contains("No module named 'websockets'")) {
          Peers.require("python3-websockets");
        }
        assertThat(exit).as("%s\n%s", client.stdout(), client.stderr()).isZero();
        return client.stdout();
      }
    } finally {
      Files.delete(script);
    }
  }

  private static final String CONFIG =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress: { destinations: { private: allow, connect_ports: all } }
      http:
        site:
          default: true
          routes:
            - { id: ws, match: { path: /ws }, upstream: echo, websocket: true }
            - { id: plain, match: { path: /plain }, upstream: origin }
      upstreams:
        echo: { endpoints: [ { url: "http://127.0.0.1:@ECHO@" } ] }
        origin: { endpoints: [ { url: "http://127.0.0.1:@ORIGIN@" } ] }
      """;
}
