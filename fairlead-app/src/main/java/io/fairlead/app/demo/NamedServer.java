package io.fairlead.app.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server on loopback that says its name to whoever connects, then gives back what it gets. */
final class NamedServer implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final String name;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private NamedServer(String name, ServerSocket server) {
    this.name = name;
    this.server = server;
  }

  static NamedServer start(String name) throws IOException {
    NamedServer started =
        new NamedServer(name, new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("demo-server-" + name).start(started::accept);
    return started;
  }

  /** As the contract names it. */
  String endpoint() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().name("demo-server-peer").start(() -> serve(socket));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException ended) {
      return;
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) socket.close();
  }
}
