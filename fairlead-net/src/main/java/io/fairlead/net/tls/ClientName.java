package io.fairlead.net.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** What a client's certificate calls its holder. */
public enum ClientName {
  /** The common name of the subject. */
  CN,
  /** The first URI among the alternative names, such as a SPIFFE id. */
  SAN_URI,
  /** The first host name among the alternative names. */
  SAN_DNS,
  /** SHA-256 of the certificate, hexadecimal. */
  FINGERPRINT;

  private static final int EMAIL_KIND = 1;
  private static final int DNS_KIND = 2;
  private static final int URI_KIND = 6;
  private static final int NAME_CHARACTERS_MAX = 256;

  /** The name of this kind; empty when the certificate has none, or an overlong one. */
  public Optional<String> of(X509Certificate certificate) {
    Optional<String> name =
        switch (this) {
          case CN -> commonName(certificate);
          case SAN_URI -> alternatives(certificate, URI_KIND).stream().findFirst();
          case SAN_DNS -> alternatives(certificate, DNS_KIND).stream().findFirst();
          case FINGERPRINT -> Optional.of(CertifiedKey.fingerprint(certificate));
        };
    return name.filter(
        text ->
            !text.isEmpty()
                && text.length() <= NAME_CHARACTERS_MAX
                && text.chars().noneMatch(Character::isISOControl));
  }

  /** Every name a certificate gives its holder, of whichever kind. */
  static List<String> all(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    commonName(certificate).ifPresent(names::add);
    for (int kind : new int[] {EMAIL_KIND, DNS_KIND, URI_KIND}) {
      names.addAll(alternatives(certificate, kind));
    }
    return names;
  }

  private static Optional<String> commonName(X509Certificate certificate) {
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String name) {
          return Optional.of(name);
        }
      }
    } catch (InvalidNameException unreadable) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static List<String> alternatives(X509Certificate certificate, int wanted) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) return names;
      for (List<?> each : alternatives) {
        if ((Integer) each.get(0) == wanted && each.get(1) instanceof String name) names.add(name);
      }
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
    return names;
  }

  /** A name, where one star stands for anything but a slash, and two for anything. */
  record Pattern(List<String> parts) {
    private static final String DEEP = "**";

    static Pattern of(String text) {
      List<String> parts = new ArrayList<>();
      int from = 0;
      while (from < text.length()) {
        int star = text.indexOf('*', from);
        if (star < 0) star = text.length();
        if (star > from) parts.add(text.substring(from, star).toLowerCase(Locale.ROOT));
        if (star == text.length()) break;
        boolean deep = text.startsWith(DEEP, star);
        parts.add(deep ? DEEP : "*");
        from = star + (deep ? 2 : 1);
      }
      return new Pattern(List.copyOf(parts));
    }

    boolean matches(String name) {
      return matches(0, name.toLowerCase(Locale.ROOT), 0);
    }

    // Names and patterns are short, and a certificate carries few: no need for more than this.
    private boolean matches(int part, String name, int at) {
      if (part == parts.size()) return at == name.length();
      String wanted = parts.get(part);
      if (!wanted.equals("*") && !wanted.equals(DEEP)) {
        return name.startsWith(wanted, at) && matches(part + 1, name, at + wanted.length());
      }
      for (int next = at; next <= name.length(); next++) {
        if (matches(part + 1, name, next)) return true;
        if (next < name.length() && wanted.equals("*") && name.charAt(next) == '/') return false;
      }
      return false;
    }
  }
}
