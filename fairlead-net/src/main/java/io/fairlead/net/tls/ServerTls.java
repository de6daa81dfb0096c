package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.NetCodes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * How a listener secures the connections it accepts: one policy, and the certificates it chooses
 * from by the name a client asks for. Shared by all event loops, which read one immutable table;
 * {@link #refresh} may be called by any thread that may wait.
 */
public final class ServerTls {
  static final String HANDLER = "tls";

  private static final long CLOSE_NOTIFY_MILLIS_MAX = 500;
  private static final byte NO_APPLICATION_PROTOCOL = 120; // RFC 7301 §3.2
  private static final byte UNRECOGNIZED_NAME = 112; // RFC 6066 §3

  /** What becomes of a client. */
  sealed interface Choice {
    record Shown(CertTable.Entry entry, TlsFacts facts) implements Choice {}

    record Challenged(SslContext context) implements Choice {}

    record Refused(byte alert, String why) implements Choice {}
  }

  private final TlsPolicy policy;
  private final List<ServedCert> places;
  private final TlsShared shared;
  private final Map<CertifiedKey, SslContext> contexts = new HashMap<>(); // guarded by this
  private volatile CertTable table;

  private ServerTls(TlsPolicy policy, List<ServedCert> places, TlsShared shared) {
    this.policy = policy;
    this.places = List.copyOf(places);
    this.shared = shared;
    this.table = CertTable.of(List.of(), Map.of());
  }

  /**
   * @param places the certificates, the default first; one or more
   * @param path key path in the configuration, for the problem
   * @throws ConfigException {@code F2302} the engine does not take a certificate or the policy
   */
  public static ServerTls of(
      TlsPolicy policy, List<ServedCert> places, TlsShared shared, String path)
      throws ConfigException {
    if (places.isEmpty()) throw new IllegalArgumentException("places: none (expected: >= 1)");
    ServerTls tls = new ServerTls(policy, places, shared);
    try {
      tls.build();
    } catch (SSLException | IllegalArgumentException unfit) {
      throw PemFiles.problem(
          NetCodes.BAD_PEM,
          path,
          "a certificate cannot be used: " + unfit.getMessage(),
          "use an EC or RSA key");
    }
    return tls;
  }

  /**
   * One certificate from files, for good.
   *
   * @see CertifiedKey#read
   */
  public static ServerTls fromFiles(
      Path chain,
      Path key,
      TlsVersion min,
      List<String> applicationProtocols,
      Instant now,
      String path)
      throws ConfigException {
    CertifiedKey cert = CertifiedKey.read(chain, key, now, path);
    return of(
        TlsPolicy.of(min, applicationProtocols),
        List.of(ServedCert.holding("files", cert)),
        TlsShared.create(Randomness.system()),
        path + "/cert");
  }

  /** The default certificate, for expiry alarms; empty while it is awaited. */
  public Optional<X509Certificate> certificate() {
    return places.getFirst().current().map(CertifiedKey::certificate);
  }

  /**
   * Shows what its places hold now, and encrypts tickets with the newest keys. Handshakes that
   * began keep what they have.
   *
   * @throws SSLException the engine does not take a certificate; everything stays as it was
   */
  public void refresh() throws SSLException {
    build();
  }

  /**
   * Puts TLS at the end of an accepted connection's pipeline. Its handshake completes with the
   * event of {@link SslHandler}; until then {@link #handshaking} holds.
   *
   * @param handshakeTimeoutMillis for the whole handshake
   */
  public void install(Channel channel, long handshakeTimeoutMillis) {
    channel.pipeline().addLast(HANDLER, new HelloHandler(this, handshakeTimeoutMillis));
  }

  /** Whether a connection is secured by TLS, agreed on or not yet. */
  public static boolean secures(Channel channel) {
    return channel.pipeline().get(SslHandler.class) != null
        || channel.pipeline().get(HelloHandler.class) != null;
  }

  /** Whether a connection is secured by TLS that is still being agreed on. */
  public static boolean handshaking(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    return tls == null
        ? channel.pipeline().get(HelloHandler.class) != null
        : !tls.handshakeFuture().isSuccess();
  }

  Choice choose(Greeting greeting) {
    Optional<SslContext> challenge = shared.challenges().answer(greeting);
    if (challenge.isPresent()) return new Choice.Challenged(challenge.get());
    List<String> offered = greeting.applicationProtocols();
    List<String> ours = policy.applicationProtocols();
    if (!offered.isEmpty() && !ours.isEmpty() && offered.stream().noneMatch(ours::contains)) {
      return new Choice.Refused(NO_APPLICATION_PROTOCOL, "no application protocol in common");
    }
    Optional<CertTable.Entry> entry = table.choose(greeting, policy.unknownName());
    if (entry.isEmpty()) {
      return new Choice.Refused(UNRECOGNIZED_NAME, "no certificate for the name asked for");
    }
    return new Choice.Shown(
        entry.get(),
        new TlsFacts(greeting.serverName(), entry.get().cert(), policy.clients().isPresent()));
  }

  private synchronized void build() throws SSLException {
    Map<CertifiedKey, SslContext> next = new HashMap<>();
    for (ServedCert place : places) {
      Optional<CertifiedKey> held = place.current();
      if (held.isEmpty()) continue;
      SslContext built = contexts.get(held.get());
      next.put(held.get(), built == null ? context(held.get()) : built);
    }
    for (SslContext context : next.values()) refreshTickets(context);
    CertTable shown = CertTable.of(places, next);
    contexts.clear();
    contexts.putAll(next);
    table = shown;
  }

  private SslContext context(CertifiedKey cert) throws SSLException {
    List<String> ciphers = new ArrayList<>(TlsPolicy.CIPHERS_OF_1_3);
    ciphers.addAll(policy.ciphers());
    SslContextBuilder builder =
        SslContextBuilder.forServer(cert.key(), cert.chain().toArray(X509Certificate[]::new))
            .sslProvider(TlsProvider.best())
            .protocols(policy.min().protocols())
            .ciphers(ciphers, SupportedCipherSuiteFilter.INSTANCE);
    if (!policy.applicationProtocols().isEmpty()) {
      builder.applicationProtocolConfig(alpn(policy.applicationProtocols()));
    }
    if (!policy.groups().isEmpty() && TlsProvider.best() == SslProvider.OPENSSL) {
      builder.option(OpenSslContextOption.GROUPS, policy.groups().toArray(String[]::new));
    }
    if (policy.clients().isPresent()) {
      ClientAuthority clients = policy.clients().get();
      builder
          .clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
          .trustManager(clients.trust());
    }
    SslContext context = builder.build();
    if (policy.clients().isPresent()
        && context.sessionContext() instanceof OpenSslSessionContext sessions) {
      // A resumed session would not be checked again: against the list of revoked ones, its dates.
      sessions.setSessionCacheEnabled(false);
    }
    return context;
  }

  private void refreshTickets(SslContext context) {
    if (policy.clients().isPresent()) return; // neither tickets nor a cache, see above
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setTicketKeys(shared.tickets().derived(policy.min() + " " + policy.ciphers()));
    }
  }

  static SslContext challengeContext(CertifiedKey proof) {
    try {
      return SslContextBuilder.forServer(proof.key(), proof.chain().toArray(X509Certificate[]::new))
          .sslProvider(TlsProvider.best())
          .protocols(TlsVersion.TLS_1_2.protocols())
          .applicationProtocolConfig(alpn(List.of(AlpnChallenges.PROTOCOL)))
          .build();
    } catch (SSLException unfit) {
      throw new IllegalStateException("a certificate of our own making cannot be used", unfit);
    }
  }

  private static ApplicationProtocolConfig alpn(List<String> names) {
    return new ApplicationProtocolConfig(
        ApplicationProtocolConfig.Protocol.ALPN,
        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
        names);
  }

  SslHandler handler(SslContext context, ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS_MAX);
    if (!policy.groups().isEmpty() && TlsProvider.best() == SslProvider.JDK) {
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setNamedGroups(policy.groups().toArray(String[]::new));
      handler.engine().setSSLParameters(parameters);
    }
    return handler;
  }
}
