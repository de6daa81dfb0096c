package io.fairlead.pubsub.log;

import io.fairlead.pubsub.CursorStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Cursors that end with the process: for a subscription that is closed and opened again. */
public final class MemoryCursorStore implements CursorStore {
  private final Map<Key, byte[]> saved = new ConcurrentHashMap<>();

  @Override
  public Optional<byte[]> load(Key key) {
    return Optional.ofNullable(saved.get(key)).map(byte[]::clone);
  }

  @Override
  public void save(Key key, byte[] state) {
    saved.put(key, state.clone());
  }
}
