package io.fairlead.tunnel.carrier.netty;

import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.proof.Proof;
import io.fairlead.tunnel.session.Bond;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.3 of carriers. The JDK's engine, as only that tells the exporter (RFC 9266) that proofs are
 * bound to. Stateless.
 */
public final class CarrierTls {
  /** The agent serves: the other end opens streams. */
  public static final String AGENT = "fairlead-tunnel/1";

  /** Whoever dialled opens streams: a visitor of private services. */
  public static final String VISITOR = "fairlead-tunnel-visitor/1";

  /**
   * The handler's name in a pipeline, which may have another one of TLS below: that of a web
   * socket.
   */
  public static final String HANDLER = "carrier-tls";

  private static final List<String> CIPHERS =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private CarrierTls() {}

  /** What a server shows; it asks for a certificate, and takes any: the login looks at its key. */
  public static SslContext server(CertifiedKey cert) throws SSLException {
    return SslContextBuilder.forServer(cert.key(), cert.chain().toArray(X509Certificate[]::new))
        .sslProvider(SslProvider.JDK)
        .protocols("TLSv1.3")
        .ciphers(CIPHERS)
        .clientAuth(ClientAuth.OPTIONAL)
        .trustManager(new AnyClient())
        .applicationProtocolConfig(alpn(List.of(AGENT, VISITOR)))
        .build();
  }

  /** How a server is known. */
  public sealed interface Trust {
    /** By the hash of a key in its chain. */
    record Pinned(Binary pin) implements Trust {}

    /** By these authorities and its name; none: the system's. */
    record Named(List<X509Certificate> authorities) implements Trust {
      public Named {
        authorities = List.copyOf(authorities);
      }
    }
  }

  /** A certificate an agent shows. */
  public record Shown(PrivateKey key, List<X509Certificate> chain) {
    public Shown {
      chain = List.copyOf(chain);
    }
  }

  /** How a client knows the server, and what it shows. */
  public static SslContext client(Trust trust, Optional<Shown> shown, String protocol)
      throws SSLException {
    SslContextBuilder builder =
        trusting(trust)
            .protocols("TLSv1.3")
            .ciphers(CIPHERS)
            .applicationProtocolConfig(alpn(List.of(protocol)));
    shown.ifPresent(
        mine -> builder.keyManager(mine.key(), mine.chain().toArray(X509Certificate[]::new)));
    return builder.build();
  }

  /** The same for a web server that is spoken to instead: it may be older. */
  public static SslContext web(Trust trust, String protocol) throws SSLException {
    return trusting(trust)
        .protocols("TLSv1.3", "TLSv1.2")
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                List.of(protocol)))
        .build();
  }

  private static SslContextBuilder trusting(Trust trust) {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    switch (trust) {
      case Trust.Pinned(Binary pin) ->
          builder.trustManager(new PinnedServer(pin)).endpointIdentificationAlgorithm(null);
      case Trust.Named(List<X509Certificate> authorities) -> {
        builder.endpointIdentificationAlgorithm("HTTPS");
        if (!authorities.isEmpty()) {
          builder.trustManager(authorities.toArray(X509Certificate[]::new));
        }
      }
    }
    return builder;
  }

  private static ApplicationProtocolConfig alpn(List<String> names) {
    return new ApplicationProtocolConfig(
        ApplicationProtocolConfig.Protocol.ALPN,
        ApplicationProtocolConfig.SelectorFailureBehavior.FATAL_ALERT,
        ApplicationProtocolConfig.SelectedListenerFailureBehavior.FATAL_ALERT,
        names);
  }

  /**
   * The exporter both ends of a connection have in common and nobody else.
   *
   * @param bound no: 32 zero bytes, for connections that something in between terminates
   */
  public static Binary exporter(Channel channel, boolean bound) {
    if (!bound) return Binary.of(new byte[Proof.EXPORTER_BYTES]);
    SslHandler tls = handler(channel);
    if (tls == null || !(tls.engine().getSession() instanceof ExtendedSSLSession session)) {
      throw new IllegalStateException("not secured by TLS");
    }
    try {
      return Binary.of(
          session.exportKeyingMaterialData(
              "EXPORTER-Channel-Binding", new byte[0], Proof.EXPORTER_BYTES));
    } catch (SSLException e) {
      throw new IllegalStateException("no exporter", e);
    }
  }

  /** Adds a carrier's TLS behind what is there. The link above fills its records. */
  public static void install(Channel channel, SslHandler tls) {
    tls.setWrapDataSize(0);
    channel.pipeline().addLast("records", new WholeRecords()).addLast(HANDLER, tls);
  }

  private static @Nullable SslHandler handler(Channel channel) {
    return (SslHandler) channel.pipeline().get(HANDLER);
  }

  /** The SubjectPublicKeyInfo of the certificate the peer showed. */
  private static Optional<Binary> peerKey(Channel channel) {
    SslHandler tls = handler(channel);
    if (tls == null) return Optional.empty();
    try {
      Certificate[] chain = tls.engine().getSession().getPeerCertificates();
      return Optional.of(Binary.of(chain[0].getPublicKey().getEncoded()));
    } catch (SSLPeerUnverifiedException none) {
      return Optional.empty();
    }
  }

  /**
   * What a connection says of who is there.
   *
   * @param bound whether proofs count on its own TLS only
   */
  public static Bond bond(Channel channel, boolean bound) {
    return new Bond(exporter(channel, bound), peerKey(channel), Optional.empty());
  }

  /** SHA-256 of a certificate's SubjectPublicKeyInfo. */
  public static Binary pinOf(X509Certificate certificate) {
    try {
      return Binary.of(
          MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /**
   * The pin that lasts longest: an authority of its own, which signs certificate after certificate,
   * else the server's own key.
   */
  public static Binary pinOf(CertifiedKey cert) {
    X509Certificate last = cert.chain().getLast();
    boolean ownAuthority = last.getIssuerX500Principal().equals(last.getSubjectX500Principal());
    return pinOf(ownAuthority ? last : cert.certificate());
  }

  /** Whoever holds the certificate's key; who that is, the login says. */
  private static final class AnyClient extends Nobody {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      chain[0].checkValidity();
    }
  }

  /** A server of which one key is known, whatever its names and dates. */
  private static final class PinnedServer extends Nobody {
    private final Binary pin;

    PinnedServer(Binary pin) {
      this.pin = pin;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      for (int i = 0; i < chain.length; i++) {
        // Only who signed the one before stands behind it.
        if (i > 0 && !signed(chain[i], chain[i - 1])) break;
        if (pinOf(chain[i]).equals(pin)) return;
      }
      throw new CertificateException("not the server the token was made by");
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

  /** Trusts nobody. */
  private abstract static class Nobody extends X509ExtendedTrustManager implements TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("not here");
    }

    @Override
    public final X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
