package io.fairlead.libp2p.secure;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.3 in which both sides show a certificate that holds their identity; the multiplexer is
 * agreed by ALPN (RFC 7301). The native engine where it loads, else the JDK's. No name is sent and no session is resumed. Immutable; any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/tls/tls.md">libp2p TLS</a>
 */
public final class Tls implements SecureProtocol {
  public static final String ID = "/tls/1.0.0";

  /** ALPN: a multiplexer is negotiated afterwards. */
  static final String LATER = "libp2p";

  /** Longer than a ticket may live (RFC 8446 §4.6.1), so the JDK's engine gives none out. */
  private static final int NO_TICKETS_SECONDS = 8 * 24 * 3600;

  private final SslProvider engine;
  private final TlsIdentity identity;
  private final PeerTrust trust;
  private final Executor crypto;
  private final SecureMeters.Handshakes meters;

  /** What was made for the list of multiplexers last asked for: there is hardly ever another. */
  private final AtomicReference<@Nullable Contexts> contexts = new AtomicReference<>();

  private record Contexts(List<String> muxers, SslContext client, SslContext server) {}

  /**
   * @param node signs the key of the certificate, once
   * @param clock tells whether a peer's certificate holds now
   * @param crypto runs signatures and their checks; it is bounded, and a handshake it rejects fails
   */
  public Tls(
      PrivateKey node, Clock clock, Randomness randomness, Executor crypto, SecureMeters meters) {
    this(
        OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK,
        TlsIdentity.of(node, clock.wall(), randomness),
        clock,
        crypto,
        meters);
  }

  /** With a given engine. */
  Tls(
      SslProvider engine,
      TlsIdentity identity,
      Clock clock,
      Executor crypto,
      SecureMeters meters) {
    this.engine = engine;
    this.identity = identity;
    this.trust = new PeerTrust(clock);
    this.crypto = crypto;
    this.meters = meters.of("tls");
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public ChannelHandler client(@Nullable PeerId expected, List<String> muxers) {
    return new TlsHandler(true, contexts(muxers).client(), expected, crypto, meters);
  }

  @Override
  public ChannelHandler server(List<String> muxers) {
    return new TlsHandler(false, contexts(muxers).server(), null, crypto, meters);
  }

  private Contexts contexts(List<String> muxers) {
    Contexts made = contexts.get();
    if (made != null && made.muxers().equals(muxers)) return made;
    Contexts fresh =
        new Contexts(
            List.copyOf(muxers),
            context(
                SslContextBuilder.forClient()
                    .keyManager(identity.key(), identity.certificate())
                    .endpointIdentificationAlgorithm(null),
                muxers),
            context(
                SslContextBuilder.forServer(identity.key(), identity.certificate())
                    .clientAuth(ClientAuth.REQUIRE),
                muxers));
    contexts.set(fresh);
    return fresh;
  }

  private SslContext context(SslContextBuilder builder, List<String> muxers) {
    List<String> offered = new ArrayList<>(muxers);
    offered.add(LATER);
    try {
      SslContext context =
          builder
              .sslProvider(engine)
              .protocols("TLSv1.3")
              .trustManager(trust)
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      ApplicationProtocolConfig.Protocol.ALPN,
                      ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                      ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                      offered))
              .build();
      if (engine == SslProvider.JDK) {
        context.sessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
      }
      return context;
    } catch (SSLException impossible) {
      throw new IllegalStateException("TLS 1.3 with a P-256 certificate", impossible);
    }
  }
}
