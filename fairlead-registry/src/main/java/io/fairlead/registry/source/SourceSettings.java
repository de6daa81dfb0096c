package io.fairlead.registry.source;

/** Settings of one source of any kind. */
public interface SourceSettings {
  /** The word under {@code type}. */
  String type();

  /** What every kind of source has. */
  SourceRules rules();

  /**
   * Whether names in its list may only resolve to public addresses; so it is for every list that
   * strangers write.
   */
  default boolean guarded() {
    return true;
  }
}
