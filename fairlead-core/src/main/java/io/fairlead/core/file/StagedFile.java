package io.fairlead.core.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The next content of a file: on the disk under a temporary name beside it, waiting for its own.
 * Everything that may fail for want of space or rights has happened when {@link #write} returns;
 * what is left is one rename.
 *
 * <p>Belongs to one thread. Exactly one of {@link #publish} and {@link #discard} is called.
 */
public final class StagedFile {
  private static final String SUFFIX = ".staged";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final Path temporary;
  private final Path target;

  private StagedFile(Path temporary, Path target) {
    this.temporary = temporary;
    this.target = target;
  }

  /**
   * Writes and syncs the content of a file that only its owner may read, or of an existing file
   * whose permissions are kept, and its owner and group where this process may give it to them. A
   * symbolic link is followed: what it points to is replaced.
   *
   * @throws IOException it cannot be written; nothing is left behind
   */
  public static StagedFile write(Path target, byte[] content) throws IOException {
    Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    Path temporary = real.resolveSibling("." + real.getFileName() + SUFFIX);
    Files.deleteIfExists(temporary);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE))) {
      if (Files.exists(real)) takeAfter(temporary, real);
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) channel.write(bytes);
      channel.force(true);
    } catch (IOException | RuntimeException failure) {
      Files.deleteIfExists(temporary);
      throw failure;
    }
    return new StagedFile(temporary, real);
  }

  private static void takeAfter(Path made, Path model) throws IOException {
    PosixFileAttributes wanted = Files.readAttributes(model, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(made, PosixFileAttributeView.class);
    PosixFileAttributes has = view.readAttributes();
    try {
      if (!has.group().equals(wanted.group())) view.setGroup(wanted.group());
      if (!has.owner().equals(wanted.owner())) view.setOwner(wanted.owner());
    } catch (IOException _) {
      // Only root gives files away. Whoever may replace it may also own what is there then.
    }
    Files.setPosixFilePermissions(made, wanted.permissions());
  }

  /**
   * Gives it its name, and makes that durable.
   *
   * @throws IOException the folder went away or refuses the rename; the old file is as it was
   */
  public void publish() throws IOException {
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder = FileChannel.open(parent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  /** Removes what was written. */
  public void discard() {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException _) {
      // Left behind, it is removed by the next write of the same file, or by tidy.
    }
  }

  /**
   * Removes what a process that died between write and publish left in a folder.
   *
   * @throws IOException the folder cannot be read
   */
  public static void tidy(Path folder) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*" + SUFFIX)) {
      for (Path file : left) Files.deleteIfExists(file);
    }
  }

  private Path parent() {
    Path parent = target.getParent();
    return parent == null ? Path.of("/") : parent;
  }
}
