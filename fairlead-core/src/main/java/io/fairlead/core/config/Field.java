package io.fairlead.core.config;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One declared key, and the handle to its value. Immutable. */
public final class Field<V> {
  /** Whether it must be written. */
  public enum Presence {
    REQUIRED,
    DEFAULTED,
    OPTIONAL
  }

  /** How a value comes about; the type of the written value may differ from {@code V}. */
  record Source<V>(
      Function<NodeAt, Optional<Parsed<V>>> read,
      Function<ReadContext, Optional<Parsed<V>>> absent,
      @Nullable Object defaultTree) {}

  record NodeAt(Node node, ReadContext context) {}

  /** What people read about it. */
  record About(String doc, Optional<ReloadClass> reload, Optional<String> example, String since) {}

  private final String key;
  private final ConfigType<?> type;
  private final Presence presence;
  private final About about;
  private final Source<V> source;

  Field(String key, ConfigType<?> type, Presence presence, About about, Source<V> source) {
    this.key = key;
    this.type = type;
    this.presence = presence;
    this.about = about;
    this.source = source;
  }

  /** Its name in the file; empty for a flattened part. */
  public String key() {
    return key;
  }

  /** The type of what is written. */
  public ConfigType<?> type() {
    return type;
  }

  public Presence presence() {
    return presence;
  }

  public String doc() {
    return about.doc();
  }

  /** Its own reload class, when it has one. */
  public Optional<ReloadClass> reload() {
    return about.reload();
  }

  public Optional<String> example() {
    return about.example();
  }

  /** The release that brought it; empty when it was there from the start. */
  public String since() {
    return about.since();
  }

  /** The default as a plain tree; empty when there is none to print. */
  Optional<Object> defaultTree() {
    return Optional.ofNullable(source.defaultTree());
  }

  Source<V> source() {
    return source;
  }

  @Override
  public String toString() {
    return key;
  }
}
