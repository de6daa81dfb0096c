package io.fairlead.pubsub;

import java.io.IOException;
import java.util.Optional;

/**
 * Remembers how far a log subscription came, over restarts. Called by one thread at a time per key.
 */
public interface CursorStore {
  /** Whose progress: the chain, and the filter. */
  record Key(long chainId, Hash genesis, Hash filter) {}

  /**
   * What was saved last; empty when nothing was.
   *
   * @throws IOException it cannot be read, or is not what was written
   */
  Optional<byte[]> load(Key key) throws IOException;

  /** Replaces what was saved; durable on return. */
  void save(Key key, byte[] state) throws IOException;

  /** The subscription that saved under this key is closed, and saves nothing more. */
  default void finished(Key key) {}
}
