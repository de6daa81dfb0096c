package io.fairlead.app.reload;

import java.util.Optional;

/**
 * What a process starts with.
 *
 * @param inputs what it was read from
 * @param degraded why it is not what the files say; empty when it is
 */
public record First<C>(Loaded<C> loaded, ConfigInputs inputs, Optional<String> degraded) {
  /** The number it runs under: that of the last run when it is the same, else the next one. */
  long generation(History history) {
    long last = history.lastNumber();
    Optional<HistoryRecord> newest = history.newest();
    boolean same =
        newest.isPresent()
            && newest.get().generation() == last
            && newest.get().result().good()
            && newest.get().hash().equals(loaded.reading().document().sha256())
            && newest.get().fingerprint().equals(loaded.fingerprint());
    return same ? last : last + 1;
  }
}
