package io.fairlead.core.config;

import java.util.List;
import java.util.Map;

/** The structure of a type, for whoever walks a definition: schema, reference, explanation. */
public sealed interface Shape {
  /**
   * One scalar.
   *
   * @param schema its JSON Schema keywords
   * @param secret whether values never print
   */
  record Scalar(Map<String, Object> schema, boolean secret) implements Shape {}

  /** A list; with {@code orSingle} a lone element may stand without brackets. */
  record Items(ConfigType<?> element, boolean orSingle, int countMin) implements Shape {}

  /** Named objects, or with {@code freeKeys} any text as key. */
  record Named(ConfigType<?> element, boolean freeKeys) implements Shape {}

  /** The keys of a record. */
  record Keys(RecordType<?> record) implements Shape {}

  /** One of several records, told apart by the value of {@code key}. */
  record Variants(String key, Map<String, RecordType<?>> byName) implements Shape {}

  /** Any one of several forms. */
  record Alternatives(List<ConfigType<?>> types) implements Shape {}
}
