package io.fairlead.net.certs;

import io.fairlead.net.acme.AcmeSettings;
import java.nio.file.Path;
import java.util.List;

/** Where a certificate comes from. Two that are equal are the same certificate. */
public sealed interface CertSource {
  /**
   * Two PEM files that somebody else renews.
   *
   * @param cert chain, leaf first
   * @param key private key (PKCS #8)
   */
  record Files(Path cert, Path key) implements CertSource {}

  /** Our own authority. */
  record Internal(List<String> hosts) implements CertSource {
    public Internal {
      hosts = List.copyOf(hosts);
    }
  }

  /** An ACME server. */
  record Acme(AcmeSettings settings) implements CertSource {}

  /** Stable word for reports. */
  default String word() {
    return switch (this) {
      case Files _ -> "files";
      case Internal _ -> "internal";
      case Acme _ -> "acme";
    };
  }

  /** Host names it is for; empty where only the certificate tells. */
  default List<String> hosts() {
    return switch (this) {
      case Files _ -> List.of();
      case Internal(List<String> hosts) -> hosts;
      case Acme(AcmeSettings settings) -> settings.hosts();
    };
  }
}
