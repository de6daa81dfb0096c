package io.fairlead.relay;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.HostSettings.Security;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.host.ResourceSettings;
import io.fairlead.libp2p.host.ResourceSettings.Share;
import io.fairlead.libp2p.peers.ConnectionKeeper.Marks;
import io.fairlead.net.budget.MemoryLimit;
import io.netty.util.internal.PlatformDependent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the section {@code relay} is read, apart from finding relays and being one. */
final class RelayTypes {
  /** A multiaddr without relays in it. */
  static final ConfigType<Multiaddr> ADDRESS = address("a multiaddr such as /ip4/0.0.0.0/tcp/4001");

  /** One that ends with its peer. */
  static final ConfigType<Multiaddr> PEER_ADDRESS =
      Types.literal(
          RelayCodes.BAD_MULTIADDR,
          "a multiaddr that ends with its peer: /ip4/192.0.2.1/tcp/4001/p2p/12D3KooW…",
          Map.of("type", "string", "pattern", "^/.*/p2p/[^/]+$"),
          text ->
              parsed(text)
                  .filter(address -> address.peerId().isPresent())
                  .filter(address -> address.withoutPeer().isPresent()),
          Multiaddr::toString);

  private enum Mode {
    AUTO,
    PUBLIC,
    PRIVATE
  }

  private record IdentityKeys(Optional<Path> file) {
    static final IdentityKeys DEFAULTS = new IdentityKeys(Optional.empty());
  }

  private record ReachabilityKeys(Mode mode, boolean autonat) {}

  private static ConfigType<Multiaddr> address(String form) {
    return Types.literal(
        RelayCodes.BAD_MULTIADDR,
        form,
        Map.of("type", "string", "pattern", "^/"),
        text -> parsed(text),
        Multiaddr::toString);
  }

  private static Optional<Multiaddr> parsed(String text) {
    try {
      return Optional.of(Multiaddr.parse(text)).filter(address -> !address.relayed());
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  private static final RecordType<IdentityKeys> IDENTITY =
      RecordType.define(
          "RelayIdentity",
          "the key of this node",
          f -> {
            var file =
                f.key(
                        "file",
                        Types.path(),
                        "Where it is; made when it is not there. Default: identity.key in the state"
                            + " directory.")
                    .example("state/identity.key")
                    .optional();
            return v -> new IdentityKeys(v.get(file));
          });

  private static final RecordType<ResourceSettings> RESOURCES =
      RecordType.define(
          "RelayResources",
          "how much peers may take",
          f -> {
            var in =
                f.key("connections_in", Types.limit(), "Connections that peers opened.")
                    .orElse(Limit.atMost(2048));
            var out =
                f.key("connections_out", Types.limit(), "Connections that we opened.")
                    .orElse(Limit.atMost(4096));
            var streams =
                f.key("streams", Types.limit(), "Streams of all peers.")
                    .orElse(Limit.atMost(16_384));
            var peerConnections =
                f.key("peer_connections", Types.limit(), "Connections with one peer.")
                    .orElse(Limit.atMost(8));
            var peerStreams =
                f.key("peer_streams", Types.limit(), "Streams with one peer.")
                    .orElse(Limit.atMost(256));
            var memory =
                f.key(
                        "memory",
                        MemoryLimit.TYPE,
                        "What receive windows may take, and bytes that nobody reads: a share of"
                            + " direct memory, or a size. One peer has 128MiB of it at most.")
                    .orElse(new MemoryLimit.Share(0.25), "25%");
            return v -> {
              ResourceSettings usual = ResourceSettings.DEFAULTS;
              Limit ofPeer = v.get(peerConnections);
              return new ResourceSettings(
                  new Share(v.get(in), v.get(out), sum(v.get(in), v.get(out)), v.get(streams)),
                  new Share(ofPeer, ofPeer, ofPeer, v.get(peerStreams)),
                  usual.protocol(),
                  usual.protocolOfPeer(),
                  usual.connection(),
                  new ResourceSettings.Memory(
                      new ByteSize(v.get(memory).bytes(0, PlatformDependent.maxDirectMemory())),
                      usual.memory().peer()));
            };
          });

  private static Limit sum(Limit one, Limit other) {
    return one instanceof Limit.AtMost(long a) && other instanceof Limit.AtMost(long b)
        ? Limit.atMost(a + b)
        : Limit.OFF;
  }

  private static final RecordType<Marks> CONNECTIONS =
      RecordType.define(
          "RelayConnections",
          "when connections are trimmed",
          f -> {
            var low =
                f.key("low", Types.integer().between(0, 1_000_000), "Connections left by a trim.")
                    .orElse(160);
            var high =
                f.key(
                        "high",
                        Types.integer().between(1, 1_000_000),
                        "Connections above which there is a trim.")
                    .orElse(192);
            var grace =
                f.key("grace", Types.duration(), "How long a new peer is left alone.")
                    .orElse(Duration.ofSeconds(60));
            f.check(
                (v, checks) -> {
                  if (v.get(low) > v.get(high)) {
                    checks.error(
                        low,
                        Codes.UNFIT,
                        "`low` is above `high`",
                        "a trim goes from `high` down to `low`");
                  }
                });
            return v ->
                new Marks(
                    Math.min(v.get(low), v.get(high)),
                    v.get(high),
                    v.get(grace),
                    Marks.DEFAULTS.silence());
          });

  private static final RecordType<ReachabilityKeys> REACHABILITY =
      RecordType.define(
          "RelayReachability",
          "whether others can dial this node",
          f -> {
            var mode =
                f.key(
                        "mode",
                        Types.choice(Mode.class),
                        "auto = found out; public and private = known.")
                    .orElse(Mode.AUTO);
            var autonat =
                f.key("autonat", Types.bool(), "Asks other peers to dial back.").orElse(true);
            return v -> new ReachabilityKeys(v.get(mode), v.get(autonat));
          });

  private static final RecordType<Boolean> DCUTR =
      RecordType.define(
          "RelayDcutr",
          "direct connections in place of relayed ones",
          f -> {
            var enabled =
                f.key(
                        "enabled",
                        Types.bool(),
                        "Tries a direct connection with each peer that comes through a relay.")
                    .orElse(true);
            return v -> v.get(enabled);
          });

  static final RecordType<RelayConfig> SECTION =
      RecordType.define(
          "Relay",
          "this gateway as a libp2p node",
          f -> {
            var enabled = f.key("enabled", Types.bool(), "Off: only configured.").orElse(true);
            var identity =
                f.key("identity", IDENTITY, "Its Ed25519 key, which is its peer id.")
                    .reload(ReloadClass.RESTART)
                    .orElse(IdentityKeys.DEFAULTS);
            var listen =
                f.key(
                        "listen",
                        Types.listOf(ADDRESS),
                        "Where others can dial it: /ip4/…/tcp/…, with /ws for web sockets. None: it"
                            + " only dials.")
                    .reload(ReloadClass.LISTENER)
                    .example("[\"/ip4/0.0.0.0/tcp/4001\"]")
                    .orElse(List.of());
            var announce =
                f.key(
                        "announce",
                        Types.listOf(ADDRESS),
                        "Addresses it says, in place of those it finds out; those through relays"
                            + " are added all the same.")
                    .example("[\"/dns4/gw.example.org/tcp/4001\"]")
                    .orElse(List.of());
            var security =
                f.key(
                        "security",
                        Types.listOf(Types.choice(Security.class)),
                        "Ways to secure connections, the preferred one first.")
                    .reload(ReloadClass.RESTART)
                    .orElse(List.of(Security.NOISE, Security.TLS));
            var resources =
                f.key("resources", RESOURCES, "How much peers may take.")
                    .orElse(RESOURCES.defaults());
            var connections =
                f.key("connections", CONNECTIONS, "When connections are trimmed.")
                    .orElse(CONNECTIONS.defaults());
            var reachability =
                f.key("reachability", REACHABILITY, "Whether others can dial it.")
                    .orElse(REACHABILITY.defaults());
            var unsolicited =
                f.key(
                        "accept_unsolicited_stop",
                        Types.bool(),
                        "Takes circuits also from relays with which it holds no reservation.")
                    .reload(ReloadClass.RESTART)
                    .orElse(false);
            var auto =
                f.key("auto", AutoTypes.AUTO, "Finding relays.").orElse(AutoTypes.AUTO.defaults());
            var service =
                f.key("service", ServiceTypes.SERVICE, "Being a relay for others.")
                    .orElse(ServiceTypes.SERVICE.defaults());
            var dcutr =
                f.key("dcutr", DCUTR, "Direct connections in place of relayed ones.")
                    .orElse(DCUTR.defaults());
            var streams =
                f.key("streams", PeerStreamTypes.STREAMS, "Streams of its own over libp2p.")
                    .orElse(PeerStreamTypes.STREAMS.defaults());
            var asnTable =
                f.key(
                        "asn_table",
                        Types.path(),
                        "A file that tells the autonomous systems of addresses, for `per_asn` and"
                            + " `same_asn`: lines PREFIX ASN, or FIRST LAST ASN as in the lists of"
                            + " iptoasn.com. A reload reads it again where it changed.")
                    .example("/var/lib/fairlead/ip2asn-combined.tsv")
                    .optional();
            f.check(
                (v, checks) -> {
                  if (v.get(security).isEmpty()) {
                    checks.error(security, Codes.UNFIT, "no way is left", "write noise or tls");
                  }
                  boolean unreachable =
                      v.get(enabled)
                          && v.get(reachability).mode() == Mode.PRIVATE
                          && v.get(auto).enabled();
                  if (unreachable && !v.get(auto).wanted()) {
                    checks.warn(
                        auto,
                        RelayCodes.NO_CANDIDATES,
                        "nobody can dial this node, and nothing says where relays are",
                        "write auto: { static: […] } or auto: { registry: NAME }");
                  }
                });
            return v ->
                new RelayConfig(
                    v.get(enabled),
                    v.get(identity).file(),
                    v.get(listen),
                    v.get(announce),
                    v.get(security),
                    v.get(resources),
                    v.get(connections),
                    switch (v.get(reachability).mode()) {
                      case AUTO -> Optional.empty();
                      case PUBLIC -> Optional.of(Reachability.PUBLIC);
                      case PRIVATE -> Optional.of(Reachability.PRIVATE);
                    },
                    v.get(reachability).autonat(),
                    v.get(unsolicited),
                    v.get(auto),
                    v.get(service),
                    v.get(dcutr),
                    v.get(streams),
                    v.get(asnTable));
          });

  private RelayTypes() {}
}
