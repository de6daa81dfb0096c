package io.fairlead.tunnel.carrier.netty;

import java.util.List;

/**
 * Carriers over web sockets (RFC 6455): which sub-protocols there are. The first carries the TLS of
 * a carrier as if it were the connection itself, so that proof, pin and secrecy reach from agent to
 * server whatever terminates the web socket's own TLS on the way. The other two are without it, for
 * sides that gave channel bindings up: who stands between reads them.
 */
public final class CarrierSocket {
  /** A carrier's TLS within; its application protocol says what follows. */
  public static final String SEALED = "fairlead-tunnel-tls";

  private static final String BARE_AGENT = "fairlead-tunnel-1";
  private static final String BARE_VISITOR = "fairlead-tunnel-visitor-1";

  /** Where agents look when their configuration names no path. */
  public static final String PATH = "/fl/carrier";

  private CarrierSocket() {}

  /** What a server takes, best first. */
  public static List<String> spoken(boolean bound) {
    return bound ? List.of(SEALED) : List.of(SEALED, BARE_AGENT, BARE_VISITOR);
  }

  /** The sub-protocol that speaks one of {@link CarrierTls}'s protocols without its TLS. */
  public static String bare(String protocol) {
    return protocol.equals(CarrierTls.VISITOR) ? BARE_VISITOR : BARE_AGENT;
  }

  /** The protocol behind a sub-protocol of {@link #bare}. */
  public static String protocol(String bare) {
    return bare.equals(BARE_VISITOR) ? CarrierTls.VISITOR : CarrierTls.AGENT;
  }
}
