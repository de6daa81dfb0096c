package io.fairlead.app.accesslog;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that gives way: full or old, it becomes {@code NAME.1}, the one of that name {@code
 * NAME.2} and so on; the oldest goes. One that somebody moved or removed is begun anew, so that
 * programs which turn logs over need not tell us.
 */
final class FileSink implements LineSink {
  private final AccessLogConfig.Sink.ToFile config;
  private final Clock clock;
  private FileChannel channel;
  private @Nullable Object key;
  private long size;
  private Instant begun;

  /**
   * @throws IOException it cannot be opened for appending
   */
  FileSink(AccessLogConfig.Sink.ToFile config, Clock clock) throws IOException {
    this.config = config;
    this.clock = clock;
    Path folder = config.path().toAbsolutePath().getParent();
    if (folder != null) Files.createDirectories(folder);
    channel = open();
    BasicFileAttributes found = attributes();
    key = found.fileKey();
    size = channel.size();
    begun = size == 0 ? clock.wall() : found.creationTime().toInstant();
  }

  @Override
  public void write(byte[] lines, int length) throws IOException {
    boolean full = size > 0 && size + length > config.maxSize();
    if (full || age().compareTo(config.maxAge()) >= 0) turnOver();
    ByteBuffer rest = ByteBuffer.wrap(lines, 0, length);
    while (rest.hasRemaining()) size += channel.write(rest);
  }

  @Override
  public void look() throws IOException {
    try {
      if (Objects.equals(attributes().fileKey(), key)) return;
    } catch (NoSuchFileException removed) {
      // Begun anew below.
    }
    beginAnew();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException failure) {
      // Whatever was written is the system's.
    }
  }

  private Duration age() {
    return size == 0 ? Duration.ZERO : Duration.between(begun, clock.wall());
  }

  private void turnOver() throws IOException {
    Path path = config.path();
    Files.deleteIfExists(numbered(config.keep()));
    for (int number = config.keep() - 1; number >= 1; number--) {
      if (Files.exists(numbered(number))) move(numbered(number), numbered(number + 1));
    }
    if (Files.exists(path)) move(path, numbered(1));
    beginAnew();
  }

  private void beginAnew() throws IOException {
    FileChannel before = channel;
    channel = open();
    before.close();
    key = attributes().fileKey();
    size = channel.size();
    begun = clock.wall();
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path numbered(int number) {
    return config.path().resolveSibling(config.path().getFileName() + "." + number);
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(config.path(), BasicFileAttributes.class);
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(
        config.path(),
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
        readableByGroup());
  }

  private static FileAttribute<?>[] readableByGroup() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))
        }
        : new FileAttribute<?>[0];
  }
}
