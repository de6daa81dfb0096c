package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.NetCodes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
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

  /**
   * Trust, and what we show and offer, together.
   *
   * @param verify whether the server's certificate and host name are checked
   * @param caFile authorities to trust instead of the system's
   * @param identity certificate and key we show, PEM
   * @param alpn protocols to offer; none when empty
   * @param path key path of the TLS settings in the configuration, for problems
   * @throws ConfigException a file is unreadable or does not hold what it should
   */
  public static ClientTls of(
      boolean verify,
      Optional<Path> caFile,
      Optional<Identity> identity,
      List<String> alpn,
      String path)
      throws ConfigException {
    SslContextBuilder builder = builder();
    if (verify) {
      builder.endpointIdentificationAlgorithm("HTTPS");
      if (caFile.isPresent()) {
        builder.trustManager(
            PemFiles.certificates(caFile.get(), path + "/ca").toArray(X509Certificate[]::new));
      }
    } else {
      builder
          .endpointIdentificationAlgorithm(null)
          .trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
    if (identity.isPresent()) {
      builder.keyManager(
          PemFiles.key(identity.get().key(), path + "/key"),
          PemFiles.certificates(identity.get().cert(), path + "/cert")
              .toArray(X509Certificate[]::new));
    }
    if (!alpn.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              alpn));
    }
    try {
      return new ClientTls(builder.build(), verify);
    } catch (SSLException | IllegalArgumentException failure) {
      throw new ConfigException(
          Problem.error(
              NetCodes.BAD_PEM.id(),
              path,
              Problem.Place.NOWHERE,
              "the certificates cannot be used: " + failure.getMessage(),
              "check that certificate and key belong together"));
    }
  }

  /** PEM files of a certificate, its chain, and its key. */
  public record Identity(Path cert, Path key) {}

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
