package io.fairlead.it;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** nginx that terminates TLS and passes WebSockets on, each location to another port. */
final class NginxFront implements AutoCloseable {
  private final Proc nginx;
  private final int port;
  private final Pem pem;

  private NginxFront(Proc nginx, int port, Pem pem) {
    this.nginx = nginx;
    this.port = port;
    this.pem = pem;
  }

  /**
   * @param dir empty
   * @param targets location to URL
   */
  static NginxFront start(Path dir, Map<String, String> targets)
      throws IOException, InterruptedException {
    Path program = Peers.require("nginx");
    Pem pem = Pem.selfMade(dir, "front");
    int port = FreePorts.one();
    StringBuilder locations = new StringBuilder();
    targets.forEach(
        (path, url) ->
            locations.append(
                """
                    location = %s {
                      proxy_pass %s;
                      proxy_http_version 1.1;
                      proxy_set_header Upgrade $http_upgrade;
                      proxy_set_header Connection upgrade;
                    }
                """
                    .formatted(path, url)));
    Files.writeString(
        dir.resolve("nginx.conf"),
        """
        daemon off;
        master_process off;
        pid @DIR@/nginx.pid;
        events { worker_connections 128; }
        http {
          access_log off;
          client_body_temp_path @DIR@/body;
          proxy_temp_path @DIR@/proxy;
          fastcgi_temp_path @DIR@/fastcgi;
          uwsgi_temp_path @DIR@/uwsgi;
          scgi_temp_path @DIR@/scgi;
          server {
            listen 127.0.0.1:@PORT@ ssl;
            ssl_certificate @CERT@;
            ssl_certificate_key @KEY@;
        @LOCATIONS@
          }
        }
        """
            .replace("@DIR@", dir.toString())
            .replace("@PORT@", Integer.toString(port))
            .replace("@CERT@", pem.cert().toString())
            .replace("@KEY@", pem.key().toString())
            .replace("@LOCATIONS@", locations));
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
    nginx.awaitPort(port, Duration.ofSeconds(30));
    return new NginxFront(nginx, port, pem);
  }

  int port() {
    return port;
  }

  /** What clients see, and may trust. */
  Path cert() {
    return pem.cert();
  }

  @Override
  public void close() {
    nginx.close();
  }
}
