package io.fairlead.registry.action;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * A container engine that answers as told, on a Unix socket or over TLS; remembers what it was
 * asked.
 */
final class ScriptedEngine implements AutoCloseable {
  /** One connection. */
  private record Line(InputStream in, OutputStream out, Closeable end) {}

  /** Where it listens. */
  private interface Door extends Closeable {
    Line accept() throws IOException;
  }

  private final Door door;
  private final String address;
  private volatile boolean closed;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  ScriptedEngine(Path socket) throws IOException {
    this(unix(socket), "unix://" + socket);
  }

  private ScriptedEngine(Door door, String address) {
    this.door = door;
    this.address = address;
    Thread.ofVirtual().start(this::serve);
    answer("GET /_ping", 200, "OK", "Api-Version: 1.47\r\n");
  }

  /** Over TCP, for clients with a certificate only. */
  static ScriptedEngine tls(SSLContext context) throws IOException {
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(true);
    Door door =
        new Door() {
          @Override
          public Line accept() throws IOException {
            Socket socket = server.accept();
            return new Line(socket.getInputStream(), socket.getOutputStream(), socket);
          }

          @Override
          public void close() throws IOException {
            server.close();
          }
        };
    return new ScriptedEngine(door, "tcp://127.0.0.1:" + server.getLocalPort());
  }

  private static Door unix(Path path) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    return new Door() {
      @Override
      public Line accept() throws IOException {
        SocketChannel channel = server.accept();
        return new Line(
            Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
      }

      @Override
      public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
      }
    };
  }

  /** Answers from now on. */
  ScriptedEngine answer(String request, int status, String body, String fields) {
    String length = fields.contains("chunked") ? "" : "Content-Length: " + body.length() + "\r\n";
    answers.put(request, "HTTP/1.1 " + status + " X\r\n" + length + fields + "\r\n" + body);
    return this;
  }

  ScriptedEngine answer(String request, int status, String body) {
    return answer(request, status, body, "");
  }

  List<String> asked() {
    return List.copyOf(asked);
  }

  String address() {
    return address;
  }

  private void serve() {
    while (!closed) {
      try {
        Line line = door.accept();
        try (Closeable _ = line.end()) {
          answer(line);
        }
      } catch (IOException over) {
        // The peer left or the engine was closed; what matters is in the list.
      }
    }
  }

  private void answer(Line line) throws IOException {
    String request = request(line.in());
    asked.add(request);
    String answer = answers.get(request);
    if (answer == null) {
      String none = "{\"message\":\"No such container\"}";
      answer = "HTTP/1.1 404 Not Found\r\nContent-Length: " + none.length() + "\r\n\r\n" + none;
    }
    line.out().write(answer.getBytes(StandardCharsets.UTF_8));
    line.out().flush();
  }

  private static String request(InputStream in) throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    while (!got.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
      int each = in.read();
      if (each < 0) throw new IOException("ended");
      got.write(each);
    }
    String head = got.toString(StandardCharsets.UTF_8);
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
    int length =
        at < 0 ? 0 : Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)).strip());
    String line = head.substring(0, head.indexOf(" HTTP/1.1"));
    if (length == 0) return line;
    return line + " " + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    door.close();
  }
}
