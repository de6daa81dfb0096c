package io.fairlead.net.listen;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.function.LongSupplier;

/** What listeners count. */
final class ListenMeters {
  private final Meters meters;
  final Counter accepted;
  final Counter full;
  final Counter tooManyPerIp;
  final Counter tooManyNewPerIp;
  final Counter tooManyOfListener;
  final Counter tooManyHandshakes;
  final Counter slowHandshakes;
  final Counter memory;
  final Counter lateHeaders;
  final Counter badHeaders;

  ListenMeters(Meters meters, LongSupplier paused) {
    this.meters = meters;
    accepted = meters.counter("connections.accepted", "Client connections accepted.");
    full = rejections("connections");
    tooManyPerIp = rejections("connections_per_ip");
    tooManyNewPerIp = rejections("new_connections_per_ip");
    tooManyOfListener = rejections("listener_connections");
    tooManyHandshakes = rejections("tls_handshakes");
    slowHandshakes = rejections("tls_handshake_timeout");
    memory = rejections("memory");
    lateHeaders = rejections("proxy_header_time");
    badHeaders = rejections("proxy_header");
    meters.gauge(
        "accept.paused",
        "1 while accepting waits for connections to close or descriptors.",
        paused);
  }

  Counter rejections(SourceTable.Refusal refusal) {
    return switch (refusal) {
      case CONNECTIONS_PER_IP -> tooManyPerIp;
      case NEW_CONNECTIONS_PER_IP -> tooManyNewPerIp;
    };
  }

  /**
   * @param result {@code ok}, {@code failed}, {@code timeout} or {@code plain_http}
   * @param version e.g. {@code 1.3}, or {@code none}
   */
  void handshake(String result, String version) {
    if (result.equals("timeout")) slowHandshakes.increment();
    meters
        .counter(
            "tls.handshakes", "TLS handshakes with clients.", "result", result, "version", version)
        .increment();
  }

  private Counter rejections(String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }
}
