package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * Where a one-line reverse proxy forwards to.
 *
 * @param url http or https, with a port
 */
record Upstream(String url, String host, int port) {
  private static final int PROBE_MILLIS = 1000;

  /** A URL, {@code HOST:PORT} or {@code :PORT}. */
  static Upstream parse(String text) throws CommandFailure {
    String word = text.strip();
    String full = word.contains("://") ? word : "http://" + word;
    full = full.replaceFirst("^(https?://):", "$1127.0.0.1:");
    try {
      URI uri = new URI(full);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      boolean known = scheme.equals("http") || scheme.equals("https");
      if (known && uri.getHost() != null && uri.getUserInfo() == null) {
        int port = uri.getPort() > 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return new Upstream(full, uri.getHost(), port);
      }
    } catch (URISyntaxException notAUrl) {
      // said below, together with the other reasons
    }
    throw CommandFailure.usage(
        "--to: `" + text + "` is not an upstream", "write 127.0.0.1:3000 or http://host:port");
  }

  String authority() {
    return host + ":" + port;
  }

  /** "up, 2 ms" or "down: why"; connects once and closes. */
  String probe(Clock clock) {
    long start = clock.nanos();
    try (Socket socket = new Socket()) {
      InetSocketAddress address = new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
      if (address.isUnresolved()) throw new UnknownHostException("name not found");
      socket.connect(address, PROBE_MILLIS);
      long millis = (clock.nanos() - start) / 1_000_000;
      return "up, " + (millis == 0 ? "< 1" : Long.toString(millis)) + " ms";
    } catch (IOException refused) {
      String why = String.valueOf(refused.getMessage()).toLowerCase(Locale.ROOT);
      return "down: " + why;
    }
  }
}
