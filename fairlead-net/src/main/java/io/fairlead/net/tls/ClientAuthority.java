package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.NetCodes;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whose certificates a listener takes from its clients. Fails closed: without a readable authority
 * it does not exist, a client whose revocation cannot be told is refused. Immutable.
 */
public final class ClientAuthority {
  private final boolean required;
  private final X509ExtendedTrustManager trust;
  private final String fingerprint;

  private ClientAuthority(boolean required, X509ExtendedTrustManager trust, String fingerprint) {
    this.required = required;
    this.trust = trust;
    this.fingerprint = fingerprint;
  }

  /**
   * Files of a listener's settings.
   *
   * @param ca PEM, the authorities that vouch for clients
   * @param crl PEM, a current revocation list of every authority; empty: nobody is revoked
   * @param names what a client may be called; empty: whoever the authorities vouch for
   */
  public record Rules(Path ca, Optional<Path> crl, List<String> names) {
    public Rules {
      names = List.copyOf(names);
    }
  }

  /**
   * Reads what vouches for clients.
   *
   * @param required whether a client without a certificate is refused
   * @param path key path of the TLS settings in the configuration
   * @throws ConfigException a file is unreadable or does not hold what it should
   */
  public static ClientAuthority read(boolean required, Rules rules, String path)
      throws ConfigException {
    List<X509Certificate> authorities = PemFiles.certificates(rules.ca(), path + "/client_ca");
    List<X509CRL> revoked =
        rules.crl().isEmpty()
            ? List.of()
            : PemFiles.revocations(rules.crl().get(), path + "/client_crl");
    List<ClientName.Pattern> names = rules.names().stream().map(ClientName.Pattern::of).toList();
    StringBuilder fingerprint = new StringBuilder(required ? "require" : "optional");
    try {
      X509ExtendedTrustManager trust = trust(authorities, revoked);
      for (X509Certificate each : authorities) {
        fingerprint.append(' ').append(CertifiedKey.fingerprint(each));
      }
      fingerprint.append(' ').append(rules.names());
      return new ClientAuthority(
          required,
          names.isEmpty() ? trust : new NamedClients(trust, names),
          fingerprint.toString());
    } catch (GeneralSecurityException unfit) {
      throw PemFiles.problem(
          NetCodes.BAD_PEM,
          path + "/client_ca",
          rules.ca() + ": cannot be used as client authorities: " + unfit.getMessage(),
          "");
    }
  }

  boolean required() {
    return required;
  }

  TrustManager trust() {
    return trust;
  }

  /** Differs where clients are judged differently. */
  String fingerprint() {
    return fingerprint;
  }

  private static X509ExtendedTrustManager trust(
      List<X509Certificate> authorities, List<X509CRL> revoked) throws GeneralSecurityException {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate each : authorities) anchors.add(new TrustAnchor(each, null));
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
    parameters.setRevocationEnabled(false);
    if (!revoked.isEmpty()) {
      parameters.setRevocationEnabled(true);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(revoked)));
      PKIXRevocationChecker checker =
          (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
      checker.setOptions(
          EnumSet.of(
              PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
      parameters.addCertPathChecker(checker);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(new CertPathTrustManagerParameters(parameters));
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509ExtendedTrustManager extended) return extended;
    }
    throw new InvalidAlgorithmParameterException("no trust manager for X.509");
  }
}
