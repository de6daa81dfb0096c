package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bridges between TCP and WebSocket, with clients and servers others wrote. */
@Timeout(90)
class BridgeIT {
  /** Debian's own interpreter, for which its packages are. */
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  private static final String CLIENT =
      """
      import asyncio, sys
      import websockets

      async def main():
          ws = await websockets.connect(sys.argv[1], open_timeout=15, max_size=None,
                                        subprotocols=["other", "bytes"])
          assert ws.subprotocol == "bytes", ws.subprotocol
          got = b""
          while not got.endswith(b"\\n"):
              got += await asyncio.wait_for(ws.recv(), 15)
          print("greeted", got.decode().strip())
          await ws.send("text too")
          want = b"text too"
          for size in (1, 125, 126, 65535, 65536, 300000):
              payload = bytes(i % 251 for i in range(size))
              want += payload
              await ws.send(payload)
          got = b""
          while len(got) < len(want):
              got += await asyncio.wait_for(ws.recv(), 15)
          assert got == want
          print("echoed")
          await asyncio.wait_for(await ws.ping(b"x"), 15)
          print("pong")
          await ws.send(b"quit")
          try:
              while True:
                  await asyncio.wait_for(ws.recv(), 15)
          except websockets.exceptions.ConnectionClosed as closed:
              print("closed", closed.rcvd.code)
          ws = await websockets.connect(sys.argv[1], open_timeout=15, subprotocols=["bytes"])
          await ws.close(1000)
          print("closes", ws.close_code)
          try:
              await websockets.connect(sys.argv[1] + "x", open_timeout=15)
          except websockets.exceptions.InvalidStatusCode as refused:
              print("refused", refused.status_code)

      asyncio.run(main())
      """;

  /** Echoes frames; says first which path was asked for; closes with 1000 at "quit". */
  private static final String SERVER =
      """
      import asyncio, sys
      import websockets

      async def echo(ws, path):
          await ws.send(("asked " + path + "\\n").encode())
          async for message in ws:
              if isinstance(message, str):
                  message = message.encode()
              if message == b"quit":
                  await ws.close(1000)
                  return
              await ws.send(message)

      async def main():
          async with websockets.serve(echo, "127.0.0.1", 0, max_size=None) as server:
              print("port", server.sockets[0].getsockname()[1], flush=True)
              await asyncio.Future()

      asyncio.run(main())
      """;

  @TempDir private Path dir;

  private Proc python(String name, String program, String... arguments) throws Exception {
    String python = (Files.isExecutable(PYTHON) ? PYTHON : Peers.require("python3")).toString();
    Path script = dir.resolve(name);
    Files.writeString(script, program);
    List<String> command = new ArrayList<>();
    command.addAll(List.of(python, script.toString()));
    command.addAll(List.of(arguments));
    return Proc.start(command, dir, Map.of());
  }

  @Test
  void webSocketClientsReachATcpServer() throws Exception {
    try (RecordingServer server =
            RecordingServer.start(
                conversation -> {
                  conversation.send("tcp\n");
                  byte[] buffer = new byte[64 * 1024];
                  int count = conversation.input().read(buffer);
                  while (count >= 0) {
                    if (new String(buffer, 0, count, ISO_8859_1).endsWith("quit")) break;
                    byte[] back = new byte[count];
                    System.arraycopy(buffer, 0, back, 0, count);
                    conversation.send(back);
                    count = conversation.input().read(buffer);
                  }
                  conversation.halfClose();
                });
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { ws: { bind: "127.0.0.1:0", proto: tcp, service: bridge } }
                streams:
                  bridge:
                    destination: "127.0.0.1:%d"
                    bridge: { type: ws2tcp, path: /tcp, subprotocol: bytes }
                """
                    .formatted(server.port()));
        Proc client =
            python("client.py", CLIENT, "ws://127.0.0.1:" + gateway.port("ws") + "/tcp")) {
      int exit = client.awaitExit(Duration.ofSeconds(60));
      assertThat(client.stdout() + client.stderr())
          .contains("greeted tcp\nechoed\npong\nclosed 1000\ncloses 1000\nrefused 404");
      assertThat(exit).isZero();
    }
  }

  @Test
  void tcpClientsReachAWebSocketServer() throws Exception {
    try (Proc server = python("server.py", SERVER)) {
      String line = server.awaitLine("port ", Duration.ofSeconds(30));
      int port = Integer.parseInt(line.strip().split(" ")[1]);
      try (GatewayFixture gateway =
              GatewayFixture.start(
                  """
                  listeners: { tcp: { bind: "127.0.0.1:0", proto: tcp, service: bridge } }
                  streams:
                    bridge: { upstream: ws, bridge: { type: tcp2ws, path: "/deep?x=1" } }
                  upstreams: { ws: { endpoints: [ { address: "127.0.0.1:%d" } ] } }
                  """
                      .formatted(port));
          RawClient client = gateway.client("tcp")) {
        client.send("early");
        assertThat(client.readUntil("early")).isEqualTo("asked /deep?x=1\nearly");
        byte[] bytes = new byte[200_000];
        new Random(4).nextBytes(bytes);
        client.send(bytes);
        assertThat(client.readExactly(bytes.length)).isEqualTo(bytes);
        client.send("quit");
        assertThat(client.readAll()).isEmpty();
      }
    }
  }

  @Test
  void aServerThatIsNoWebSocketEndsTheClient() throws Exception {
    try (RecordingServer server =
            RecordingServer.http(_ -> RecordingServer.response(200, "hello"));
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { tcp: { bind: "127.0.0.1:0", proto: tcp, service: bridge } }
                streams: { bridge: { destination: "127.0.0.1:%d", bridge: tcp2ws } }
                """
                    .formatted(server.port()));
        RawClient client = gateway.client("tcp")) {
      assertThat(client.readAll()).isEmpty();
    }
  }
}
