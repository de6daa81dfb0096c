package io.fairlead.app;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.lifecycle.StoreLock;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The directory this process keeps its state in: created private, held by a lock while we run. The
 * lock keeps a second gateway out; during an upgrade it changes hands before READY, and what is
 * written below the directory belongs to whoever holds it. Stores have locks of their own.
 */
final class StateDirectory implements HandOver {
  private final Path path;
  private final StoreLock lock;

  StateDirectory(Path path) {
    this.path = path;
    this.lock = new StoreLock(path);
  }

  @Override
  public String name() {
    return "state";
  }

  @Override
  public void start() throws StartException {
    try {
      if (!Files.isDirectory(path)) createPrivate(path);
    } catch (IOException failure) {
      throw new StartException(
          Reason.RESOURCE,
          "state directory " + path + ": " + failure.getMessage() + " (set runtime.state_dir)",
          failure);
    }
    if (!lock.take()) {
      throw new StartException(
          Reason.RESOURCE,
          "state directory " + path + " is in use by another gateway (set runtime.state_dir)");
    }
  }

  @Override
  public void release(Deadline deadline) {
    lock.close();
  }

  @Override
  public void reopen() throws StartException {
    start();
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    lock.close();
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
