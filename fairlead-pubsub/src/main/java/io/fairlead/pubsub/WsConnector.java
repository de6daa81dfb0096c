package io.fairlead.pubsub;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.netty.Wiring;
import io.fairlead.pubsub.netty.WsDial;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A node behind a WebSocket, in the clear or over TLS. */
public final class WsConnector implements Connector {
  private final EndpointUrl url;
  private final String alias;
  private final ConnectorAuth auth;
  private final Supplier<ClientTls> tls;
  private final boolean compression;

  private WsConnector(
      EndpointUrl url,
      String alias,
      ConnectorAuth auth,
      Supplier<ClientTls> tls,
      boolean compression) {
    this.url = url;
    this.alias = alias;
    this.auth = auth;
    this.tls = tls;
    this.compression = compression;
  }

  /**
   * @param url {@code ws:} or {@code wss:}; a user in it goes into the Authorization field
   * @throws IllegalArgumentException it is none
   */
  public static WsConnector of(String url) {
    return of(EndpointUrl.parse(url));
  }

  public static WsConnector of(EndpointUrl url) {
    if (!url.webSocket())
      throw new IllegalArgumentException("url: " + url + " (expected: ws or wss)");
    return new WsConnector(url, url.toString(), ConnectorAuth.NONE, ClientTls::systemTrust, false);
  }

  /** The same under another name in logs and reports. */
  public WsConnector alias(String next) {
    return new WsConnector(url, next, auth, tls, compression);
  }

  public WsConnector field(String name, Secret value) {
    return new WsConnector(url, alias, auth.field(name, value), tls, compression);
  }

  public WsConnector auth(ConnectorAuth next) {
    return new WsConnector(url, alias, next, tls, compression);
  }

  /** The same with other trust, or a certificate of our own. */
  public WsConnector tls(ClientTls next) {
    return new WsConnector(url, alias, auth, () -> next, compression);
  }

  /**
   * The same, with messages of the server compressed where it agrees (RFC 7692). The bound of a
   * message is that of what comes out.
   */
  public WsConnector compression(boolean next) {
    return new WsConnector(url, alias, auth, tls, next);
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
    return WsDial.open(wiring, url, auth, tls, compression);
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
