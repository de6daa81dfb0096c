package io.fairlead.pubsub.log;

import io.fairlead.core.file.StagedFile;
import io.fairlead.pubsub.CursorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Cursors as files of one folder, which only the owner may read: {@code
 * <chain>-<genesis>-<filter>.cursor}, the hashes cut to 16 digits. A file is replaced whole, and
 * durable when {@link #save} returns. A file that is not what was written is refused, not ignored:
 * to begin anew would repeat or lose what the consumer has.
 *
 * <p>Thread-safe for different keys. A folder belongs to one process.
 */
public final class FileCursorStore implements CursorStore {
  private static final int SHORT = 2 + 16;

  private final Path folder;

  /**
   * @param folder made when the first cursor is saved
   */
  public FileCursorStore(Path folder) {
    this.folder = folder;
  }

  @Override
  public Optional<byte[]> load(Key key) throws IOException {
    Path file = file(key);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    try {
      CursorCodec.decode(bytes);
    } catch (CursorCodec.CorruptCursorException corrupt) {
      throw new IOException(
          file
              + ": "
              + corrupt.getMessage()
              + "; restore it, or remove it to begin anew at from_block",
          corrupt);
    }
    return Optional.of(bytes);
  }

  @Override
  public void save(Key key, byte[] state) throws IOException {
    Files.createDirectories(folder);
    StagedFile staged = StagedFile.write(file(key), state);
    try {
      staged.publish();
    } catch (IOException failure) {
      staged.discard();
      throw failure;
    }
  }

  private Path file(Key key) {
    return folder.resolve(
        key.chainId()
            + "-"
            + key.genesis().hex().substring(2, SHORT)
            + "-"
            + key.filter().hex().substring(2, SHORT)
            + ".cursor");
  }
}
