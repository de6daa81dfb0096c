package io.fairlead.net.tls;

import java.util.List;
import java.util.Optional;

/**
 * How a listener speaks TLS, whichever certificate it shows.
 *
 * @param min lowest version spoken
 * @param ciphers suites of TLS 1.2 by their IANA names, best first; those of 1.3 are fixed
 * @param groups key exchange groups, best first; empty for what the engine prefers
 * @param applicationProtocols ALPN names, best first; empty means none is negotiated
 * @param clients whose certificates are asked for
 * @param unknownName what a client gets that asks for a name no certificate is for
 */
public record TlsPolicy(
    TlsVersion min,
    List<String> ciphers,
    List<String> groups,
    List<String> applicationProtocols,
    Optional<ClientAuthority> clients,
    UnknownName unknownName) {
  /** What a client gets that asks for a name no certificate is for. */
  public enum UnknownName {
    /** The listener's first certificate. */
    DEFAULT,
    /** The alert {@code unrecognized_name} (RFC 6066 §3). */
    REFUSE
  }

  /** Suites of TLS 1.2 with forward secrecy and authenticated encryption, best first. */
  public static final List<String> CIPHERS =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  static final List<String> CIPHERS_OF_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** Groups there are. */
  public static final List<String> GROUPS = List.of("x25519", "secp256r1", "secp384r1");

  public TlsPolicy {
    ciphers = List.copyOf(ciphers);
    groups = List.copyOf(groups);
    applicationProtocols = List.copyOf(applicationProtocols);
    if (ciphers.isEmpty() || !CIPHERS.containsAll(ciphers)) {
      throw new IllegalArgumentException("ciphers: " + ciphers + " (expected: some of " + CIPHERS);
    }
    if (!GROUPS.containsAll(groups)) {
      throw new IllegalArgumentException("groups: " + groups + " (expected: some of " + GROUPS);
    }
  }

  /** With the usual suites and nobody's certificate asked for. */
  public static TlsPolicy of(TlsVersion min, List<String> applicationProtocols) {
    return new TlsPolicy(
        min, CIPHERS, List.of(), applicationProtocols, Optional.empty(), UnknownName.DEFAULT);
  }
}
