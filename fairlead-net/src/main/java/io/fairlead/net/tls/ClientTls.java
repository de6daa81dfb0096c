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
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/** How we secure connections we open. Immutable; shared by all event loops. */
public final class ClientTls {
  private static final long CLOSE_NOTIFY_MILLIS_MAX = 500;

  private final Supplier<SslContextBuilder> recipe;
  private final SslContext context;
  private final boolean verifying;

  private ClientTls(Supplier<SslContextBuilder> recipe, SslContext context, boolean verifying) {
    this.recipe = recipe;
    this.context = context;
    this.verifying = verifying;
  }

  private static ClientTls of(Supplier<SslContextBuilder> recipe, boolean verifying) {
    return new ClientTls(recipe, build(recipe.get()), verifying);
  }

  /**
   * The same, offering application protocols (RFC 7301).
   *
   * @param applicationProtocols ALPN names, best first
   */
  public ClientTls offering(List<String> applicationProtocols) {
    return of(
        () ->
            recipe
                .get()
                .applicationProtocolConfig(
                    new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        applicationProtocols)),
        verifying);
  }

  /** Trusts what the system trusts, and checks the host name. */
  public static ClientTls systemTrust() {
    return of(() -> builder().endpointIdentificationAlgorithm("HTTPS"), true);
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
    Supplier<SslContextBuilder> recipe =
        () -> builder().endpointIdentificationAlgorithm("HTTPS").trustManager(trusted);
    try {
      return new ClientTls(recipe, recipe.get().build(), true);
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
    return of(
        () ->
            builder()
                .endpointIdentificationAlgorithm(null)
                .trustManager(InsecureTrustManagerFactory.INSTANCE),
        false);
  }

  /**
   * Trust, and what we show, together.
   *
   * @param verify whether the server's certificate and host name are checked
   * @param caFile authorities to trust instead of the system's
   * @param identity certificate and key we show, PEM
   * @param path key path of the TLS settings in the configuration, for problems
   * @throws ConfigException a file is unreadable or does not hold what it should
   */
  public static ClientTls of(
      boolean verify, Optional<Path> caFile, Optional<Identity> identity, String path)
      throws ConfigException {
    return of(verify, caFile, identity, path, List.of());
  }

  /**
   * The same, for servers known by their keys.
   *
   * @param pins hashes of public keys, see {@link KeyPins}; none: any key will do
   */
  public static ClientTls of(
      boolean verify,
      Optional<Path> caFile,
      Optional<Identity> identity,
      String path,
      List<String> pins)
      throws ConfigException {
    X509Certificate[] trusted =
        caFile.isPresent()
            ? PemFiles.certificates(caFile.get(), path + "/ca").toArray(X509Certificate[]::new)
            : new X509Certificate[0];
    Optional<Shown> shown = Optional.empty();
    if (identity.isPresent()) {
      shown =
          Optional.of(
              new Shown(
                  PemFiles.key(identity.get().key(), path + "/key"),
                  PemFiles.certificates(identity.get().cert(), path + "/cert")));
    }
    Optional<Shown> ours = shown;
    Supplier<SslContextBuilder> recipe =
        () -> {
          SslContextBuilder builder = builder();
          builder.endpointIdentificationAlgorithm(verify ? "HTTPS" : null);
          if (!pins.isEmpty()) {
            builder.trustManager(KeyPins.on(verify, trusted, pins));
          } else if (!verify) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
          } else if (trusted.length > 0) {
            builder.trustManager(trusted);
          }
          ours.ifPresent(
              own -> builder.keyManager(own.key(), own.chain().toArray(X509Certificate[]::new)));
          return builder;
        };
    try {
      return new ClientTls(recipe, recipe.get().build(), verify);
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

  private record Shown(PrivateKey key, List<X509Certificate> chain) {}

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
