package io.fairlead.registry;

import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Fields;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import io.fairlead.registry.external.ExternalConfig;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.TargetRules;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One item under {@code registry.targets}.
 *
 * @param rules with this target's own rails not yet laid over the registry's
 * @param rails what the target says of rails
 */
public record TargetConfig(TargetRules rules, RailsDraft rails, TargetSettings settings) {
  static final ConfigType<TargetConfig> TYPE = Types.variants("kind", kinds());

  private static final int NAME_MAX = 64;

  /** The words under {@code policy}: the policies, and one that says more than a policy. */
  private enum PolicyWord {
    REPORT,
    PRUNE_ONLY,
    MIRROR,
    STRICT;

    Policy policy() {
      return switch (this) {
        case REPORT -> Policy.REPORT;
        case PRUNE_ONLY, STRICT -> Policy.PRUNE_ONLY;
        case MIRROR -> Policy.MIRROR;
      };
    }
  }

  /** The rules with the registry's rails below the target's own. */
  TargetRules rulesOver(RailsDraft shared) {
    return rules.with(rails.over(shared.over(RailsConfig.DEFAULTS)));
  }

  /** What naming a source where somebody proves who he is implies. */
  static TargetConfig implied(Use use, String source) {
    String kind = new TargetSettings.Members(use).kind();
    String name = kind + "-" + source;
    int roles =
        switch (use) {
          case PROXY_USERS, MQTT_CLIENTS -> Role.CLIENT.bit();
          case TUNNEL_CLIENTS -> Role.TUNNEL_CLIENT.bit();
          case RELAY_PEERS -> Role.ALL;
        };
    return new TargetConfig(
        TargetRules.of(
                name.length() > NAME_MAX ? name.substring(0, NAME_MAX) : name,
                source,
                Policy.MIRROR,
                roles)
            .with(TargetRules.FirstSync.AUTO),
        RailsDraft.TYPE.defaults(),
        new TargetSettings.Members(use));
  }

  /** The same, never applied. */
  TargetConfig dry() {
    return new TargetConfig(rules, rails.dry(), settings);
  }

  TargetConfig withoutMemory() {
    return new TargetConfig(rules, rails.withoutMemory(), settings);
  }

  private static Map<String, RecordType<? extends TargetConfig>> kinds() {
    Map<String, RecordType<? extends TargetConfig>> kinds = new LinkedHashMap<>();
    kinds.put(
        "proxy_users",
        target(
            "registry_proxy_users",
            "Who may use the proxy: entries by their key or account. An entry that leaves is cut"
                + " within a second on every data path.",
            Role.CLIENT.bit(),
            fields -> _ -> new TargetSettings.Members(Use.PROXY_USERS)));
    kinds.put(
        "mqtt_clients",
        target(
            "registry_mqtt_clients",
            "Who may connect to the broker: entries by their key or account. An entry that leaves"
                + " is disconnected within a second.",
            Role.CLIENT.bit(),
            fields -> _ -> new TargetSettings.Members(Use.MQTT_CLIENTS)));
    kinds.put(
        "tunnel_clients",
        target(
            "registry_tunnel_clients",
            "Which agents may open tunnels: entries by their key. An entry that leaves loses its"
                + " tunnels within a second.",
            Role.TUNNEL_CLIENT.bit(),
            fields -> _ -> new TargetSettings.Members(Use.TUNNEL_CLIENTS)));
    kinds.put(
        "relay_peers",
        target(
            "registry_relay_peers",
            "Which peers our relay serves: entries by their peer id. An entry that leaves loses its"
                + " reservation and its circuits within a second.",
            Role.ALL,
            fields -> _ -> new TargetSettings.Members(Use.RELAY_PEERS)));
    kinds.put(
        "relay_candidates",
        target(
            "registry_relay_candidates",
            "Relays to choose from: entries by their key, with their addresses. One that leaves is"
                + " left in the same cycle.",
            Role.RELAY.bit(),
            fields -> _ -> new TargetSettings.Relays()));
    kinds.put(
        "upstream",
        target(
            "registry_upstream",
            "The endpoints of an upstream, as an overlay of what the configuration names.",
            Role.UPSTREAM.bit(),
            fields -> {
              Field<Reference> upstream = upstream(fields);
              return values -> new TargetSettings.Upstream(values.get(upstream).id());
            }));
    kinds.put(
        "subscribe",
        target(
            "registry_subscribe",
            "A dial list: the members of a named upstream; the local list is `registry.subscribe`.",
            Role.PROXY.bit(),
            fields -> {
              Field<Reference> upstream = upstream(fields);
              return values -> new TargetSettings.Subscribe(values.get(upstream).id());
            }));
    kinds.put(
        "external_config",
        target(
            "registry_external_config_target",
            "A list in the configuration file of another program: the file is edited, comments and"
                + " all else kept, and the program told to read it again.",
            Role.ALL,
            fields -> {
              Field<ExternalConfig> config = fields.flattened(ExternalConfig.TYPE);
              return values -> new TargetSettings.External(values.get(config));
            }));
    return kinds;
  }

  private static Field<Reference> upstream(Fields fields) {
    return fields
        .key("upstream", Types.reference("upstreams"), "The upstream whose members follow.")
        .example("app")
        .required();
  }

  /**
   * Declares a kind of target.
   *
   * @param roles bit mask when `roles` is left out
   * @param own declares the kind's own keys
   */
  static RecordType<TargetConfig> target(
      String name,
      String doc,
      int roles,
      Function<Fields, Function<Values, ? extends TargetSettings>> own) {
    return RecordType.define(
        name,
        doc,
        fields -> {
          BiFunction<Values, Integer, TargetRules> rules = rules(fields);
          Field<RailsDraft> rails =
              fields
                  .key("rails", RailsDraft.TYPE, "Rails of this target, over `registry.rails`.")
                  .orElse(RailsDraft.TYPE.defaults());
          Function<Values, ? extends TargetSettings> settings = own.apply(fields);
          return values ->
              new TargetConfig(
                  rules.apply(values, roles), values.get(rails), settings.apply(values));
        });
  }

  private static BiFunction<Values, Integer, TargetRules> rules(Fields fields) {
    Field<String> name =
        fields
            .key(
                "name",
                Types.string().matching("[a-z0-9_-]{1,64}", "a name of a-z, 0-9, _ and -"),
                "Name of the target, for status and audit.")
            .example("web")
            .required();
    Field<List<Reference>> sources =
        fields
            .key(
                "source",
                Types.listOf(Types.reference("registry.sources")).orSingle(),
                "The source it follows, or several put together by `combine`.")
            .example("main")
            .required();
    Field<TargetRules.Combine> combine =
        fields
            .key(
                "combine",
                Types.choice(TargetRules.Combine.class),
                "How several sources become one list: all of them, what all of them name, or the"
                    + " first that can be read.")
            .orElse(TargetRules.Combine.FIRST_HEALTHY);
    Field<Optional<List<Role>>> roles =
        fields
            .key(
                "roles",
                Types.listOf(Types.choice(Role.class)),
                "Entries with one of these roles count; by default the role that fits the kind.")
            .optional();
    Field<PolicyWord> policy =
        fields
            .key(
                "policy",
                Types.choice(PolicyWord.class),
                "report: tell the difference. prune_only: take away what is not listed. mirror:"
                    + " exactly what is listed. strict: prune_only with `on_unknown: exit` and"
                    + " `exit_order: check_first`.")
            .orElse(PolicyWord.REPORT);
    Field<TargetRules.OnUnknown> onUnknown =
        fields
            .key(
                "on_unknown",
                Types.choice(TargetRules.OnUnknown.class),
                "Under prune_only, when the list names what the target does not have: tell it,"
                    + " say nothing, hold every change, or end the gateway with exit code 6.")
            .orElse(TargetRules.OnUnknown.WARN);
    Field<TargetRules.ExitOrder> exitOrder =
        fields
            .key(
                "exit_order",
                Types.choice(TargetRules.ExitOrder.class),
                "With `on_unknown: exit`, whether it prunes before that. check_first: nothing is"
                    + " changed.")
            .orElse(TargetRules.ExitOrder.PRUNE_FIRST);
    Field<Optional<TargetRules.FirstSync>> firstSync =
        fields
            .key(
                "first_sync",
                Types.choice(TargetRules.FirstSync.class),
                "Whether the first plan ever goes on by itself; by default it waits for `approve`"
                    + " under mirror when it takes local lines away.")
            .optional();
    Field<TargetRules.Match> match =
        fields
            .key(
                "match",
                Types.choice(TargetRules.Match.class),
                "When a local line with several addresses is listed.")
            .orElse(TargetRules.Match.PER_ADDRESS);
    Field<TargetRules.Resolve> resolve =
        fields
            .key(
                "resolve",
                Types.choice(TargetRules.Resolve.class),
                "compare: a local name is listed, too, when the list names one of the addresses it"
                    + " leads to; looked up for comparing only, never written. An answer holds for"
                    + " its time to live, 5 s to 5 min; without one the last answer holds.")
            .orElse(TargetRules.Resolve.NEVER);
    Field<List<String>> pinned =
        fields
            .key(
                "pinned",
                Types.listOf(Types.string()),
                "Addresses, or ids of members, that stay whatever the list says.")
            .orElse(List.of());
    Field<List<String>> denied =
        fields
            .key(
                "denied",
                Types.listOf(Types.string()),
                "Addresses, or ids of members, that stay out whatever the list says.")
            .orElse(List.of());
    Field<Optional<Integer>> port =
        fields
            .key(
                "default_port",
                Types.integer().between(1, 65_535),
                "Port of local lines that are written without one.")
            .optional();
    Field<TargetRules.ColdStart> coldStart =
        fields
            .key(
                "cold_start",
                Types.choice(TargetRules.ColdStart.class),
                "Before the first read: the last good list, the same and wait up to 30 s for the"
                    + " read, the local list (open), or pinned lines only (closed). Without a last"
                    + " good list nobody is a member.")
            .orElse(TargetRules.ColdStart.LAST_GOOD);
    Field<TargetRules.Drains> drains =
        fields
            .key("drain", DrainTypes.DRAINS, "How long work of an entry that leaves may go on.")
            .orElse(DrainTypes.DRAINS.defaults());
    Field<Duration> splay =
        fields
            .key(
                "splay",
                Types.duration(),
                "Random delay before a process is told of a new list; revocations never wait.")
            .orElse(Duration.ZERO);
    fields.check(
        (values, checks) -> {
          OptionalInt number = optional(values.get(port));
          for (Field<List<String>> field : List.of(pinned, denied)) {
            for (String text : values.get(field)) {
              if (canonical(text, number).isPresent()) continue;
              checks.error(
                  field,
                  Codes.BAD_ADDRESS,
                  "`" + text + "` is neither an address nor an id",
                  "write host:port, or 0x and 64 hex digits");
            }
          }
        });
    return (values, defaultRoles) -> {
      OptionalInt number = optional(values.get(port));
      boolean strict = values.get(policy) == PolicyWord.STRICT;
      Policy chosen = values.get(policy).policy();
      return new TargetRules(
          values.get(name),
          values.get(sources).stream().map(Reference::id).toList(),
          values.get(combine),
          values.get(roles).map(Role::mask).orElse(defaultRoles),
          chosen,
          strict ? TargetRules.OnUnknown.EXIT : values.get(onUnknown),
          strict ? TargetRules.ExitOrder.CHECK_FIRST : values.get(exitOrder),
          values
              .get(firstSync)
              .orElse(
                  chosen == Policy.MIRROR
                      ? TargetRules.FirstSync.APPROVE
                      : TargetRules.FirstSync.AUTO),
          values.get(match),
          values.get(resolve),
          canonical(values.get(pinned), number),
          canonical(values.get(denied), number),
          number,
          values.get(coldStart),
          RailsConfig.DEFAULTS,
          values.get(drains),
          values.get(splay));
    };
  }

  private static OptionalInt optional(Optional<Integer> port) {
    return port.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private static Set<String> canonical(List<String> texts, OptionalInt port) {
    return texts.stream()
        .map(text -> canonical(text, port).orElseThrow())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Optional<String> canonical(String text, OptionalInt port) {
    if (text.matches("0x[0-9a-f]{64}")) return Optional.of(text);
    try {
      return Optional.of(
          AddressParser.ofOperator().withDefaultPort(port).node(text).stream()
              .map(Object::toString)
              .collect(Collectors.joining(",")));
    } catch (BadAddressException bad) {
      return Optional.empty();
    }
  }
}
