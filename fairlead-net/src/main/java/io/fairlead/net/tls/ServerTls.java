package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.NetCodes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLException;

/** How a listener secures the connections it accepts. Immutable; shared by all event loops. */
public final class ServerTls {
  private static final long CLOSE_NOTIFY_MILLIS_MAX = 500;

  private final SslContext context;
  private final X509Certificate certificate;

  private ServerTls(SslContext context, X509Certificate certificate) {
    this.context = context;
    this.certificate = certificate;
  }

  /**
   * Reads a certificate chain and its key.
   *
   * @param chain PEM, the server's own certificate first
   * @param key PEM, PKCS #8, not encrypted; may be the same file
   * @param min lowest version spoken
   * @param applicationProtocols ALPN names, best first; empty means none is negotiated
   * @param now wall time the certificate must be valid at
   * @param path key path in the configuration, e.g. {@code /listeners/web/tls}
   * @throws ConfigException {@code F2301} unreadable, {@code F2302} not PEM, {@code F2303} the key
   *     does not belong to the certificate, {@code F2304} expired or not yet valid
   */
  public static ServerTls fromFiles(
      Path chain,
      Path key,
      TlsVersion min,
      List<String> applicationProtocols,
      Instant now,
      String path)
      throws ConfigException {
    List<X509Certificate> certificates = PemFiles.certificates(chain, path + "/cert");
    PrivateKey privateKey = PemFiles.key(key, path + "/key");
    X509Certificate own = certificates.getFirst();
    if (now.isAfter(own.getNotAfter().toInstant())) {
      throw PemFiles.problem(
          NetCodes.EXPIRED,
          path + "/cert",
          chain + ": the certificate expired on " + own.getNotAfter().toInstant(),
          "renew it");
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw PemFiles.problem(
          NetCodes.EXPIRED,
          path + "/cert",
          chain + ": the certificate is not valid before " + own.getNotBefore().toInstant(),
          "check the clock of this machine");
    }
    if (!belongTogether(own.getPublicKey(), privateKey)) {
      throw PemFiles.problem(
          NetCodes.KEY_MISMATCH,
          path + "/key",
          key + ": this key does not belong to the first certificate of " + chain,
          "the server's own certificate must come first in its file");
    }
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(privateKey, certificates.toArray(X509Certificate[]::new))
              .sslProvider(TlsProvider.best())
              .protocols(min.protocols());
      if (!applicationProtocols.isEmpty()) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                applicationProtocols));
      }
      return new ServerTls(builder.build(), own);
    } catch (SSLException | IllegalArgumentException failure) {
      throw PemFiles.problem(
          NetCodes.BAD_PEM,
          path + "/cert",
          chain + ": cannot be used: " + failure.getMessage(),
          "use an EC or RSA key");
    }
  }

  /** The server's own certificate, for expiry alarms. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** A handler for one accepted connection. */
  public SslHandler newHandler(ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS_MAX);
    return handler;
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
