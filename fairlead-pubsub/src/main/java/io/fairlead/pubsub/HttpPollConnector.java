package io.fairlead.pubsub;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.netty.HttpDial;
import io.fairlead.pubsub.netty.Wiring;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * A node behind HTTP, which cannot push: subscriptions to headers, logs and pending transactions
 * are kept alive by asking again and again.
 */
public final class HttpPollConnector implements Connector {
  /** How news are asked for. */
  public enum Kind {
    /** Block by block; gives the same promises as a push. */
    BLOCKS,
    /** With filters that the node keeps. */
    FILTERS,
    /** Not at all: subscribing fails. */
    OFF
  }

  private final EndpointUrl url;
  private final String alias;
  private final ConnectorAuth auth;
  private final Supplier<ClientTls> tls;
  private final Kind kind;
  private final Optional<Duration> interval;

  private HttpPollConnector(
      EndpointUrl url,
      String alias,
      ConnectorAuth auth,
      Supplier<ClientTls> tls,
      Kind kind,
      Optional<Duration> interval) {
    this.url = url;
    this.alias = alias;
    this.auth = auth;
    this.tls = tls;
    this.kind = kind;
    this.interval = interval;
  }

  /**
   * @param url {@code http:} or {@code https:}; a user in it goes into the Authorization field
   * @throws IllegalArgumentException it is none
   */
  public static HttpPollConnector of(String url) {
    return of(EndpointUrl.parse(url));
  }

  public static HttpPollConnector of(EndpointUrl url) {
    if (url.webSocket())
      throw new IllegalArgumentException("url: " + url + " (expected: http or https)");
    return new HttpPollConnector(
        url,
        url.toString(),
        ConnectorAuth.NONE,
        ClientTls::systemTrust,
        Kind.BLOCKS,
        Optional.empty());
  }

  /** The same under another name in logs and reports. */
  public HttpPollConnector alias(String next) {
    return new HttpPollConnector(url, next, auth, tls, kind, interval);
  }

  public HttpPollConnector field(String name, Secret value) {
    return new HttpPollConnector(url, alias, auth.field(name, value), tls, kind, interval);
  }

  public HttpPollConnector auth(ConnectorAuth next) {
    return new HttpPollConnector(url, alias, next, tls, kind, interval);
  }

  /** The same with other trust, or a certificate of our own. */
  public HttpPollConnector tls(ClientTls next) {
    return new HttpPollConnector(url, alias, auth, () -> next, kind, interval);
  }

  public HttpPollConnector kind(Kind next) {
    return new HttpPollConnector(url, alias, auth, tls, next, interval);
  }

  /** The same with a fixed pause between answers and questions, instead of one that adapts. */
  public HttpPollConnector interval(Duration next) {
    return new HttpPollConnector(url, alias, auth, tls, kind, Optional.of(next));
  }

  @Override
  public boolean isLocal() {
    return url.loopback();
  }

  @Override
  public CompletionStage<ConnectionHandle> connect() {
    return Wiring.alone(this::connect);
  }

  CompletionStage<ConnectionHandle> connect(Wiring wiring) {
    return HttpDial.open(wiring, url, auth, tls, kind, interval);
  }

  @Override
  public String alias() {
    return alias;
  }

  @Override
  public String toString() {
    return url.toString();
  }
}
