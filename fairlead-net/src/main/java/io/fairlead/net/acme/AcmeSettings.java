package io.fairlead.net.acme;

import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a certificate is asked for.
 *
 * @param directory URL of the server's directory
 * @param email whom the server may write to
 * @param hosts names the certificate is for, without wildcards; one or more
 * @param challenges ways to prove that the hosts are ours, the preferred one first
 * @param binding of the account to one the operator has with the server
 * @param ca PEM file of the authorities to trust for the directory instead of the system's
 */
public record AcmeSettings(
    URI directory,
    Optional<String> email,
    List<String> hosts,
    List<Way> challenges,
    Optional<Binding> binding,
    Optional<Path> ca) {
  /** Where Let's Encrypt is asked. */
  public static final URI LETS_ENCRYPT =
      URI.create("https://acme-v02.api.letsencrypt.org/directory");

  /** Its twin for trials, whose certificates nobody trusts. */
  public static final URI LETS_ENCRYPT_STAGING =
      URI.create("https://acme-staging-v02.api.letsencrypt.org/directory");

  /** How a host is proved to be ours. */
  public enum Way {
    /** A TLS handshake on port 443 (RFC 8737). */
    TLS_ALPN_01,
    /** A request to port 80 (RFC 8555 §8.3). */
    HTTP_01
  }

  /** External account binding (RFC 8555 §7.3.4). */
  public record Binding(String kid, Secret hmacKey) {}

  public AcmeSettings {
    hosts = List.copyOf(hosts);
    challenges = List.copyOf(challenges);
    if (hosts.isEmpty()) throw new IllegalArgumentException("hosts: none (expected: >= 1)");
    if (challenges.isEmpty()) throw new IllegalArgumentException("challenges: none");
  }
}
