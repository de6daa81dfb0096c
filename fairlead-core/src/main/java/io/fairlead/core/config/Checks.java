package io.fairlead.core.config;

/** Where a rule over several keys reports. Messages never contain a secret. */
public interface Checks {
  /** An error at the field's value, or where the record is named when it is not written. */
  void error(Field<?> field, Code code, String message, String hint);

  /** Advice at the field's value, or where the record is named when it is not written. */
  void warn(Field<?> field, Code code, String message, String hint);

  /** An error at a path of the document ({@link Values#path()} and what is below it). */
  void errorAt(String path, Code code, String message, String hint);

  /** Advice at a path of the document. */
  void warnAt(String path, Code code, String message, String hint);
}
