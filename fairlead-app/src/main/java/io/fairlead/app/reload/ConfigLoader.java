package io.fairlead.app.reload;

import java.io.IOException;

/** Reads the configuration from where it lives. Called on the reloading thread; may block. */
@FunctionalInterface
public interface ConfigLoader<C> {
  /**
   * Reads it now.
   *
   * @throws IOException the source cannot be read at all
   */
  Loaded<C> load() throws IOException;
}
