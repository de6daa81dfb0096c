package io.fairlead.core.config;

import java.util.function.BiConsumer;

/** The keys of one record, while they are being declared. */
public interface Fields {
  /**
   * One key; finish with {@code required}, {@code orElse} or {@code optional}.
   *
   * @param key lower_snake_case
   * @param doc one or two sentences: what it does, and why the default is what it is
   */
  <T> FieldDraft<T> key(String key, ConfigType<T> type, String doc);

  /** The keys of {@code part} stand directly in this record, as if declared here. */
  <T> Field<T> flattened(RecordType<T> part);

  /** A rule over several keys; runs when all of them have been read. */
  void check(BiConsumer<Values, Checks> crossFieldCheck);

  /** {@code oldKey} still works and is answered with advice. */
  void renamed(String oldKey, String newKey);

  /** Exactly one of the optional keys is written. */
  void exactlyOneOf(Field<?>... fields);

  /** None or one of the optional keys is written. */
  void atMostOneOf(Field<?>... fields);
}
