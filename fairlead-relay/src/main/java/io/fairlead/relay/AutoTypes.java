package io.fairlead.relay;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.Fields;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.relay.finder.FinderSettings;
import io.fairlead.relay.finder.FinderSettings.BackoffPolicy;
import io.fairlead.relay.finder.RelaySelection;
import io.fairlead.relay.finder.ScoredSelection;
import io.fairlead.relay.finder.ScoredSelection.Nearness;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How {@code relay.auto} is read. */
final class AutoTypes {
  private static final FinderSettings FINDER = FinderSettings.DEFAULTS;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private enum Strategy {
    SCORED,
    RANDOM
  }

  private static final RecordType<ScoredSelection> ODDS = odds();

  private static RecordType<ScoredSelection> odds() {
    ScoredSelection usual = ScoredSelection.DEFAULTS;
    return RecordType.define(
        "RelayOdds",
        "how relays are weighed",
        f -> {
          var latency = share(f, "latency", "Weight of a short way.", usual.latency());
          var reliability =
              share(
                  f,
                  "reliability",
                  "Weight of reservations that were given before.",
                  usual.reliability());
          var limits = share(f, "limits", "Weight of generous bounds.", usual.limits());
          var registry = share(f, "registry", "Weight of what the list says.", usual.standing());
          var prefix =
              share(
                  f,
                  "same_prefix",
                  "What counts of a relay in the /24 or /48 of another.",
                  usual.nearness().samePrefix());
          var network =
              share(
                  f,
                  "same_asn",
                  "What counts of a relay in the autonomous system of another, by `asn_table`.",
                  usual.nearness().sameNetwork());
          var operator =
              share(
                  f,
                  "same_operator",
                  "What counts of a relay of the operator of another.",
                  usual.nearness().sameOperator());
          var temperature =
              f.key(
                      "temperature",
                      Types.number().between(0.001, 100),
                      "How much chance there is: near 0 the best always wins.")
                  .orElse(usual.temperature());
          return v ->
              new ScoredSelection(
                  v.get(latency),
                  v.get(reliability),
                  v.get(limits),
                  v.get(registry),
                  v.get(temperature),
                  new Nearness(v.get(prefix), v.get(network), v.get(operator)));
        });
  }

  private static Field<Double> share(Fields f, String key, String doc, double usual) {
    return f.key(key, Types.number().between(0, 1), doc).orElse(usual);
  }

  private static final RecordType<RelayConfig.Quotas> QUOTAS =
      RecordType.define(
          "RelayQuotas",
          "how many relays each list gives",
          f -> {
            var named = quota(f, "static", "Of `static`: its first so many.");
            var registry = quota(f, "registry", "Of `registry`.");
            var connected = quota(f, "connected", "Of connected peers.");
            return v -> new RelayConfig.Quotas(v.get(named), v.get(registry), v.get(connected));
          });

  private static Field<Optional<Integer>> quota(Fields f, String key, String list) {
    return f.key(
            key,
            Types.orOff(Types.integer().between(1, 1000)),
            list + " Off: all that `max_candidates` has room for, what lists before leave.")
        .orElse(Optional.empty());
  }

  static final RecordType<RelayConfig.Auto> AUTO =
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
                        Types.listOf(RelayTypes.PEER_ADDRESS),
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
            var connected =
                f.key(
                        "connected",
                        Types.bool(),
                        "Peers this node is connected to are used as well, where they relay.")
                    .orElse(false);
            var quotas =
                f.key("quotas", QUOTAS, "How many relays each list may give of one search.")
                    .orElse(QUOTAS.defaults());
            var rebalance =
                f.key(
                        "rebalance",
                        Types.orOff(Types.duration().atLeast(MINUTE)),
                        "How often a better relay is looked for. One that is better three times in a"
                            + " row is reserved on, and the worst is let end; never one of"
                            + " `static`. Only with `strategy: scored`.")
                    .example("10m")
                    .orElse(Optional.empty());
            var odds =
                f.key("odds", ODDS, "What `strategy: scored` goes by.").orElse(ODDS.defaults());
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
                        v.get(strategy) == Strategy.SCORED ? v.get(odds) : RelaySelection.RANDOM,
                        v.get(rebalance).orElse(Duration.ZERO)),
                    v.get(relays),
                    v.get(registry),
                    v.get(connected),
                    v.get(quotas));
          });

  private AutoTypes() {}
}
