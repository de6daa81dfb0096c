package io.fairlead.tunnel;

import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.TokenRecord;
import io.fairlead.tunnel.server.netty.AgentReport;
import io.fairlead.tunnel.server.netty.Exits;
import io.fairlead.tunnel.server.netty.ServerRoom;
import io.fairlead.tunnel.server.netty.ServerSurroundings;
import io.fairlead.tunnel.session.Logins;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes agents in and exposes their services. {@link #prepare} and its outcome belong to one owner;
 * everything else may be called by any thread, and tokens by any that may wait for a disk.
 */
public final class TunnelServer implements AutoCloseable {
  private final ServerSurroundings around;
  private final TokenStore tokens;
  private final ServerRoom room;
  private volatile TunnelConfig.Server config;
  private volatile ServedCert cert;

  private TunnelServer(
      ServerSurroundings around,
      TokenStore tokens,
      ServerRoom room,
      TunnelConfig.Server config,
      ServedCert cert) {
    this.around = around;
    this.tokens = tokens;
    this.room = room;
    this.config = config;
    this.cert = cert;
  }

  /**
   * A server with its first configuration; nothing listens before its face is shown.
   *
   * @param cert what agents see
   * @throws ConfigException a credential cannot be read, or the state directory
   */
  public static TunnelServer open(
      ServerSurroundings around, TunnelConfig.Server config, ServedCert cert)
      throws ConfigException {
    try {
      TokenStore tokens = TokenStore.open(around.stateDir().resolve("tunnel-tokens.jsonl"));
      Logins logins = ServerPlan.logins(config, tokens, around.membership(), around.entitlements());
      return new TunnelServer(
          around,
          tokens,
          ServerRoom.open(around, ServerPlan.terms(config, logins, cert)),
          config,
          cert);
    } catch (IOException unreadable) {
      throw new ConfigException(
          Problem.error(
              TunnelCodes.BAD_CREDENTIAL.id(),
              "/runtime/state_dir",
              Problem.Place.NOWHERE,
              "the tunnel tokens cannot be read: " + unreadable.getMessage(),
              "make " + around.stateDir() + " readable"));
    }
  }

  /** Another configuration; agents whose credentials went are cut when it is committed. */
  public Prepared prepare(TunnelConfig.Server next, ServedCert nextCert) throws ConfigException {
    Logins logins = ServerPlan.logins(next, tokens, around.membership(), around.entitlements());
    return new Prepared() {
      @Override
      public void commit() {
        config = next;
        cert = nextCert;
        room.settle(ServerPlan.terms(next, logins, nextCert));
      }

      @Override
      public void discard() {}
    };
  }

  /** What agents see. */
  public Face face() {
    return room.carriers();
  }

  /**
   * Answers agents that come over web sockets; where that is, {@link TunnelConfig.Server#socket}
   * says.
   *
   * @param source who counts as where it comes from
   */
  public void carrier(ServerExchange exchange, Optional<InetAddress> source) {
    room.door().handle(exchange, source.map(SourcePrefix::of));
  }

  /** Where TLS connections are told apart by the name they ask for. */
  public Face names() {
    return room.names();
  }

  /**
   * Answers a request for a host of an agent, and leaves others to {@code site}.
   *
   * @param bodyMax of a request
   */
  public void answer(ServerExchange exchange, RequestHandler site, Limit bodyMax) {
    room.sites().answer(exchange, site, bodyMax);
  }

  /**
   * Takes a stream of a libp2p peer whose key its connection has proved; on the stream's event
   * loop, before its first byte.
   *
   * @param peer id of the peer; only Ed25519 keys are agents'
   * @param protocol which of {@link io.fairlead.tunnel.carrier.netty.CarrierPeer}
   */
  public void peer(Channel stream, LiveConnection connection, String peer, String protocol) {
    try {
      room.peer(stream, connection, AgentKey.parse(peer), protocol);
    } catch (BadControlException otherKind) {
      connection.cut("key");
    }
  }

  /** Ways out through agents. */
  public Exits exits() {
    return room.exits();
  }

  public Revocable revocable() {
    return room.revocable();
  }

  /** Agents and what they offer, now. */
  public List<AgentReport> agents() {
    return room.agents();
  }

  /** Cuts an agent and all it carries; whether it was there. */
  public boolean cut(String agent, String reason) {
    return room.cut(agent, reason);
  }

  /** Streams open now. */
  public long streams() {
    return room.streams();
  }

  // ---- tokens -----------------------------------------------------------------------------

  /**
   * Makes a token for an agent; a former one of that name is good for nothing any more.
   *
   * @param hosts it may answer for, besides its own name
   * @throws IOException it cannot be remembered
   * @throws IllegalArgumentException the name is none, or there is no certificate yet
   */
  public JoinToken newToken(
      String name, List<String> hosts, List<String> tcpPorts, List<String> udpPorts)
      throws IOException {
    if (!Offer.isName(name)) throw new IllegalArgumentException("name: " + name);
    Binary secret = Binary.of(around.randomness().secureBytes(32));
    Optional<Binary> pin = room.pin(cert);
    if (pin.isEmpty()) throw new IllegalArgumentException("the certificate is still awaited");
    String now = around.clock().wall().toString();
    tokens.add(new TokenRecord(name, secret, now, hosts, tcpPorts, udpPorts, false));
    settleTokens();
    return new JoinToken(name, secret, pin.get());
  }

  /**
   * Revokes an agent's token, made here or configured, and cuts the agent.
   *
   * @param who for the audit trail
   * @return whether there was one
   */
  public boolean revokeToken(String name, String who) throws IOException {
    String now = around.clock().wall().toString();
    if (!tokens.revoke(name, ServerPlan.configured(config, name), now)) return false;
    settleTokens();
    boolean there = room.cut(name, "token_revoked");
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("agent", name);
    line.put("actor", who);
    line.put("cut", there ? 1 : 0);
    around.audit().record("tunnel.token_revoked", line);
    return true;
  }

  /** Tokens made here, without their secrets being for anybody's eyes. */
  public List<TokenRecord> tokens() {
    return tokens.all();
  }

  private void settleTokens() throws IOException {
    try {
      TunnelConfig.Server now = config;
      Logins logins = ServerPlan.logins(now, tokens, around.membership(), around.entitlements());
      room.settle(ServerPlan.terms(now, logins, cert));
    } catch (ConfigException unreadable) {
      throw new IOException(unreadable.getMessage(), unreadable);
    }
  }

  /** The base of names, as users write it. */
  public Optional<URI> url() {
    return config.expose().url().map(URI::create);
  }

  // ---- the end ----------------------------------------------------------------------------

  /** Asks agents to go elsewhere. */
  public void drain() {
    room.drain();
  }

  @Override
  public void close() {
    room.close();
  }
}
