package io.fairlead.app.demo;

import io.fairlead.app.Gateway;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.auth.TokenMint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Somebody with one Ed25519 key and nothing else: the key signs a token for proxy and broker, and
 * proves a tunnel agent and a libp2p node. Its server is what the entry's endpoint names. One
 * thread.
 */
final class DemoClient implements AutoCloseable {
  private static final Duration LIFE = Duration.ofMinutes(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final int TRIES = 50;

  private final String name;
  private final IdentityKey key = IdentityKey.make(Randomness.system());
  private final Path keyFile;
  private final NamedServer server;
  private final List<DemoPath> paths = new ArrayList<>();

  DemoClient(String name, Path folder) throws IOException {
    this.name = name;
    this.keyFile = folder.resolve(name + ".key");
    key.write(keyFile);
    this.server = NamedServer.start(name);
  }

  String name() {
    return name;
  }

  String peerId() {
    return key.publicKey().peerId();
  }

  byte[] publicKey() {
    return key.publicKey().multicodec();
  }

  /** What the contract lists. */
  String endpoint() {
    return server.endpoint();
  }

  /** Open ways through the gateway, in the order of the table. */
  List<DemoPath> paths() {
    return List.copyOf(paths);
  }

  /** Opens every path there is. */
  void open(DemoWorld world, NamedServer origin, int servicePort)
      throws IOException, InterruptedException, DemoFailureException {
    paths.add(new StreamPath("http proxy", connected(world, origin)));
    paths.add(new StreamPath("socks5 proxy", socks(world, origin)));
    paths.add(MqttPath.open(world.port("mqtt"), name, token(true)));
    CarrierWire wire = CarrierWire.to(world.port("tunnels/server"));
    paths.add(wire);
    Gateway agent = world.agent(keyFile, wire.port(), servicePort, server);
    paths.add(new StreamPath("tunnel: a visitor", visited(servicePort)));
    paths.add(new StreamPath("upstream: its server", served(world)));
    paths.addAll(world.relayed(agent));
  }

  private String token(boolean named) {
    return TokenMint.mint(key, DemoWorld.NAME, LIFE, Clock.system().wall(), named);
  }

  private Socket connected(DemoWorld world, NamedServer origin)
      throws IOException, DemoFailureException {
    Socket socket = dial(world.port("proxy"));
    String status = connect(socket, origin);
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new DemoFailureException("the proxy refused " + name + ": " + status);
    }
    greeting(socket);
    return socket;
  }

  private String connect(Socket socket, NamedServer origin) throws IOException {
    String head =
        "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\nProxy-Authorization: Bearer %2$s\r\n\r\n"
            .formatted(origin.endpoint(), token(true));
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    String answer = until(socket.getInputStream(), "\r\n\r\n");
    return answer.substring(0, Math.max(0, answer.indexOf('\r')));
  }

  /** A login by user name and password (RFC 1929), then CONNECT (RFC 1928). */
  private Socket socks(DemoWorld world, NamedServer origin)
      throws IOException, DemoFailureException {
    Socket socket = dial(world.port("proxy"));
    if (login(socket) != 0) throw new DemoFailureException("SOCKS refused " + name);
    byte[] place = {5, 1, 0, 1, 127, 0, 0, 1, (byte) (origin.port() >> 8), (byte) origin.port()};
    socket.getOutputStream().write(place);
    byte[] answer = socket.getInputStream().readNBytes(10);
    if (answer.length < 10 || answer[1] != 0) {
      throw new DemoFailureException("SOCKS did not connect " + name);
    }
    greeting(socket);
    return socket;
  }

  private int login(Socket socket) throws IOException {
    byte[] user = peerId().getBytes(StandardCharsets.US_ASCII);
    byte[] password = token(false).getBytes(StandardCharsets.US_ASCII);
    socket.getOutputStream().write(new byte[] {5, 1, 2});
    byte[] method = socket.getInputStream().readNBytes(2);
    if (method.length < 2 || method[1] != 2) return -1;
    ByteArrayOutputStream login = new ByteArrayOutputStream();
    login.write(1);
    login.write(user.length);
    login.writeBytes(user);
    login.write(password.length);
    login.writeBytes(password);
    socket.getOutputStream().write(login.toByteArray());
    byte[] answer = socket.getInputStream().readNBytes(2);
    return answer.length < 2 ? -1 : answer[1];
  }

  /** The agent's service, as soon as it is exposed. */
  private Socket visited(int port) throws IOException, InterruptedException, DemoFailureException {
    Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
    while (!deadline.passed()) {
      try {
        Socket socket = dial(port);
        if (greeting(socket).equals(name)) return socket;
        socket.close();
      } catch (IOException notYet) {
        Pause.system().sleep(LOOK);
      }
    }
    throw new DemoFailureException("the tunnel of " + name + " was not exposed");
  }

  /** Members are asked in turn: comes again until it is its server that answers. */
  private Socket served(DemoWorld world)
      throws IOException, InterruptedException, DemoFailureException {
    for (int i = 0; i < TRIES; i++) {
      try {
        Socket socket = dial(world.port("servers"));
        if (greeting(socket).equals(name)) return socket;
        socket.close();
      } catch (IOException notYet) {
        Pause.system().sleep(LOOK);
      }
    }
    throw new DemoFailureException("the server of " + name + " is not in the pool");
  }

  /** Sends something on every path. */
  void ping() throws IOException {
    for (DemoPath path : paths) path.ping();
  }

  /** What is answered when the same client comes anew, by path. */
  Map<String, String> again(DemoWorld world, NamedServer origin, int servicePort)
      throws IOException, InterruptedException, DemoFailureException {
    Map<String, String> answers = new LinkedHashMap<>();
    try (Socket socket = dial(world.port("proxy"))) {
      answers.put("http proxy", connect(socket, origin));
    }
    try (Socket socket = dial(world.port("proxy"))) {
      int status = login(socket);
      answers.put("socks5 proxy", status == 0 ? "let in" : "login refused, status " + status);
    }
    var reason = MqttPath.tried(world.port("mqtt"), name, token(true));
    answers.put("mqtt session", "CONNACK 0x%02x, %s".formatted(reason.code(), reason.word()));
    answers.put("tunnel: a visitor", reaches(servicePort) ? "reached" : "nobody there");
    int reached = 0;
    for (int i = 0; i < 6; i++) if (reaches(world.port("servers"))) reached++;
    answers.put("upstream: its server", reached + " of 6 new connections reach it");
    answers.put("relay: a circuit", world.called(peerId()));
    return answers;
  }

  private boolean reaches(int port) {
    try (Socket socket = dial(port)) {
      return greeting(socket).equals(name);
    } catch (IOException refused) {
      return false;
    }
  }

  private static Socket dial(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private static String greeting(Socket socket) throws IOException {
    return until(socket.getInputStream(), "\n").strip();
  }

  private static String until(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < 8192) {
      int next = in.read();
      if (next < 0) throw new IOException("closed");
      text.append((char) next);
      if (text.indexOf(end) >= 0) return text.toString();
    }
    throw new IOException("too long");
  }

  @Override
  public void close() throws IOException {
    for (DemoPath path : paths) path.close();
    server.close();
  }
}
