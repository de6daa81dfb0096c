package io.fairlead.it;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * nginx as an origin, in clear and over TLS.
 *
 * <pre>
 * /up/1k, /up/1m     files of random bytes
 * /up/chunked.txt    text without Content-Length, 200 KiB
 * /up/gzip.txt       compressed when asked for
 * /who...            over TLS: whether the client's certificate is good, and whose it is
 * </pre>
 */
final class NginxOrigin implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  private final Path dir;
  private final Proc nginx;
  private final int port;
  private final int tlsPort;
  private final Pem pem;
  private final Pem caller;

  private NginxOrigin(Path dir, Proc nginx, int port, int tlsPort, Pem pem, Pem caller) {
    this.dir = dir;
    this.nginx = nginx;
    this.port = port;
    this.tlsPort = tlsPort;
    this.pem = pem;
    this.caller = caller;
  }

  static NginxOrigin start() throws IOException, InterruptedException {
    Path program = Peers.require("nginx");
    Path dir = Files.createTempDirectory("fairlead-nginx");
    Pem pem = Pem.selfMade(dir, "origin");
    Pem caller = Pem.selfMade(dir, "caller");
    Path up = Files.createDirectories(dir.resolve("root/up"));
    Files.write(up.resolve("1k"), random(1 << 10));
    Files.write(up.resolve("1m"), random(1 << 20));
    Files.writeString(up.resolve("chunked.txt"), "a line of text\n".repeat(14_000));
    Files.writeString(up.resolve("gzip.txt"), "squeeze me, squeeze me\n".repeat(4_000));
    // nginx cannot be asked for port 0: a free port may be gone when it binds, so another is tried.
    for (int attempt = 1; ; attempt++) {
      int port = freePort();
      int tlsPort = freePort();
      Files.writeString(dir.resolve("nginx.conf"), config(dir, port, tlsPort, pem, caller));
      Proc nginx =
          Proc.start(
              List.of(
                  program.toString(),
                  "-p",
                  dir.toString(),
                  "-e",
                  "error.log",
                  "-c",
                  dir.resolve("nginx.conf").toString()),
              dir,
              Map.of());
      try {
        nginx.awaitPort(port, Duration.ofSeconds(10));
        nginx.awaitPort(tlsPort, Duration.ofSeconds(10));
        return new NginxOrigin(dir, nginx, port, tlsPort, pem, caller);
      } catch (AssertionError notUp) {
        nginx.close();
        if (attempt == ATTEMPTS) throw notUp;
      }
    }
  }

  int port() {
    return port;
  }

  int tlsPort() {
    return tlsPort;
  }

  /** The certificate of the TLS port. */
  Path certificate() {
    return pem.cert();
  }

  /** A certificate of a client that it takes for good. */
  Pem caller() {
    return caller;
  }

  /** The folder it serves. */
  Path documents() {
    return dir.resolve("root");
  }

  /** The bytes of a file below {@code /up/}. */
  byte[] file(String name) throws IOException {
    return Files.readAllBytes(dir.resolve("root/up").resolve(name));
  }

  @Override
  public void close() throws IOException {
    nginx.close();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    }
  }

  /** A port nobody listens on at this moment. */
  static int freePort() {
    return FreePorts.one();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static String config(Path dir, int port, int tlsPort, Pem pem, Pem caller) {
    return """
        daemon off;
        master_process off;
        pid @DIR@/nginx.pid;
        error_log @DIR@/error.log;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path @DIR@/body;
          proxy_temp_path @DIR@/proxy;
          fastcgi_temp_path @DIR@/fastcgi;
          uwsgi_temp_path @DIR@/uwsgi;
          scgi_temp_path @DIR@/scgi;
          types { text/plain txt; }
          default_type application/octet-stream;
          server {
            listen 127.0.0.1:@PORT@;
            listen 127.0.0.1:@TLS@ ssl;
            ssl_certificate @CERT@;
            ssl_certificate_key @KEY@;
            ssl_client_certificate @CALLER@;
            ssl_verify_client optional;
            root @DIR@/root;
            location = /up/chunked.txt {
              sub_filter_types text/plain;
              sub_filter "a line that is not there" "";
            }
            location /who { return 200 "$ssl_client_verify $ssl_client_s_dn"; }
            location = /up/gzip.txt { gzip on; gzip_types text/plain; gzip_proxied any; }
          }
        }
        """
        .replace("@DIR@", dir.toString())
        .replace("@PORT@", Integer.toString(port))
        .replace("@TLS@", Integer.toString(tlsPort))
        .replace("@CALLER@", caller.cert().toString())
        .replace("@CERT@", pem.cert().toString())
        .replace("@KEY@", pem.key().toString());
  }
}
