package io.fairlead.mqtt;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Whose certificate it is. Stateless. */
public final class CertificateName {
  private CertificateName() {}

  /** The subject's most specific common name (RFC 4514); empty: it has none. */
  public static Optional<String> common(X509Certificate certificate) {
    try {
      List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
      for (Rdn part : parts.reversed()) {
        if (part.getType().equalsIgnoreCase("CN")) return Optional.of(part.getValue().toString());
      }
      return Optional.empty();
    } catch (InvalidNameException noName) {
      return Optional.empty();
    }
  }
}
