package io.fairlead.registry.evm.emulator;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A chain emulator over HTTP on a free port of loopback, one virtual thread for each connection, at
 * most {@value #CONNECTIONS_MAX}. Bodies need a {@code Content-Length} of at most {@value
 * #BODY_MAX}; whatever else is asked ends the connection.
 */
public final class EmulatorServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmulatorServer.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int CONNECTIONS_MAX = 64;
  private static final int BODY_MAX = 4 * 1024 * 1024;
  private static final int LINE_MAX = 8 * 1024;
  private static final int LINES_MAX = 100;
  private static final int BATCH_MAX = 10_000;

  private final ChainEmulator chain;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private EmulatorServer(ChainEmulator chain, ServerSocket server) {
    this.chain = chain;
    this.server = server;
  }

  /** Serves a chain until it is closed. */
  public static EmulatorServer start(ChainEmulator chain) throws IOException {
    EmulatorServer started =
        new EmulatorServer(
            chain, new ServerSocket(0, CONNECTIONS_MAX, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("chain-emulator").start(started::accept);
    return started;
  }

  /** {@code http://…}. */
  public String url() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        if (open.size() >= CONNECTIONS_MAX) {
          socket.close();
          continue;
        }
        open.add(socket);
        Thread.ofVirtual().name("chain-emulator-peer").start(() -> serve(socket));
      }
    } catch (IOException closed) {
      log.atTrace().log("chain emulator closed");
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (one(in, out)) out.flush();
    } catch (IOException | JacksonException ended) {
      log.atTrace().addKeyValue("why", ended.getMessage()).log("chain emulator's peer left");
    } finally {
      open.remove(socket);
    }
  }

  private boolean one(InputStream in, OutputStream out) throws IOException {
    String request = line(in);
    if (!request.startsWith("POST ")) return false;
    int length = -1;
    for (int i = 0; i < LINES_MAX; i++) {
      String field = line(in);
      if (field.isEmpty()) break;
      String lower = field.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) length = size(lower.substring(15).strip());
    }
    if (length < 0 || length > BODY_MAX) return false;
    byte[] body = in.readNBytes(length);
    if (body.length < length) return false;
    byte[] answer = JSON.writeValueAsBytes(answer(JSON.readTree(body)));
    out.write(
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + answer.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.write(answer);
    return true;
  }

  private JsonNode answer(JsonNode request) {
    if (!request.isArray()) return chain.answer(request);
    ArrayNode answers = JsonNodeFactory.instance.arrayNode();
    for (JsonNode each : request) {
      if (answers.size() < BATCH_MAX) answers.add(chain.answer(each));
    }
    return answers;
  }

  private static int size(String text) {
    return text.matches("[0-9]{1,8}") ? Integer.parseInt(text) : -1;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LINE_MAX) {
      int next = in.read();
      if (next < 0) throw new IOException("the peer left");
      if (next == '\n') return line.toString().stripTrailing();
      line.append((char) next);
    }
    throw new IOException("a line longer than " + LINE_MAX);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) socket.close();
  }
}
