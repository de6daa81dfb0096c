package io.fairlead.mqtt.client;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.tls.Certificates;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Whom a connection believes and what it shows. The server's name is checked against its
 * certificate, and told to it (SNI, RFC 6066 §3). Immutable.
 */
public final class LinkTls {
  private static final char[] NO_PASSWORD = {};

  private final SSLContext context;
  private final boolean verify;
  private final Optional<String> serverName;

  private LinkTls(SSLContext context, boolean verify, Optional<String> serverName) {
    this.context = context;
    this.verify = verify;
    this.serverName = serverName;
  }

  /** A certificate and its key, PEM. */
  public record Identity(Path cert, Path key) {}

  /** Believes whom this machine believes. */
  public static LinkTls ofSystem() {
    try {
      return new LinkTls(SSLContext.getDefault(), true, Optional.empty());
    } catch (GeneralSecurityException unusable) {
      throw new IllegalStateException("no TLS in this Java", unusable);
    }
  }

  /**
   * As it is told.
   *
   * @param verify whether the server's certificate and name are looked at
   * @param ca authorities to believe instead of this machine's, PEM
   * @param shown what a server that asks is shown
   * @param serverName in place of the host that is connected to
   * @throws ConfigException a file is unreadable or does not hold what it should
   * @throws GeneralSecurityException key and certificate cannot be used together
   */
  public static LinkTls of(
      boolean verify, Optional<Path> ca, Optional<Identity> shown, Optional<String> serverName)
      throws ConfigException, GeneralSecurityException {
    TrustManager @Nullable [] trust = null; // this machine's
    if (!verify) trust = InsecureTrustManagerFactory.INSTANCE.getTrustManagers();
    else if (ca.isPresent()) trust = trusting(Certificates.read(ca.get(), "/ca"));
    KeyManager @Nullable [] keys = null;
    if (shown.isPresent()) {
      PrivateKey key = Certificates.key(shown.get().key(), "/key");
      keys = showing(key, Certificates.read(shown.get().cert(), "/cert"));
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, null);
    return new LinkTls(context, verify, serverName);
  }

  private static TrustManager[] trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    KeyStore store = empty();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca" + i, authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] showing(PrivateKey key, List<X509Certificate> chain)
      throws GeneralSecurityException {
    KeyStore store = empty();
    store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return store;
  }

  /**
   * Speaks TLS over a connection, whose ownership it takes; blocks for the handshake.
   *
   * @param host that was connected to
   * @throws IOException the server is not who it should be, or wants somebody else
   */
  Socket secure(Socket socket, String host) throws IOException {
    String name = serverName.orElse(host);
    SSLSocket secured =
        (SSLSocket) context.getSocketFactory().createSocket(socket, name, socket.getPort(), true);
    SSLParameters parameters = secured.getSSLParameters();
    if (verify) parameters.setEndpointIdentificationAlgorithm("HTTPS");
    if (serverName.isPresent()) {
      try {
        parameters.setServerNames(List.of(new SNIHostName(name)));
      } catch (IllegalArgumentException noName) {
        throw new IOException("no name of a server: " + name, noName);
      }
    }
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }
}
