package io.fairlead.app.demo;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The wire between a tunnel agent and its server: passes bytes on as they are (they are TLS), and
 * sees when the server hangs up. The first connection is the path; those after it are tries to come
 * again.
 */
final class CarrierWire implements DemoPath {
  private static final int CHUNK = 16 * 1024;

  private final int serverPort;
  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong connections = new AtomicLong();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicReference<Optional<Ending>> ending = new AtomicReference<>(Optional.empty());

  private CarrierWire(int serverPort, ServerSocket door) {
    this.serverPort = serverPort;
    this.door = door;
  }

  static CarrierWire to(int serverPort) throws IOException {
    CarrierWire wire =
        new CarrierWire(serverPort, new ServerSocket(0, 8, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("demo-carrier").start(wire::accept);
    return wire;
  }

  /** Where the agent finds its server. */
  int port() {
    return door.getLocalPort();
  }

  /** How often the agent came. */
  long connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket agent = door.accept();
        boolean first = connections.incrementAndGet() == 1;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        open.add(agent);
        open.add(server);
        Thread.ofVirtual().name("demo-carrier-up").start(() -> pass(agent, server, false));
        Thread.ofVirtual().name("demo-carrier-down").start(() -> pass(server, agent, first));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void pass(Socket from, Socket to, boolean path) {
    byte[] chunk = new byte[CHUNK];
    try {
      for (int n = from.getInputStream().read(chunk); n >= 0; ) {
        if (path) answers.addAndGet(n);
        to.getOutputStream().write(chunk, 0, n);
        n = from.getInputStream().read(chunk);
      }
      if (path) ended("closed");
      to.shutdownOutput();
    } catch (IOException broken) {
      if (path) ended("reset");
      hangUp(to);
    } finally {
      open.remove(from);
    }
  }

  private void ended(String how) {
    ending.compareAndSet(Optional.empty(), Optional.of(new Ending(Clock.system().nanos(), how)));
  }

  private static void hangUp(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      return;
    }
  }

  @Override
  public String name() {
    return "tunnel: its agent";
  }

  /** The carrier has pings of its own. */
  @Override
  public void ping() {}

  @Override
  public long answers() {
    return answers.get();
  }

  @Override
  public Optional<Ending> ending() {
    return ending.get();
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : open) socket.close();
  }
}
