package io.fairlead.registry.action;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;

/** Whether only root and we ourselves can change a file. */
final class FileOwner {
  private FileOwner() {}

  /** Empty when that is so, else who else can. */
  static Optional<String> objection(Path file) {
    try {
      Path real = file.toRealPath();
      int owner = (Integer) Files.getAttribute(real, "unix:uid");
      int own = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (owner != 0 && owner != own) return Optional.of(file + " belongs to another user");
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(real);
      boolean open =
          permissions.contains(PosixFilePermission.GROUP_WRITE)
              || permissions.contains(PosixFilePermission.OTHERS_WRITE);
      return open
          ? Optional.of(file + " can be written by its group or by others")
          : Optional.empty();
    } catch (IOException | UnsupportedOperationException unknown) {
      return Optional.of(file + ": its owner cannot be told");
    }
  }
}
