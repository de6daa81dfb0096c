package io.fairlead.tunnel;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Membership;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.tls.Certificates;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.tunnel.TunnelConfig.Admission;
import io.fairlead.tunnel.TunnelConfig.Allow;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.TokenRecord;
import io.fairlead.tunnel.server.netty.ServerTerms;
import io.fairlead.tunnel.session.Grants;
import io.fairlead.tunnel.session.Logins;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the server's configuration and its tokens into logins. Stateless. */
final class ServerPlan {
  private ServerPlan() {}

  static Logins logins(
      TunnelConfig.Server config,
      TokenStore tokens,
      Watch<Membership> membership,
      Entitlements entitlements)
      throws ConfigException {
    Optional<String> base = config.expose().url().map(url -> URI.create(url).getHost());
    Map<String, Logins.Account> accounts = new HashMap<>();
    List<Logins.Source> sources = new ArrayList<>();
    for (Admission each : config.agents().values()) {
      if (each.registry().isPresent()) {
        sources.add(
            new Logins.Source(each.registry().get(), grants(each.allow(), Optional.empty())));
        continue;
      }
      Grants grants = grants(each.allow(), own(each.name(), base));
      credential(each, tokens)
          .ifPresent(
              credential -> accounts.put(each.name(), new Logins.Account(credential, grants)));
    }
    for (TokenRecord token : tokens.all()) {
      if (token.revoked()) continue;
      Allow allow =
          new Allow(
              Allow.DEFAULTS.services(),
              token.hosts(),
              ranges(token.tcpPorts()),
              ranges(token.udpPorts()),
              Allow.DEFAULTS.bandwidth(),
              Allow.DEFAULTS.serviceBandwidth(),
              Allow.DEFAULTS.streams(),
              Allow.DEFAULTS.modes());
      accounts.putIfAbsent(
          token.name(),
          new Logins.Account(
              new Logins.Credential.Shared(token.secret()),
              grants(allow, own(token.name(), base))));
    }
    return new Logins(accounts, sources, membership, entitlements);
  }

  static ServerTerms terms(TunnelConfig.Server config, Logins logins, ServedCert cert) {
    TunnelConfig.Expose expose = config.expose();
    TunnelConfig.ServerLimits limits = config.limits();
    return new ServerTerms(
        logins,
        cert,
        config.channelBinding(),
        new ServerTerms.Exposed(
            expose.http().isPresent(),
            expose.url().map(URI::create),
            expose.bind(),
            expose.tcpPorts(),
            expose.udpPorts(),
            expose.https()),
        limits.carriers(),
        limits.carriersPerIp(),
        most(limits.agents()),
        most(limits.services()),
        most(limits.udpSessions()),
        limits.login(),
        limits.grace());
  }

  private static int most(Limit limit) {
    return switch (limit) {
      case Limit.Unlimited _ -> Integer.MAX_VALUE;
      case Limit.AtMost(long most) -> (int) Math.min(Integer.MAX_VALUE, most);
    };
  }

  /** The secret a configuration gives an agent. */
  static Optional<Binary> configured(TunnelConfig.Server config, String agent) {
    Admission found = config.agents().get(agent);
    if (found == null || found.token().isEmpty()) return Optional.empty();
    try {
      return Optional.of(JoinToken.parse(found.token().get().reveal()).secret());
    } catch (BadControlException checked) {
      return Optional.empty(); // the reader refused such a configuration
    }
  }

  private static Optional<Logins.Credential> credential(Admission each, TokenStore tokens)
      throws ConfigException {
    try {
      if (each.token().isPresent()) {
        Binary secret = JoinToken.parse(each.token().get().reveal()).secret();
        return tokens.isRevoked(secret)
            ? Optional.empty()
            : Optional.of(new Logins.Credential.Shared(secret));
      }
      if (each.publicKey().isPresent()) {
        return Optional.of(new Logins.Credential.Key(AgentKey.parse(each.publicKey().get())));
      }
      byte[] key =
          Certificates.read(
                  each.clientCert().orElseThrow(),
                  "/tunnels/server/agents/" + each.name() + "/client_cert")
              .getFirst()
              .getPublicKey()
              .getEncoded();
      return Optional.of(new Logins.Credential.Certificate(Binary.of(key)));
    } catch (BadControlException bad) {
      throw new ConfigException(
          Problem.error(
              TunnelCodes.BAD_CREDENTIAL.id(),
              "/tunnels/server/agents",
              Problem.Place.NOWHERE,
              each.name() + ": " + bad.getMessage(),
              ""));
    }
  }

  private static Optional<String> own(String agent, Optional<String> base) {
    return base.map(host -> agent + "." + host);
  }

  private static Grants grants(Allow allow, Optional<String> ownHost) {
    return new Grants(
        allow.services(),
        allow.httpHosts(),
        ownHost,
        allow.tcpPorts(),
        allow.udpPorts(),
        allow.bandwidth(),
        allow.serviceBandwidth(),
        switch (allow.streams()) {
          case Limit.Unlimited _ -> Long.MAX_VALUE;
          case Limit.AtMost(long most) -> most;
        },
        allow.modes());
  }

  private static List<PortRange> ranges(List<String> texts) {
    return texts.stream().flatMap(text -> PortRange.parse(text).stream()).toList();
  }
}
