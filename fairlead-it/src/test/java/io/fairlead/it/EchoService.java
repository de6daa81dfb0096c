package io.fairlead.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP service of this machine that says its name, if it has one, and then what it hears. */
final class EchoService implements AutoCloseable {
  private final ServerSocket socket;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private EchoService(ServerSocket socket) {
    this.socket = socket;
  }

  static EchoService start() throws IOException {
    return start("");
  }

  /**
   * @param greeting said to everybody first
   */
  static EchoService start(String greeting) throws IOException {
    EchoService service =
        new EchoService(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().start(() -> service.accept(greeting));
    return service;
  }

  private void accept(String greeting) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client, greeting));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client, String greeting) {
    try (client) {
      client.getOutputStream().write(greeting.getBytes(StandardCharsets.UTF_8));
      client.getInputStream().transferTo(client.getOutputStream());
      client.shutdownOutput();
    } catch (IOException gone) {
      // the client's affair
    } finally {
      open.remove(client);
    }
  }

  int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() {
    try {
      socket.close();
      for (Socket each : open) each.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
