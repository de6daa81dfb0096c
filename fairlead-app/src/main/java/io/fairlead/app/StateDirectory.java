package io.fairlead.app;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The directory this process keeps its state in: created private, held by a lock while we run. */
final class StateDirectory implements Service {
  private final Path path;
  private @Nullable FileChannel lockFile;
  private @Nullable FileLock lock;

  StateDirectory(Path path) {
    this.path = path;
  }

  @Override
  public String name() {
    return "state";
  }

  @Override
  public void start() throws StartException {
    try {
      if (!Files.isDirectory(path)) createPrivate(path);
      lockFile =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException _) {
      lock = null; // another gateway of this same JVM holds it
    } catch (IOException failure) {
      close();
      throw new StartException(
          Reason.RESOURCE,
          "state directory " + path + ": " + failure.getMessage() + " (set runtime.state_dir)",
          failure);
    }
    if (lock == null) {
      close();
      throw new StartException(
          Reason.RESOURCE,
          "state directory " + path + " is in use by another gateway (set runtime.state_dir)");
    }
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    try {
      if (lock != null) lock.release();
      if (lockFile != null) lockFile.close();
    } catch (IOException _) {
      // The process is ending or start already failed; the kernel releases the lock with it.
    }
    lock = null;
    lockFile = null;
  }

  private static void createPrivate(Path path) throws IOException {
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(path);
    }
  }
}
