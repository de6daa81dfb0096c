package io.fairlead.pubsub.netty;

import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.pubsub.EndpointUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Where a node behind HTTP may send us (RFC 9110 §15.4): elsewhere on its own host, never from TLS
 * to the clear, and not for ever.
 */
final class Redirects {
  private static final int HOPS_MAX = 3;

  private int hops;

  /** Whether a status asks to go elsewhere with the same message. */
  static boolean asks(int status) {
    return status == 301 || status == 302 || status == 307 || status == 308;
  }

  /** Where to; empty when it is not followed. */
  Optional<EndpointUrl> next(EndpointUrl from, ResponseScanner head) {
    if (++hops > HOPS_MAX) return Optional.empty();
    return UpgradeCheck.field(head, "location").flatMap(location -> resolved(from, location));
  }

  /** An answer came: what was gone through led somewhere. */
  void arrived() {
    hops = 0;
  }

  private static Optional<EndpointUrl> resolved(EndpointUrl from, String location) {
    EndpointUrl to;
    try {
      String base = from.scheme() + "://" + from.authority() + from.target().reveal();
      URI target = new URI(base).resolve(new URI(location));
      if (target.getRawUserInfo() != null) return Optional.empty();
      to = EndpointUrl.parse(target.toString());
    } catch (URISyntaxException | IllegalArgumentException _) {
      return Optional.empty();
    }
    boolean worse = from.secure() && !to.secure();
    boolean fits = !to.webSocket() && !worse && to.host().equalsIgnoreCase(from.host());
    return fits ? Optional.of(to) : Optional.empty();
  }

  /** Whether what is secret may go along: scheme, host and port are the same (RFC 6454 §4). */
  static boolean sameOrigin(EndpointUrl one, EndpointUrl other) {
    return one.scheme().equals(other.scheme())
        && one.host().equalsIgnoreCase(other.host())
        && one.port() == other.port();
  }
}
