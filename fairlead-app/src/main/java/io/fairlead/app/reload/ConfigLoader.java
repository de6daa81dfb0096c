package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigLayer;
import io.fairlead.core.config.RecordType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads the configuration from where it lives. Called on the reloading thread; may block. */
public interface ConfigLoader<C> {
  /**
   * Reads it now.
   *
   * @param layers over the base, lowest first
   * @throws IOException the source cannot be read at all
   */
  Loaded<C> load(Base base, List<ConfigLayer> layers) throws IOException;

  /** What it reads. */
  RecordType<C> type();

  /** The file behind {@link Base.Own}; empty when the text was generated. */
  Optional<Path> file();
}
