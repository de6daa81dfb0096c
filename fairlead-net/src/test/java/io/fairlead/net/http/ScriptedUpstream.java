package io.fairlead.net.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream that does what a script says on each connection, and records what it read. */
final class ScriptedUpstream implements AutoCloseable {
  /** One connection; ends when the script returns. */
  interface Script {
    void run(Connection connection) throws IOException;
  }

  /** What the script may do. */
  static final class Connection {
    final int number;
    final Socket socket;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    Connection(int number, Socket socket) {
      this.number = number;
      this.socket = socket;
    }

    int read() throws IOException {
      int octet = socket.getInputStream().read();
      if (octet >= 0) read.write(octet);
      return octet;
    }

    /** Reads one head; empty at the end of the stream. */
    String head() throws IOException {
      StringBuilder head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        int octet = read();
        if (octet < 0) return "";
        head.append((char) octet);
      }
      return head.toString();
    }

    /** Reads until that text has come. */
    Connection until(String text) throws IOException {
      StringBuilder seen = new StringBuilder();
      while (seen.indexOf(text) < 0) {
        int octet = read();
        if (octet < 0) return this;
        seen.append((char) octet);
      }
      return this;
    }

    Connection say(String latin1) throws IOException {
      // Once: the answer to these bytes may close the socket before a second look at it.
      socket.getOutputStream().write(latin1.getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }

    String bytesRead() {
      return read.toString(StandardCharsets.ISO_8859_1);
    }
  }

  final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final ServerSocket server;
  private final AtomicInteger numbers = new AtomicInteger();

  ScriptedUpstream(Script script) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(
        () -> {
          while (!server.isClosed()) {
            try {
              Connection connection = new Connection(numbers.getAndIncrement(), server.accept());
              connections.add(connection);
              Thread.startVirtualThread(() -> serve(script, connection));
            } catch (IOException e) {
              return;
            }
          }
        });
  }

  /** Answers every request of a connection with that response, as long as it is kept. */
  static Script always(String response) {
    return connection -> {
      while (!connection.head().isEmpty()) connection.say(response);
    };
  }

  int port() {
    return server.getLocalPort();
  }

  private static void serve(Script script, Connection connection) {
    try (Socket socket = connection.socket) {
      script.run(connection);
    } catch (IOException e) {
      // the gateway closed it; the test looks at what it recorded
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Connection connection : connections) connection.socket.close();
  }
}
