package io.fairlead.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A server on a loopback port; each connection has a thread of its own. */
final class Origin implements AutoCloseable {
  /** What one connection does. */
  interface Script {
    void run(Socket socket) throws IOException;
  }

  private final ServerSocket server;
  final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();

  Origin(Script script) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(
        () -> {
          while (!server.isClosed()) {
            try {
              Socket socket = server.accept();
              accepted.add(socket);
              Thread.startVirtualThread(() -> serve(script, socket));
            } catch (IOException closed) {
              return;
            }
          }
        });
  }

  /** Sends back what it gets, and the end when it gets the end. */
  static Origin echo() throws IOException {
    return new Origin(
        socket -> {
          socket.getInputStream().transferTo(socket.getOutputStream());
        });
  }

  private static void serve(Script script, Socket socket) {
    try (socket) {
      script.run(socket);
    } catch (IOException gone) {
      // the proxy or the test ended it
    }
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : accepted) socket.close();
  }
}
