package io.fairlead.registry.source;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A list that stands in the configuration. */
record StaticSettings(SourceRules rules, List<Entry> entries) implements SourceSettings {
  /** One entry as it is written, before it is checked. */
  private record Row(Map<String, Object> members) {}

  private static final RecordType<Row> ENTRY =
      RecordType.define(
          "registry_entry",
          "One entry of a list.",
          fields -> {
            Field<Optional<String>> id =
                fields
                    .key("id", Types.string(), "0x and 64 hex digits; derived when left out.")
                    .optional();
            Field<Optional<String>> operator =
                fields.key("operator", Types.string(), "Who may change it.").optional();
            Field<Optional<List<Role>>> roles =
                fields
                    .key(
                        "roles",
                        Types.listOf(Types.choice(Role.class)),
                        "What it may be used as; all when left out.")
                    .optional();
            Field<Status> status =
                fields
                    .key("status", Types.choice(Status.class), "Whether it may be used.")
                    .orElse(Status.ACTIVE);
            Field<List<String>> endpoints =
                fields
                    .key("endpoints", Types.listOf(Types.string()), "Where it is reached.")
                    .orElse(List.of());
            Field<Optional<String>> key =
                fields
                    .key(
                        "public_key", Types.string(), "Its Ed25519 key as peer id, 0xed01… or PEM.")
                    .optional();
            Field<String> group =
                fields.key("group", Types.string().orEmpty(), "Free text.").orElse("");
            Field<Integer> weight =
                fields
                    .key(
                        "weight",
                        Types.integer().between(0, Entry.WEIGHT_MAX),
                        "Its share of the work; 0 is 1.")
                    .orElse(1);
            Field<Long> validUntil =
                fields
                    .key(
                        "valid_until",
                        Types.longInteger().atLeast(0),
                        "Unix seconds after which it is not used; 0 for ever.")
                    .orElse(0L);
            Field<Optional<String>> user =
                fields
                    .key("user", Types.string(), "Account of a users file it stands for.")
                    .optional();
            return values -> {
              Map<String, Object> members = new LinkedHashMap<>();
              values.get(id).ifPresent(text -> members.put("id", text));
              values.get(operator).ifPresent(text -> members.put("operator", text));
              values
                  .get(roles)
                  .ifPresent(list -> members.put("roles", list.stream().map(Role::word).toList()));
              members.put("status", values.get(status).word());
              if (!values.get(endpoints).isEmpty()) {
                members.put("endpoints", values.get(endpoints));
              }
              values.get(key).ifPresent(text -> members.put("public_key", text));
              members.put("group", values.get(group));
              members.put("weight", values.get(weight));
              members.put("valid_until", values.get(validUntil));
              values.get(user).ifPresent(text -> members.put("user", text));
              return new Row(members);
            };
          });

  private static final ConfigType<Object> ITEM =
      Types.oneOf(
          "an endpoint, or an entry with `endpoints` or `public_key`", Types.string(), ENTRY);

  static final RecordType<StaticSettings> TYPE =
      RecordType.define(
          "registry_static_source",
          "A list that stands here, for tests and pins.",
          fields -> {
            Field<SourceRules> rules = fields.flattened(SourceRules.TYPE);
            Field<List<Object>> entries =
                fields
                    .key("entries", Types.listOf(ITEM), "Endpoints or entries.")
                    .example("[ \"10.0.0.11:8500\" ]")
                    .required();
            fields.check(
                (values, checks) -> {
                  EntryReader reader = read(values.get(entries));
                  for (String warning : reader.warnings()) {
                    checks.error(
                        entries, Codes.UNFIT, "an entry is not usable: " + warning, "mend it");
                  }
                });
            return values ->
                new StaticSettings(values.get(rules), read(values.get(entries)).entries());
          });

  private static EntryReader read(List<Object> items) {
    EntryReader reader = new EntryReader(AddressParser.ofOperator(), true);
    int index = 0;
    for (Object item : items)
      reader.item(item instanceof Row(var members) ? members : item, index++);
    return reader;
  }

  /** How such sources come in. */
  static final class Provider implements SourceProvider<StaticSettings> {
    @Override
    public String type() {
      return "static";
    }

    @Override
    public RecordType<StaticSettings> settings() {
      return TYPE;
    }

    @Override
    public RegistrySource open(StaticSettings settings, Clock clock) {
      return new StaticSource(settings, clock);
    }
  }

  /** The list, read. */
  private record StaticSource(StaticSettings settings, Clock clock) implements RegistrySource {
    @Override
    public String name() {
      return settings.rules().name();
    }

    @Override
    public CompletionStage<Snapshot> read(ReadRequest request) {
      String text = settings.entries().toString();
      return CompletableFuture.completedStage(
          new Snapshot(
              name(),
              new Position.Fixed(Snapshot.sha256(text.getBytes(StandardCharsets.UTF_8))),
              settings.entries(),
              0,
              List.of(),
              clock.wall()));
    }

    @Override
    public AutoCloseable onHint(Runnable hint) {
      return () -> {};
    }

    @Override
    public void close() {}
  }

  @Override
  public String type() {
    return "static";
  }

  @Override
  public boolean guarded() {
    return false; // the operator wrote it
  }
}
