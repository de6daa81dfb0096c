package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.NetCodes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS of the JDK itself, for blocking clients outside of the event loops. */
public final class JdkTls {
  private static final char[] NO_PASSWORD = {};

  private JdkTls() {}

  /**
   * A client that trusts the certificates of one file and shows none.
   *
   * @param path key path in the configuration, for the problem
   * @throws ConfigException the file is unreadable or does not hold what it should
   */
  public static SSLContext trusting(Path ca, String path) throws ConfigException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust(ca, path).getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException failure) {
      throw new ConfigException(
          Problem.error(
              NetCodes.BAD_PEM.id(),
              path,
              Problem.Place.NOWHERE,
              ca + ": cannot be used as trusted certificates: " + failure.getMessage(),
              ""));
    }
  }

  private static TrustManagerFactory trust(Path ca, String path)
      throws ConfigException, GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    List<X509Certificate> authorities = PemFiles.certificates(ca, path);
    for (int i = 0; i < authorities.size(); i++) {
      trusted.setCertificateEntry("ca" + i, authorities.get(i));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return trust;
  }

  /**
   * A client that trusts the certificates of one file and shows one of its own.
   *
   * @param path key path in the configuration, for the problem
   * @throws ConfigException a file is unreadable or does not hold what it should
   */
  public static SSLContext client(Path ca, Path certificate, Path key, String path)
      throws ConfigException {
    try {
      TrustManagerFactory trust = trust(ca, path);

      KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
      own.load(null, null);
      Certificate[] chain = PemFiles.certificates(certificate, path).toArray(Certificate[]::new);
      own.setKeyEntry("own", PemFiles.key(key, path), NO_PASSWORD, chain);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, NO_PASSWORD);

      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException failure) {
      throw new ConfigException(
          Problem.error(
              NetCodes.BAD_PEM.id(),
              path,
              Problem.Place.NOWHERE,
              certificate + ": cannot be used with its key: " + failure.getMessage(),
              ""));
    }
  }
}
