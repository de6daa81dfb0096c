package io.fairlead.http.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds and opens files below a root. Blocking: called on virtual threads only. Thread-safe. */
final class FileTree {
  /** What a path led to. */
  sealed interface Found {
    /**
     * An open file; whoever receives it closes the channel.
     *
     * @param name of the original, for its media type
     * @param coding of the content, when a precompressed sibling was taken
     */
    record File(
        FileChannel channel, long size, Instant modified, String name, Optional<Coding> coding)
        implements Found {}

    /** A directory asked for without its slash. */
    record Directory() implements Found {}

    /** A directory that may be listed. */
    record Listable(Path real, Path root, List<String> segments) implements Found {}

    /**
     * A directory's names, as they are sent.
     *
     * @param json else HTML
     */
    record Listed(byte[] page, boolean json) implements Found {}

    /** Nothing, or nothing that is shown. */
    record Nothing() implements Found {}

    /** There, but not readable for us. */
    record Unreadable() implements Found {}
  }

  private static final Found DIRECTORY = new Found.Directory();
  private static final Found NOTHING = new Found.Nothing();
  private static final Found UNREADABLE = new Found.Unreadable();

  private record Target(Path real, BasicFileAttributes attributes) {
    Instant modified() {
      return attributes.lastModifiedTime().toInstant();
    }
  }

  private final FilesConfig config;

  FileTree(FilesConfig config) {
    this.config = config;
  }

  /**
   * @param codings precompressed siblings to look for, best first
   * @throws IOException the file system failed in a way that is not the client's business
   */
  Found open(FilePath.Names names, List<Coding> codings) throws IOException {
    try {
      // The root is resolved each time: deployments swap a symbolic link there.
      Path root = config.root().toRealPath();
      Target target = resolve(root, names.segments());
      if (target == null) return NOTHING;
      if (target.attributes().isDirectory()) {
        return names.directory() ? index(root, names.segments(), codings) : DIRECTORY;
      }
      if (names.directory()) return NOTHING;
      return file(root, names.segments(), target, codings);
    } catch (AccessDeniedException denied) {
      return UNREADABLE;
    } catch (InvalidPathException notAName) {
      return NOTHING;
    }
  }

  private Found index(Path root, List<String> segments, List<Coding> codings) throws IOException {
    for (String name : config.index()) {
      List<String> candidate = new ArrayList<>(segments);
      candidate.add(name);
      Target target = resolve(root, candidate);
      if (target != null && target.attributes().isRegularFile()) {
        return file(root, candidate, target, codings);
      }
    }
    if (!config.browse()) return NOTHING;
    Target directory = resolve(root, segments);
    return directory == null ? NOTHING : new Found.Listable(directory.real(), root, segments);
  }

  /** What is in a directory, in no order; at most {@link Listing#MAX} names. */
  Listing list(Found.Listable directory) throws IOException {
    List<String> segments = directory.segments();
    List<Listing.Entry> entries = new ArrayList<>();
    boolean more = false;
    try (DirectoryStream<Path> names = Files.newDirectoryStream(directory.real())) {
      for (Path each : names) {
        Path fileName = each.getFileName();
        if (fileName == null || !FilePath.shown(fileName.toString(), config.hide())) continue;
        List<String> below = new ArrayList<>(segments);
        below.add(fileName.toString());
        Target target = resolve(directory.root(), below);
        boolean listed =
            target != null
                && (target.attributes().isDirectory() || target.attributes().isRegularFile());
        if (target == null || !listed) continue;
        if (entries.size() == Listing.MAX) {
          more = true;
          break;
        }
        boolean isDirectory = target.attributes().isDirectory();
        long size = isDirectory ? 0 : target.attributes().size();
        entries.add(new Listing.Entry(fileName.toString(), isDirectory, size, target.modified()));
      }
    } catch (DirectoryIteratorException failure) {
      throw failure.getCause();
    }
    String path = segments.isEmpty() ? "/" : "/" + String.join("/", segments) + "/";
    return new Listing(path, entries, more);
  }

  private Found file(Path root, List<String> segments, Target original, List<Coding> codings)
      throws IOException {
    // A pipe or device could block or never end.
    if (!original.attributes().isRegularFile()) return NOTHING;
    String name = segments.getLast();
    for (Coding coding : codings) {
      List<String> sibling = new ArrayList<>(segments);
      sibling.set(sibling.size() - 1, name + coding.suffix());
      Target target = resolve(root, sibling);
      boolean fresh =
          target != null
              && target.attributes().isRegularFile()
              && !target.modified().isBefore(original.modified());
      if (target != null && fresh) {
        return opened(root, sibling, target, name, Optional.of(coding));
      }
    }
    return opened(root, segments, original, name, Optional.empty());
  }

  private Found opened(
      Path root, List<String> segments, Target target, String name, Optional<Coding> coding)
      throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(target.real(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return NOTHING;
    }
    boolean handedOver = false;
    try {
      // Looked up again: a directory on the way may have become a link since.
      Target again = resolve(root, segments);
      if (again == null || !again.real().equals(target.real())) return NOTHING;
      Found file = new Found.File(channel, channel.size(), again.modified(), name, coding);
      handedOver = true;
      return file;
    } finally {
      if (!handedOver) channel.close();
    }
  }

  /** The real file, or null when there is none or the rule on links hides it. */
  private @Nullable Target resolve(Path root, List<String> segments) throws IOException {
    Path wanted = root;
    for (String segment : segments) wanted = wanted.resolve(segment);
    Path real;
    BasicFileAttributes attributes;
    try {
      real = wanted.toRealPath();
      attributes = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (AccessDeniedException denied) {
      throw denied;
    } catch (FileSystemException absent) {
      return null; // no such file, not a directory, a loop of links, a name too long
    }
    boolean shown =
        switch (config.symlinks()) {
          case FOLLOW -> true;
          case WITHIN_ROOT -> real.startsWith(root);
          case NEVER -> real.equals(wanted);
        };
    return shown && !attributes.isSymbolicLink() ? new Target(real, attributes) : null;
  }
}
