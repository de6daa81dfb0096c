package io.fairlead.it.chain;

import io.fairlead.testkit.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A web server that answers every request with its name and keeps connections, and that notices
 * when the last one ends over which {@link #POOLED} was asked for.
 */
final class MemberServer implements AutoCloseable {
  static final String POOLED = "/pooled";

  /** What it begins to send, and never ends. */
  static final String UNENDING = "/unending";

  private static final int UNENDING_BYTES = 1_000_000;

  private final String name;
  private final ServerSocket server;
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger pooled = new AtomicInteger();
  private final CompletableFuture<Long> unpooled = new CompletableFuture<>();

  MemberServer(String name) throws IOException {
    this.name = name;
    this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (true) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void answer(Socket socket) {
    boolean counted = false;
    boolean unending = false;
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("GET " + POOLED) && !counted) {
          counted = true;
          pooled.incrementAndGet();
        }
        unending |= line.startsWith("GET " + UNENDING);
        if (!line.isEmpty()) continue;
        String response =
            "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(unending ? UNENDING_BYTES : name.length(), name);
        socket.getOutputStream().write(response.getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException ended) {
      open.remove(socket);
    } finally {
      if (counted && pooled.decrementAndGet() == 0) unpooled.complete(System.nanoTime());
    }
  }

  String name() {
    return name;
  }

  /** As the contract names it. */
  String endpoint() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Whether somebody keeps a connection for the next request. */
  boolean pooled() {
    return pooled.get() > 0;
  }

  /** When the last of them ended. */
  CompletableFuture<Long> unpooled() {
    return unpooled;
  }

  /** Asks over a connection and reads who answered. */
  static String ask(RawClient client, String path) throws IOException {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) socket.close();
  }
}
