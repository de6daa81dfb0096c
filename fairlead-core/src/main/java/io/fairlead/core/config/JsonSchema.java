package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The JSON Schema (2020-12) of a definition, for editors. */
public final class JsonSchema {
  private static final String SUBSTITUTION = "substitution";

  private final Map<String, Object> definitions = new TreeMap<>();
  private final Map<String, RecordType<?>> owners = new LinkedHashMap<>();

  private JsonSchema() {}

  /**
   * The schema as JSON text.
   *
   * @throws IllegalStateException two different records have one name
   */
  public static String of(RecordType<?> root) {
    JsonSchema schema = new JsonSchema();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    document.put("title", root.name());
    document.putAll(schema.record(root, Optional.empty(), "", Optional.empty()));
    document.put("type", "object");
    schema.definitions.put(
        SUBSTITUTION,
        Tree.map(
            "type",
            "string",
            "pattern",
            "\\$\\{(env|file|cred):[^}]+\\}",
            "description",
            "A value from the environment, a file or a credential."));
    document.put("$defs", schema.definitions);
    return JsonText.write(document);
  }

  private Map<String, Object> record(
      RecordType<?> record, Optional<String> key, String word, Optional<ReloadClass> inherited) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<Object> required = new ArrayList<>();
    key.ifPresent(
        name -> {
          properties.put(
              name, Tree.map("const", word, "description", "Chooses this form: " + record.doc()));
          required.add(name);
        });
    Optional<ReloadClass> reload = record.reload().or(() -> inherited);
    for (Field<?> field : record.fields()) {
      properties.put(field.key(), property(field, reload));
      if (field.presence() == Field.Presence.REQUIRED) required.add(field.key());
    }
    record
        .renamed()
        .forEach(
            (oldName, newName) ->
                properties.put(
                    oldName,
                    Tree.map("deprecated", true, "description", "Now `" + newName + "`.")));
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("description", record.doc());
    // null: a key whose content is all commented out
    schema.put("type", required.isEmpty() ? Tree.list("object", "null") : "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) schema.put("required", required);
    schema.put("patternProperties", Map.of("^x-", Map.of()));
    schema.put("additionalProperties", false);
    return schema;
  }

  private Map<String, Object> property(Field<?> field, Optional<ReloadClass> inherited) {
    Optional<ReloadClass> reload = field.reload().or(() -> inherited);
    Map<String, Object> schema = new LinkedHashMap<>(type(field.type(), reload));
    schema.put("description", field.doc());
    field.defaultTree().ifPresent(tree -> schema.put("default", Tree.redacted(tree)));
    field
        .example()
        .map(Tree::ofYaml)
        .ifPresent(tree -> schema.put("examples", List.of(Tree.redacted(tree))));
    if (!field.since().isEmpty()) schema.put("x-since", field.since());
    schema.put("x-reload", ReloadWords.of(reload));
    return schema;
  }

  private Map<String, Object> type(ConfigType<?> type, Optional<ReloadClass> reload) {
    return switch (type.shape()) {
      case Shape.Scalar scalar -> scalar(scalar);
      case Shape.Items items -> {
        Map<String, Object> list =
            new LinkedHashMap<>(
                Tree.map(
                    "type",
                    items.countMin() == 0 ? Tree.list("array", "null") : "array",
                    "items",
                    type(items.element(), reload)));
        if (items.countMin() > 0) list.put("minItems", (long) items.countMin());
        yield items.orSingle()
            ? Tree.map("anyOf", Tree.list(list, type(items.element(), reload)))
            : list;
      }
      case Shape.Named named -> {
        Map<String, Object> element = type(named.element(), reload);
        yield named.freeKeys()
            ? Tree.map("type", Tree.list("object", "null"), "additionalProperties", element)
            : Tree.map(
                "type",
                Tree.list("object", "null"),
                "patternProperties",
                Tree.map("^x-", Map.of(), "^(?!x-)" + MapType.ID_PATTERN + "$", element),
                "additionalProperties",
                false);
      }
      case Shape.Keys(RecordType<?> record) ->
          reference(record, Optional.empty(), record.name(), reload);
      case Shape.Variants variants -> {
        List<Object> forms = new ArrayList<>();
        variants
            .byName()
            .forEach(
                (word, record) ->
                    forms.add(reference(record, Optional.of(variants.key()), word, reload)));
        yield Tree.map("oneOf", forms);
      }
      case Shape.Alternatives alternatives -> {
        List<Object> forms = new ArrayList<>();
        alternatives.types().forEach(form -> forms.add(type(form, reload)));
        yield Tree.map("anyOf", forms);
      }
    };
  }

  private static Map<String, Object> scalar(Shape.Scalar scalar) {
    Map<String, Object> schema = scalar.schema();
    boolean anyText =
        "string".equals(schema.get("type"))
            && !schema.containsKey("pattern")
            && !schema.containsKey("enum");
    if (anyText || schema.containsKey("const")) return schema;
    return Tree.map("anyOf", Tree.list(schema, Tree.map("$ref", "#/$defs/" + SUBSTITUTION)));
  }

  private Map<String, Object> reference(
      RecordType<?> record, Optional<String> key, String word, Optional<ReloadClass> reload) {
    String base = record.name() + (key.isPresent() ? "-" + word : "");
    // A record that says nothing about reload takes it from where it stands.
    String name =
        record.reload().isEmpty() && reload.isPresent()
            ? base + "-" + ReloadWords.of(reload)
            : base;
    RecordType<?> owner = owners.putIfAbsent(name, record);
    if (owner == null) {
      definitions.put(name, record(record, key, word, reload));
    } else if (owner != record) {
      throw new IllegalStateException("record name: " + record.name() + " is used twice");
    }
    return Tree.map("$ref", "#/$defs/" + name);
  }
}
