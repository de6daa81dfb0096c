package io.fairlead.registry.reconcile;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.model.Origin;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Policy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Plans and lines as JSON of our own files; trees only, nothing is mapped by reflection. */
final class PlanJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private PlanJson() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /**
   * Reads an object of our own.
   *
   * @throws IllegalArgumentException it is none
   */
  static ObjectNode read(byte[] json) {
    try {
      if (MAPPER.readTree(json) instanceof ObjectNode object) return object;
    } catch (JacksonException broken) {
      throw new IllegalArgumentException("not JSON: " + broken.getOriginalMessage(), broken);
    }
    throw new IllegalArgumentException("no JSON object");
  }

  static ArrayNode items(List<Item> items) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    items.forEach(item -> array.add(item(item)));
    return array;
  }

  static List<Item> items(JsonNode array) {
    List<Item> items = new ArrayList<>();
    for (JsonNode node : array) items.add(item(node));
    return items;
  }

  private static ObjectNode item(Item item) {
    ObjectNode node = object().put("text", item.text());
    ArrayNode keys = node.putArray("keys");
    item.keys().forEach(keys::add);
    item.entry().ifPresent(id -> node.put("source", id.source()).put("id", id.id()));
    if (item.standing() != Standing.ACTIVE) node.put("standing", item.standing().name());
    if (item.weight() != 1) node.put("weight", item.weight());
    if (!item.group().isEmpty()) node.put("group", item.group());
    item.publicKey().ifPresent(key -> node.put("key", key.hex()));
    item.user().ifPresent(user -> node.put("user", user));
    if (item.guarded()) node.put("guarded", true);
    return node;
  }

  private static Item item(JsonNode node) {
    return new Item(
        node.path("text").asString(),
        strings(node.path("keys")),
        entry(node),
        Standing.valueOf(node.path("standing").asString(Standing.ACTIVE.name())),
        node.path("weight").asInt(1),
        node.path("group").asString(""),
        text(node, "key").map(NodeKey::new),
        text(node, "user"),
        node.path("guarded").asBoolean(false));
  }

  static ObjectNode plan(Plan plan) {
    ObjectNode node = object();
    node.put("target", plan.target()).put("policy", plan.policy().name());
    node.put("source", plan.source()).put("position", plan.position());
    plan.tx().ifPresent(tx -> node.put("tx", tx));
    node.put("before", plan.beforeDigest());
    ArrayNode changes = node.putArray("changes");
    for (Change change : plan.changes()) {
      ObjectNode step = changes.addObject();
      step.put("op", change.op().name()).put("reason", change.reason().name());
      step.put("text", change.text());
      ArrayNode keys = step.putArray("keys");
      change.keys().forEach(keys::add);
      change.entry().ifPresent(id -> step.put("source", id.source()).put("id", id.id()));
      change.origin().ifPresent(origin -> step.set("origin", origin(origin)));
    }
    node.set("result", items(plan.result()));
    return node;
  }

  static Plan plan(JsonNode node) {
    List<Change> changes = new ArrayList<>();
    for (JsonNode step : node.path("changes")) {
      changes.add(
          new Change(
              Change.Op.valueOf(step.path("op").asString()),
              Change.Reason.valueOf(step.path("reason").asString()),
              strings(step.path("keys")),
              step.path("text").asString(),
              entry(step),
              step.has("origin") ? Optional.of(origin(step.path("origin"))) : Optional.empty()));
    }
    return new Plan(
        node.path("target").asString(),
        Policy.valueOf(node.path("policy").asString()),
        node.path("source").asString(),
        node.path("position").asString(),
        text(node, "tx"),
        node.path("before").asString(),
        changes,
        items(node.path("result")),
        List.of());
  }

  private static ObjectNode origin(Origin origin) {
    ObjectNode node = object();
    node.put("block", origin.block()).put("hash", origin.blockHash());
    node.put("at", origin.time().toString()).put("revision", origin.revision());
    origin.tx().ifPresent(tx -> node.put("tx", tx));
    origin.logIndex().ifPresent(index -> node.put("log_index", index));
    return node;
  }

  private static Origin origin(JsonNode node) {
    return new Origin(
        node.path("block").asLong(),
        node.path("hash").asString(),
        Instant.parse(node.path("at").asString()),
        node.path("revision").asLong(),
        text(node, "tx"),
        node.has("log_index")
            ? OptionalLong.of(node.path("log_index").asLong())
            : OptionalLong.empty());
  }

  private static Optional<EntryId> entry(JsonNode node) {
    return text(node, "source")
        .flatMap(source -> text(node, "id").map(id -> new EntryId(source, id)));
  }

  static Optional<String> text(JsonNode node, String name) {
    JsonNode child = node.path(name);
    return child.isString() ? Optional.of(child.asString()) : Optional.empty();
  }

  private static List<String> strings(JsonNode array) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : array) texts.add(each.asString());
    return texts;
  }
}
