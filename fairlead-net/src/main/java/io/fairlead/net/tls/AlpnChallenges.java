package io.fairlead.net.tls;

import io.netty.handler.ssl.SslContext;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers to whoever checks our right to a host by a TLS handshake (RFC 8737): for each host under
 * check a certificate that holds the proof. Thread-safe; holds as many as there are checks under
 * way.
 */
public final class AlpnChallenges {
  /** The application protocol of the check. */
  public static final String PROTOCOL = "acme-tls/1";

  private final Map<String, SslContext> answers = new ConcurrentHashMap<>();

  /** Shows {@code proof} to whoever checks {@code host}. */
  public void put(String host, CertifiedKey proof) {
    answers.put(host.toLowerCase(Locale.ROOT), ServerTls.challengeContext(proof));
  }

  public void remove(String host) {
    answers.remove(host.toLowerCase(Locale.ROOT));
  }

  Optional<SslContext> answer(Greeting greeting) {
    if (!greeting.applicationProtocols().contains(PROTOCOL)) return Optional.empty();
    return greeting.serverName().map(answers::get);
  }
}
