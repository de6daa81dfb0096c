package io.fairlead.app.audit;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Section {@code logs.audit}.
 *
 * @param place where the lines go
 * @param maxSize bytes after which a new file is begun
 * @param keep files kept besides the one being written
 */
public record AuditConfig(Place place, long maxSize, int keep) {
  /** Where the audit file is. */
  public sealed interface Place {
    /** {@code audit.log} in the state directory. */
    record InStateDirectory() implements Place {}

    /** That file. */
    record At(Path file) implements Place {}

    /** Nowhere: nothing is recorded. */
    record Off() implements Place {}
  }

  private static final String AUTO = "auto";
  private static final String FILE_NAME = "audit.log";

  public static final RecordType<AuditConfig> TYPE =
      RecordType.define(
          "audit",
          "The audit file: who changed what, and which member lost its right. JSON lines, each with"
              + " the SHA-256 of the one before it.",
          ReloadClass.RESTART,
          fields -> {
            Field<Optional<Optional<Path>>> file =
                fields
                    .key(
                        "file",
                        Types.orWord(AUTO, Types.orOff(Types.path())),
                        "Where it is; auto is audit.log in the state directory, off keeps none.")
                    .orElse(Optional.empty());
            Field<ByteSize> maxSize =
                fields
                    .key(
                        "max_size",
                        Types.size().atLeast(ByteSize.ofKibi(4)).atMost(ByteSize.ofMebi(1024)),
                        "Size after which a new file is begun; the old one becomes audit.log.1.")
                    .orElse(ByteSize.ofMebi(16));
            Field<Integer> keep =
                fields
                    .key(
                        "keep",
                        Types.integer().between(1, 1000),
                        "Older files kept; the oldest goes first.")
                    .orElse(10);
            return values ->
                new AuditConfig(
                    place(values.get(file)), values.get(maxSize).bytes(), values.get(keep));
          });

  /** The file, or empty when there is none. */
  public Optional<Path> file(Path stateDirectory) {
    return switch (place) {
      case Place.InStateDirectory _ -> Optional.of(stateDirectory.resolve(FILE_NAME));
      case Place.At(Path file) -> Optional.of(file);
      case Place.Off _ -> Optional.empty();
    };
  }

  private static Place place(Optional<Optional<Path>> written) {
    if (written.isEmpty()) return new Place.InStateDirectory();
    return written.get().<Place>map(Place.At::new).orElseGet(Place.Off::new);
  }
}
