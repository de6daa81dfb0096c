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
import io.fairlead.relay.finder.FinderSettings;
import io.fairlead.relay.finder.FinderSettings.BackoffPolicy;
import io.fairlead.relay.finder.RelaySelection;
import io.fairlead.relay.finder.ScoredSelection;
import io.netty.util.internal.PlatformDependent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the section {@code relay} is read, apart from its service. */
final class RelayTypes {
  private static final FinderSettings FINDER = FinderSettings.DEFAULTS;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** A multiaddr without relays in it. */
  static final ConfigType<Multiaddr> ADDRESS = address("a multiaddr such as /ip4/0.0.0.0/tcp/4001");

  /** One that ends with its peer. */
  private static final ConfigType<Multiaddr> PEER_ADDRESS =
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

  private enum Strategy {
    SCORED,
    RANDOM
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

  private static final RecordType<RelayConfig.Auto> AUTO =
      RecordType.define(
          "RelayAuto",
          "finds relays while others cannot dial this node",
          f -> {
            var enabled = f.key("enabled", Types.bool(), "Off: none are looked for.").orElse(true);
            var numRelays =
                f.key("num_relays", Types.integer().between(0, 100), "Reservations to hold.")
                    .orElse(FINDER.numRelays());
            var min =
                f.key(
                        "min_candidates",
                        Types.integer().between(0, 1000),
                        "Candidates collected before the first reservation; of a fixed list no"
                            + " more than it has.")
                    .orElse(FINDER.minCandidates());
            var max =
                f.key("max_candidates", Types.integer().between(1, 1000), "Candidates kept.")
                    .orElse(FINDER.maxCandidates());
            var boot =
                f.key(
                        "boot_delay",
                        Types.duration(),
                        "After this from the start fewer candidates will do.")
                    .orElse(FINDER.bootDelay());
            var backoff =
                f.key(
                        "backoff",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "Longest time a relay that failed is left alone.")
                    .orElse(FINDER.backoff());
            var age =
                f.key(
                        "max_candidate_age",
                        Types.duration().atLeast(MINUTE),
                        "Older candidates are dropped.")
                    .orElse(FINDER.maxCandidateAge());
            var interval =
                f.key(
                        "min_interval",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "Between two looks at the lists.")
                    .orElse(FINDER.minInterval());
            var strategy =
                f.key(
                        "strategy",
                        Types.choice(Strategy.class),
                        "scored = nearer, more reliable and more generous relays are drawn more"
                            + " often; random = all alike.")
                    .orElse(Strategy.SCORED);
            var grace =
                f.key(
                        "reconnect_grace",
                        Types.duration(),
                        "How long a relay that was lost is tried first, and its addresses are still"
                            + " said; 0s for not at all.")
                    .orElse(FINDER.reconnectGrace());
            var policy =
                f.key(
                        "backoff_policy",
                        Types.choice(BackoffPolicy.class),
                        "graded = as long as the reason makes sensible; fixed = always `backoff`.")
                    .orElse(BackoffPolicy.GRADED);
            var relays =
                f.key(
                        "static",
                        Types.listOf(PEER_ADDRESS),
                        "Relays to use, each with its peer; dialled also where their addresses are"
                            + " private.")
                    .example("[\"/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…\"]")
                    .orElse(List.of());
            var registry =
                f.key(
                        "registry",
                        Types.reference("registry.sources"),
                        "The registry source whose entries with the role relay are used as well.")
                    .optional();
            return v ->
                new RelayConfig.Auto(
                    v.get(enabled),
                    new FinderSettings(
                        v.get(numRelays),
                        v.get(min),
                        v.get(max),
                        v.get(boot),
                        v.get(backoff),
                        v.get(age),
                        v.get(interval),
                        v.get(grace),
                        v.get(policy),
                        v.get(strategy) == Strategy.SCORED
                            ? ScoredSelection.DEFAULTS
                            : RelaySelection.RANDOM),
                    v.get(relays),
                    v.get(registry));
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
            var auto = f.key("auto", AUTO, "Finding relays.").orElse(AUTO.defaults());
            var service =
                f.key("service", ServiceTypes.SERVICE, "Being a relay for others.")
                    .orElse(ServiceTypes.SERVICE.defaults());
            var dcutr =
                f.key("dcutr", DCUTR, "Direct connections in place of relayed ones.")
                    .orElse(DCUTR.defaults());
            var streams =
                f.key("streams", PeerStreamTypes.STREAMS, "Streams of its own over libp2p.")
                    .orElse(PeerStreamTypes.STREAMS.defaults());
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
                    v.get(streams));
          });

  private RelayTypes() {}
}
