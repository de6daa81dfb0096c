package io.fairlead.core.config;

/** The values of one record that has been read. */
public interface Values {
  <T> T get(Field<T> field);

  /** The name it stands under: the id of a named object, a key, or a list index. */
  String id();

  /** Its path as a JSON pointer; empty for the root. */
  String path();

  /** Where the field's value is written, or else where the record is named. */
  Problem.Place place(Field<?> field);

  /** Whether the key is in the file. */
  boolean written(Field<?> field);
}
