package io.fairlead.registry.action;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A container engine that answers as told, on a Unix socket; remembers what it was asked. */
final class ScriptedEngine implements AutoCloseable {
  private final Path socket;
  private final ServerSocketChannel server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  ScriptedEngine(Path socket) throws IOException {
    this.socket = socket;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
    answer("GET /_ping", 200, "OK", "Api-Version: 1.47\r\n");
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
    return "unix://" + socket;
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        String line = requestLine(channel);
        asked.add(line);
        String answer = answers.get(line);
        if (answer == null) {
          answer =
              "HTTP/1.1 404 Not Found\r\nContent-Length: 33\r\n\r\n"
                  + "{\"message\":\"No such container: x\"}".substring(0, 33);
        }
        channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
      } catch (IOException closed) {
        // The peer left or the engine was closed; what matters is in the list.
      }
    }
  }

  private static String requestLine(SocketChannel channel) throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (true) {
      String text = got.toString(StandardCharsets.UTF_8);
      int head = text.indexOf("\r\n\r\n");
      if (head >= 0) {
        int at = text.indexOf("Content-Length: ");
        int length = Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        if (text.length() >= head + 4 + length) {
          String body = text.substring(head + 4);
          String line = text.substring(0, text.indexOf(" HTTP/1.1"));
          return body.isEmpty() ? line : line + " " + body;
        }
      }
      if (channel.read(buffer.clear()) < 0) throw new IOException("ended");
      got.write(buffer.array(), 0, buffer.position());
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
  }
}
