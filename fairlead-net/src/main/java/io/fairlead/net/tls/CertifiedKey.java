package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.NetCodes;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A certificate chain and the key it vouches for; one that exists belongs together and is in order.
 * Immutable. Its text never holds the key.
 */
public final class CertifiedKey {
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;

  private final PrivateKey key;
  private final List<X509Certificate> chain;
  private final Set<String> names;

  private CertifiedKey(PrivateKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = List.copyOf(chain);
    this.names = namesOf(chain.getFirst());
  }

  /**
   * Reads a certificate chain and its key.
   *
   * @param chainFile PEM, the server's own certificate first, each one's issuer after it
   * @param keyFile PEM, PKCS #8, not encrypted; may be the same file
   * @param now wall time the certificate must be valid at
   * @param path key path in the configuration, e.g. {@code /certs/site/files}
   * @throws ConfigException {@code F2301} unreadable, {@code F2302} not PEM or out of order, {@code
   *     F2303} the key does not belong to the certificate, {@code F2304} expired or not yet valid
   */
  public static CertifiedKey read(Path chainFile, Path keyFile, Instant now, String path)
      throws ConfigException {
    List<X509Certificate> certificates = PemFiles.certificates(chainFile, path + "/cert");
    PrivateKey privateKey = PemFiles.key(keyFile, path + "/key");
    X509Certificate own = certificates.getFirst();
    checkDates(own, now, chainFile, path);
    if (!belongTogether(own.getPublicKey(), privateKey)) {
      throw PemFiles.problem(
          NetCodes.KEY_MISMATCH,
          path + "/key",
          keyFile + ": this key does not belong to the first certificate of " + chainFile,
          "the server's own certificate must come first in its file");
    }
    int stray = outOfOrder(certificates);
    if (stray > 0) {
      throw PemFiles.problem(
          NetCodes.BAD_PEM,
          path + "/cert",
          chainFile
              + ": certificate "
              + (stray + 1)
              + " is not the issuer of the one before it ("
              + certificates.get(stray - 1).getIssuerX500Principal()
              + ")",
          "order them: the server's own first, then each issuer");
    }
    return new CertifiedKey(privateKey, certificates);
  }

  /**
   * Puts together what was made in this process.
   *
   * @throws IllegalArgumentException they do not belong together, or the chain is out of order
   */
  public static CertifiedKey of(PrivateKey key, List<X509Certificate> chain) {
    if (chain.isEmpty()) throw new IllegalArgumentException("chain: empty (expected: one or more)");
    if (!belongTogether(chain.getFirst().getPublicKey(), key)) {
      throw new IllegalArgumentException("key: of another certificate");
    }
    int stray = outOfOrder(chain);
    if (stray > 0) {
      throw new IllegalArgumentException("chain: certificate " + (stray + 1) + " is no issuer");
    }
    return new CertifiedKey(key, chain);
  }

  public PrivateKey key() {
    return key;
  }

  /** The server's own certificate first. */
  public List<X509Certificate> chain() {
    return chain;
  }

  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /** Lower-case host names and addresses it is for, in its order; names may begin with "*.". */
  public Set<String> names() {
    return names;
  }

  /** Whether a client that asks for this host gets what it asks for (RFC 9525 §6.3). */
  public boolean covers(String host) {
    String wanted = host.toLowerCase(Locale.ROOT);
    if (names.contains(wanted)) return true;
    int dot = wanted.indexOf('.');
    return dot > 0 && names.contains("*" + wanted.substring(dot));
  }

  /** Whether its signatures are ECDSA, which cost less than RSA. */
  public boolean elliptic() {
    return key.getAlgorithm().equals("EC");
  }

  public Instant notBefore() {
    return certificate().getNotBefore().toInstant();
  }

  public Instant notAfter() {
    return certificate().getNotAfter().toInstant();
  }

  /** Who issued it, as text. */
  public String issuer() {
    return certificate().getIssuerX500Principal().getName();
  }

  /** SHA-256 of the certificate, lower-case hexadecimal. */
  public String fingerprint() {
    return fingerprint(certificate());
  }

  /** SHA-256 of a certificate, lower-case hexadecimal. */
  public static String fingerprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** Whether it holds the same certificates as another. */
  public boolean sameAs(CertifiedKey other) {
    try {
      if (chain.size() != other.chain.size()) return false;
      for (int i = 0; i < chain.size(); i++) {
        if (!MessageDigest.isEqual(chain.get(i).getEncoded(), other.chain.get(i).getEncoded())) {
          return false;
        }
      }
      return true;
    } catch (CertificateEncodingException unreadable) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "CertifiedKey" + names;
  }

  private static void checkDates(X509Certificate own, Instant now, Path file, String path)
      throws ConfigException {
    if (now.isAfter(own.getNotAfter().toInstant())) {
      throw PemFiles.problem(
          NetCodes.EXPIRED,
          path + "/cert",
          file + ": the certificate expired on " + own.getNotAfter().toInstant(),
          "renew it");
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw PemFiles.problem(
          NetCodes.EXPIRED,
          path + "/cert",
          file + ": the certificate is not valid before " + own.getNotBefore().toInstant(),
          "check the clock of this machine");
    }
  }

  /** Index of the first certificate that did not issue the one before it, or -1. */
  private static int outOfOrder(List<X509Certificate> chain) {
    for (int i = 1; i < chain.size(); i++) {
      try {
        chain.get(i - 1).verify(chain.get(i).getPublicKey());
      } catch (GeneralSecurityException stranger) {
        return i;
      }
    }
    return -1;
  }

  private static Set<String> namesOf(X509Certificate certificate) {
    Set<String> names = new LinkedHashSet<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> each : alternatives) {
          int kind = (Integer) each.get(0);
          if ((kind == SAN_DNS || kind == SAN_IP) && each.get(1) instanceof String name) {
            names.add(name.toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException unreadable) {
      return Set.of(); // it serves as a default only
    }
    return java.util.Collections.unmodifiableSet(names);
  }

  private static boolean belongTogether(PublicKey certified, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    byte[] probe = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) {
      return false; // different kinds of key
    }
  }
}
