package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One request to the control API: HTTP/1.1 (RFC 9112), one connection each, one deadline for all of
 * it. Made by hand because a general client would cost a short command more than its work.
 *
 * <p>Not thread-safe.
 */
final class ControlClient {
  private static final int HEAD_BYTES_MAX = 64 * 1024;
  private static final int ANSWER_BYTES_MAX = 64 * 1024 * 1024;

  private final Clock clock;
  private final Duration timeout;

  /**
   * @param timeout of a whole request, from connect to the last byte
   */
  ControlClient(Clock clock, Duration timeout) {
    this.clock = clock;
    this.timeout = timeout;
  }

  /**
   * @param status 200 – 599
   * @param fields by lower-case name; of repeated ones the last
   */
  record Answer(int status, Map<String, String> fields, String body) {}

  /** The peer's answer cannot be understood. */
  static final class NotHttp extends IOException {
    private static final long serialVersionUID = 1;

    NotHttp(String message) {
      super(message);
    }
  }

  /** Nobody listens there. */
  static final class NobodyThere extends IOException {
    private static final long serialVersionUID = 1;

    NobodyThere(String message) {
      super(message);
    }
  }

  /**
   * Asks and waits.
   *
   * @param body JSON; empty for none
   * @throws NobodyThere nothing was sent
   * @throws SocketTimeoutException the deadline passed; the request may have been executed
   * @throws NotHttp the peer does not speak HTTP/1.1
   */
  Answer send(
      ControlEndpoint endpoint,
      String method,
      String target,
      Optional<String> token,
      Optional<String> body)
      throws IOException {
    long deadline = clock.nanos() + timeout.toNanos();
    try (SocketChannel channel = SocketChannel.open(endpoint.family());
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, 0);
      connect(endpoint, channel, selector, key, deadline);
      ByteBuffer request = request(endpoint, method, target, token, body);
      while (request.hasRemaining()) {
        if (channel.write(request) == 0) await(selector, key, SelectionKey.OP_WRITE, deadline);
      }
      return read(channel, selector, key, deadline);
    }
  }

  private void connect(
      ControlEndpoint endpoint,
      SocketChannel channel,
      Selector selector,
      SelectionKey key,
      long deadline)
      throws IOException {
    try {
      boolean connected = channel.connect(endpoint.address());
      while (!connected) {
        await(selector, key, SelectionKey.OP_CONNECT, deadline);
        connected = channel.finishConnect();
      }
    } catch (SocketTimeoutException late) {
      throw new NobodyThere(endpoint + ": no answer to connect");
    } catch (SocketException refused) {
      String message = String.valueOf(refused.getMessage());
      boolean forbidden = message.toLowerCase(Locale.ROOT).contains("permission denied");
      if (forbidden) throw refused;
      throw new NobodyThere(endpoint + ": " + message);
    } catch (UnresolvedAddressException unknown) {
      throw new NobodyThere(endpoint + ": name not found");
    }
  }

  private static ByteBuffer request(
      ControlEndpoint endpoint,
      String method,
      String target,
      Optional<String> token,
      Optional<String> body) {
    byte[] content = body.orElse("").getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder(256);
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(endpoint.host()).append("\r\n");
    head.append("Connection: close\r\nAccept: */*\r\n");
    token.ifPresent(each -> head.append("Authorization: Bearer ").append(each).append("\r\n"));
    if (body.isPresent()) head.append("Content-Type: application/json\r\n");
    if (!method.equals("GET")) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    head.append("\r\n");
    byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(start.length + content.length).put(start).put(content).flip();
  }

  private Answer read(SocketChannel channel, Selector selector, SelectionKey key, long deadline)
      throws IOException {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(16 * 1024);
    while (true) {
      chunk.clear();
      int count = channel.read(chunk);
      if (count < 0) break;
      if (count == 0) {
        await(selector, key, SelectionKey.OP_READ, deadline);
        continue;
      }
      received.write(chunk.array(), 0, count);
      if (received.size() > ANSWER_BYTES_MAX) throw new NotHttp("the answer is too long");
    }
    return parse(received.toByteArray());
  }

  private void await(Selector selector, SelectionKey key, int interest, long deadline)
      throws IOException {
    long leftMillis = (deadline - clock.nanos()) / 1_000_000;
    if (leftMillis <= 0) throw new SocketTimeoutException("no answer within " + timeout);
    key.interestOps(interest);
    selector.select(leftMillis);
    selector.selectedKeys().clear();
  }

  /** The whole of one answer; the peer was asked to close behind it. */
  static Answer parse(byte[] bytes) throws NotHttp {
    int headEnd = headEnd(bytes);
    String[] lines = new String(bytes, 0, headEnd, StandardCharsets.ISO_8859_1).split("\r\n", -1);
    String statusLine = lines[0];
    if (!statusLine.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
      throw new NotHttp("not an HTTP/1.1 answer");
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 1) throw new NotHttp("a field without a name");
      fields.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    int bodyStart = headEnd + 4;
    byte[] body =
        "chunked".equalsIgnoreCase(fields.get("transfer-encoding"))
            ? dechunk(bytes, bodyStart)
            : sized(bytes, bodyStart, fields.get("content-length"));
    return new Answer(status, Map.copyOf(fields), new String(body, StandardCharsets.UTF_8));
  }

  private static int headEnd(byte[] bytes) throws NotHttp {
    for (int i = 0; i + 3 < bytes.length && i < HEAD_BYTES_MAX; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        return i;
      }
    }
    throw new NotHttp("the answer ended within its head");
  }

  private static byte[] sized(
      byte[] bytes, int start, @org.jspecify.annotations.Nullable String length) throws NotHttp {
    int present = bytes.length - start;
    int size = present;
    if (length != null) {
      try {
        size = Integer.parseInt(length);
      } catch (NumberFormatException notANumber) {
        throw new NotHttp("Content-Length: " + length);
      }
    }
    if (size < 0 || size > present) throw new NotHttp("the answer ended within its body");
    return java.util.Arrays.copyOfRange(bytes, start, start + size);
  }

  private static byte[] dechunk(byte[] bytes, int start) throws NotHttp {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int at = start;
    while (true) {
      int lineEnd = at;
      while (lineEnd < bytes.length && bytes[lineEnd] != '\r') lineEnd++;
      String line = new String(bytes, at, lineEnd - at, StandardCharsets.ISO_8859_1);
      int size;
      try {
        size = Integer.parseInt(line.replaceFirst(";.*", "").strip(), 16);
      } catch (NumberFormatException notASize) {
        throw new NotHttp("a bad chunk size");
      }
      at = lineEnd + 2;
      if (size == 0) return body.toByteArray();
      if (size < 0 || at + size + 2 > bytes.length) throw new NotHttp("a chunk is cut short");
      body.write(bytes, at, size);
      at += size + 2;
    }
  }
}
