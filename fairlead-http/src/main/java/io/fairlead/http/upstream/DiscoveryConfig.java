package io.fairlead.http.upstream;

import java.time.Duration;

/**
 * A name in the DNS whose addresses are members.
 *
 * @param port of the addresses; not read for SRV, whose records hold it
 * @param interval at most between two lookups; a shorter TTL shortens it
 */
public record DiscoveryConfig(
    String name, Type type, int port, boolean secured, Duration interval) {
  /** Which records are asked for. */
  public enum Type {
    /** A and AAAA. */
    ADDRESS,
    /** SRV (RFC 2782): addresses, ports, weights and priorities. */
    SRV
  }
}
