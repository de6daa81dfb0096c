package io.fairlead.net.tls;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Takes servers that somebody else trusts, and of those only the ones with a key it knows in their
 * chain (as RFC 7469 §2.4 writes keys), each of whose links is the issuer of the one before.
 */
public final class KeyPins extends X509ExtendedTrustManager {
  /** A pin as configuration writes it. */
  public static final String FORM = "sha256/[A-Za-z0-9+/]{43}=";

  private final X509ExtendedTrustManager trust;
  private final Set<String> pins;

  private KeyPins(X509ExtendedTrustManager trust, List<String> pins) {
    this.trust = trust;
    this.pins = Set.copyOf(pins);
  }

  /**
   * @param verify whether the chain must be trusted besides
   * @param trusted authorities to trust instead of the system's; none: the system's
   */
  static TrustManager on(boolean verify, X509Certificate[] trusted, List<String> pins) {
    try {
      TrustManagerFactory factory = InsecureTrustManagerFactory.INSTANCE;
      if (verify) {
        factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted.length == 0 ? null : store(trusted));
      }
      for (TrustManager each : factory.getTrustManagers()) {
        if (each instanceof X509ExtendedTrustManager extended) return new KeyPins(extended, pins);
      }
    } catch (GeneralSecurityException | IOException impossible) {
      throw new IllegalStateException("certificates cannot be trusted", impossible);
    }
    throw new IllegalStateException("no trust manager for X.509");
  }

  /** The pin of a certificate's key. */
  public static String of(X509Certificate certificate) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded());
      return "sha256/" + Base64.getEncoder().encodeToString(digest);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static @Nullable KeyStore store(X509Certificate[] trusted)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < trusted.length; i++) store.setCertificateEntry("ca" + i, trusted[i]);
    return store;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, engine);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, socket);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("for servers only");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("for servers only");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("for servers only");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }

  /**
   * A server may send what it likes behind its own certificate: only those count that signed the
   * one before them.
   */
  private void check(X509Certificate[] chain) throws CertificateException {
    for (int i = 0; i < chain.length; i++) {
      if (i > 0 && !signed(chain[i], chain[i - 1])) break;
      if (pins.contains(of(chain[i]))) return;
    }
    throw new CertificateException("none of its keys is pinned");
  }

  private static boolean signed(X509Certificate issuer, X509Certificate issued) {
    try {
      issued.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException other) {
      return false;
    }
  }
}
