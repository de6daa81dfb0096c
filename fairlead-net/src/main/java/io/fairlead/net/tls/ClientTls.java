package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.NetCodes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;

/** How we secure connections we open. Immutable; shared by all event loops. */
public final class ClientTls {
  private static final long CLOSE_NOTIFY_MILLIS_MAX = 500;

  private final SslContext context;
  private final boolean verifying;

  private ClientTls(SslContext context, boolean verifying) {
    this.context = context;
    this.verifying = verifying;
  }

  /** Trusts what the system trusts, and checks the host name. */
  public static ClientTls systemTrust() {
    return new ClientTls(build(builder().endpointIdentificationAlgorithm("HTTPS")), true);
  }

  /**
   * Trusts the certificates of a PEM file only, and checks the host name.
   *
   * @param caFile one or more certificates
   * @param path key path of the file in the configuration, for the problem
   * @throws ConfigException the file is unreadable or holds no certificate
   */
  public static ClientTls trusting(Path caFile, String path) throws ConfigException {
    X509Certificate[] trusted = PemFiles.certificates(caFile, path).toArray(X509Certificate[]::new);
    try {
      return new ClientTls(
          builder().endpointIdentificationAlgorithm("HTTPS").trustManager(trusted).build(), true);
    } catch (SSLException | IllegalArgumentException failure) {
      throw new ConfigException(
          Problem.error(
              NetCodes.BAD_PEM.id(),
              path,
              Problem.Place.NOWHERE,
              caFile + ": cannot be used as trusted certificates: " + failure.getMessage(),
              ""));
    }
  }

  /** Trusts anyone: for {@code insecure_skip_verify}, which warns at each start. */
  public static ClientTls insecure() {
    return new ClientTls(
        build(
            builder()
                .endpointIdentificationAlgorithm(null)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)),
        false);
  }

  /** Whether the server's certificate is checked. */
  public boolean verifying() {
    return verifying;
  }

  /**
   * A handler for one connection.
   *
   * @param serverName for SNI and the certificate check
   */
  public SslHandler newHandler(ByteBufAllocator allocator, String serverName, int port) {
    SslHandler handler = context.newHandler(allocator, serverName, port);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS_MAX);
    return handler;
  }

  private static SslContextBuilder builder() {
    return SslContextBuilder.forClient()
        .sslProvider(TlsProvider.best())
        .protocols(List.copyOf(TlsVersion.TLS_1_2.protocols()));
  }

  private static SslContext build(SslContextBuilder builder) {
    try {
      return builder.build();
    } catch (SSLException failure) {
      throw new IllegalStateException("TLS engine without files cannot be set up", failure);
    }
  }
}
