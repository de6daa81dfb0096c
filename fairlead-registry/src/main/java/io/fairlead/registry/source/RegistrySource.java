package io.fairlead.registry.source;

import io.fairlead.registry.model.Snapshot;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Where a list comes from. Thread-safe; at most one read at a time is asked for. */
public interface RegistrySource extends AutoCloseable {
  /** Name in configuration, entry ids, status and audit. */
  String name();

  /**
   * Reads the list at one consistent position. Completes with the whole list, or with a {@link
   * SourceException}; never with a part, and never with an empty list for what could not be read.
   */
  CompletionStage<Snapshot> read(ReadRequest request);

  /**
   * Tells when it may be worth looking again; what is told may be missed or repeated.
   *
   * @param hint cheap, any thread
   * @return closing it ends the telling
   */
  AutoCloseable onHint(Runnable hint);

  /**
   * How it stands beyond the last read, by snake_case name, for people; values are text, numbers,
   * booleans, lists or maps of these. Never blocks; any thread.
   */
  default Map<String, Object> details() {
    return Map.of();
  }

  /**
   * Accepts what the source itself holds for a person to decide.
   *
   * @param id as {@link #details} names it under {@code held}
   * @return whether it holds that
   */
  default boolean approve(String id) {
    return false;
  }

  /** Ends reads under way. Idempotent. */
  @Override
  void close();
}
