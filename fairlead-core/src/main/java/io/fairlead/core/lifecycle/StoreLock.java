package io.fairlead.core.lifecycle;

import io.fairlead.core.lifecycle.StartException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right of one process to a store: an advisory lock on the file {@code lock} in its directory.
 * The kernel frees it when the process ends, however it ends. Not thread-safe.
 */
public final class StoreLock implements AutoCloseable {
  private final Path directory;
  private @Nullable FileChannel file;

  /**
   * @param directory must exist when the lock is taken
   */
  public StoreLock(Path directory) {
    this.directory = directory;
  }

  /**
   * Takes the lock; does nothing when this object holds it.
   *
   * @return false when somebody else holds it, in another process or in this one
   * @throws StartException the lock file cannot be opened
   */
  public boolean take() throws StartException {
    if (file != null) return true;
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (locked(channel)) {
        file = channel;
        return true;
      }
      channel.close();
      return false;
    } catch (IOException failure) {
      throw new StartException(
          Reason.RESOURCE, directory + ": cannot be locked: " + failure.getMessage(), failure);
    }
  }

  /** Gives the lock up; does nothing when it is not held. */
  @Override
  public void close() {
    FileChannel channel = file;
    file = null;
    if (channel == null) return;
    try {
      channel.close(); // with it the lock
    } catch (IOException _) {
      // The descriptor is gone all the same, and the lock with it.
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException _) {
      return false; // another gateway of this same JVM
    }
  }
}
