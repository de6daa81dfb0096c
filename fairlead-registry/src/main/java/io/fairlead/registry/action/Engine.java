package io.fairlead.registry.action;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.tls.JdkTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;

/**
 * The API of a container engine: HTTP/1.1 over a Unix socket, or over TCP with TLS. One connection
 * for each request. Blocking; any thread.
 */
final class Engine {
  static final String USUAL_SOCKET = "unix:///var/run/docker.sock";
  private static final int ANSWER_MAX = 1024 * 1024;
  private static final int SOCKET_TYPE = 0140000;
  private static final int TYPE_MASK = 0170000;

  private final URI address;
  private final Optional<SSLContext> tls;

  private Engine(URI address, Optional<SSLContext> tls) {
    this.address = address;
    this.tls = tls;
  }

  /**
   * @param environment {@code DOCKER_HOST} and {@code DOCKER_CERT_PATH} count where the
   *     configuration is silent
   * @throws IOException the address is not one that is used
   */
  static Engine of(ReloadConfig.Docker config, Map<String, String> environment) throws IOException {
    String host =
        config
            .socket()
            .or(() -> Optional.ofNullable(environment.get("DOCKER_HOST")).filter(s -> !s.isEmpty()))
            .orElse(USUAL_SOCKET);
    URI address;
    try {
      address = URI.create(host);
    } catch (IllegalArgumentException malformed) {
      throw new IOException(host + ": not an address", malformed);
    }
    if ("unix".equals(address.getScheme())) return new Engine(address, Optional.empty());
    if (!"tcp".equals(address.getScheme()) || address.getHost() == null) {
      throw new IOException(host + ": expected unix:///PATH or tcp://HOST:PORT");
    }
    Optional<Path> folder =
        config
            .certificates()
            .or(() -> Optional.ofNullable(environment.get("DOCKER_CERT_PATH")).map(Path::of));
    if (folder.isEmpty()) {
      throw new IOException(host + ": without TLS anybody could use it; name `certificates`");
    }
    try {
      SSLContext context =
          JdkTls.client(
              folder.get().resolve("ca.pem"),
              folder.get().resolve("cert.pem"),
              folder.get().resolve("key.pem"),
              "");
      int port = address.getPort() < 0 ? 2376 : address.getPort();
      return new Engine(
          URI.create("https://" + address.getHost() + ":" + port), Optional.of(context));
    } catch (ConfigException unusable) {
      throw new IOException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  /**
   * Asks and waits.
   *
   * @param target path and query, percent-encoded
   * @throws IOException no answer in time, or none that is understood
   */
  HttpCall.Answer send(String method, String target, byte[] body, Duration timeout)
      throws IOException, InterruptedException {
    Map<String, String> fields =
        body.length == 0 ? Map.of() : Map.of("Content-Type", "application/json");
    if (tls.isPresent()) {
      return HttpCall.send(method, address.resolve(target), fields, body, timeout, tls);
    }
    Path socket = Path.of(address.getPath());
    int mode = (Integer) Files.getAttribute(socket, "unix:mode");
    if ((mode & TYPE_MASK) != SOCKET_TYPE) throw new IOException(socket + ": not a socket");
    FutureTask<HttpCall.Answer> task =
        new FutureTask<>(() -> overSocket(socket, method, target, body));
    // An interrupt closes the channel the thread waits on.
    Thread thread = Thread.ofVirtual().name("registry-engine").start(task);
    return HttpCall.await(task, thread, timeout);
  }

  private static HttpCall.Answer overSocket(Path socket, String method, String target, byte[] body)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      String head =
          method
              + " "
              + target
              + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json\r\n"
              + (body.length > 0 ? "Content-Type: application/json\r\n" : "")
              + "Content-Length: "
              + body.length
              + "\r\n\r\n";
      byte[] start = head.getBytes(StandardCharsets.ISO_8859_1);
      ByteBuffer request = ByteBuffer.allocate(start.length + body.length).put(start).put(body);
      request.flip();
      while (request.hasRemaining()) channel.write(request);
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      ByteBuffer chunk = ByteBuffer.allocate(16 * 1024);
      while (channel.read(chunk.clear()) >= 0) {
        received.write(chunk.array(), 0, chunk.position());
        if (received.size() > ANSWER_MAX) throw new IOException("the answer is too long");
        if (complete(received.toByteArray())) break;
      }
      return parse(received.toByteArray());
    }
  }

  /** Whether the whole answer is there although the peer has not closed. */
  private static boolean complete(byte[] bytes) {
    int headEnd = headEnd(bytes);
    if (headEnd < 0) return false;
    String head = new String(bytes, 0, headEnd, StandardCharsets.ISO_8859_1);
    if (head.startsWith("204", 9)) return true;
    String lower = head.toLowerCase(Locale.ROOT);
    int at = lower.indexOf("\r\ncontent-length:");
    if (at < 0) return false;
    String digits = lower.substring(at + 17).split("\r\n", 2)[0].strip();
    return digits.matches("[0-9]{1,9}") && bytes.length - headEnd - 4 >= Integer.parseInt(digits);
  }

  private static int headEnd(byte[] bytes) {
    for (int i = 0; i + 3 < bytes.length; i++) {
      if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n')
        return i;
    }
    return -1;
  }

  static HttpCall.Answer parse(byte[] bytes) throws IOException {
    int headEnd = headEnd(bytes);
    if (headEnd < 0) throw new IOException("the answer ended within its head");
    String[] lines = new String(bytes, 0, headEnd, StandardCharsets.ISO_8859_1).split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
      throw new IOException("not an HTTP/1.1 answer");
    }
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 1) throw new IOException("a field without a name");
      fields.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    byte[] rest = Arrays.copyOfRange(bytes, headEnd + 4, bytes.length);
    byte[] body =
        "chunked".equalsIgnoreCase(fields.get("transfer-encoding")) ? unchunked(rest) : rest;
    return new HttpCall.Answer(
        Integer.parseInt(lines[0].substring(9, 12)),
        Optional.ofNullable(fields.get("etag")),
        fields,
        body);
  }

  private static byte[] unchunked(byte[] bytes) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int at = 0;
    while (true) {
      int end = at;
      while (end < bytes.length && bytes[end] != '\r') end++;
      String size =
          new String(bytes, at, end - at, StandardCharsets.ISO_8859_1).split(";", 2)[0].strip();
      if (!size.matches("[0-9a-fA-F]{1,7}")) throw new IOException("a bad chunk size");
      int length = Integer.parseInt(size, 16);
      at = end + 2;
      if (length == 0) return body.toByteArray();
      if (at + length > bytes.length) throw new IOException("a chunk is cut short");
      body.write(bytes, at, length);
      at += length + 2;
    }
  }
}
