package io.fairlead.app.audit;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the audit file. Thread-safe: writers wait for each other and for the disk, so none of them
 * may be an event loop. A line that cannot be written is counted in {@code
 * fairlead_audit_failed_total} and told whole in the log; what of it reached the file is taken
 * back, so that the chain stays whole.
 *
 * <p>Bounds: a file that has reached its size becomes {@code NAME.1}, the one that had that name
 * {@code NAME.2} and so on; the oldest is removed. Up to {@value #EARLY_MAX} calls before the
 * start, while the process before this one still writes, wait for it. What is recorded after the
 * file was given away is told in the log only.
 */
public final class AuditFile implements HandOver, AuditTrail {
  private static final Logger log = LoggerFactory.getLogger(AuditFile.class);
  private static final int LINE_END = '\n';
  private static final int EARLY_MAX = 256;

  /** Recorded before the start. */
  private record Early(Instant at, String kind, List<? extends Map<String, ?>> lines) {}

  private final Optional<Path> file;
  private final long maxSize;
  private final int keep;
  private final Clock clock;
  private final Counter written;
  private final Counter failed;

  // Guarded by this.
  private @Nullable FileChannel channel;
  private long size;
  private long seq;
  private String prev = AuditLine.NO_LINE_BEFORE;
  private boolean released;
  private boolean begun;
  private final List<Early> early = new ArrayList<>();

  /**
   * @param stateDirectory exists once this starts
   */
  public AuditFile(AuditConfig config, Path stateDirectory, Clock clock, Meters meters) {
    this.file = config.file(stateDirectory);
    this.maxSize = config.maxSize();
    this.keep = config.keep();
    this.clock = clock;
    this.written = meters.counter("audit.lines", "Lines written to the audit file.");
    this.failed = meters.counter("audit.failed", "Lines that could not be written.");
  }

  @Override
  public String name() {
    return "audit";
  }

  /** Finds the end of the chain and cuts off a line that a crash left unfinished. */
  @Override
  public synchronized void start() throws StartException {
    if (file.isEmpty()) return;
    try {
      long torn = open(file.get());
      released = false;
      begun = true;
      if (torn > 0) record("audit.torn", Map.of("bytes", torn));
      for (Early each : early) recordAll(each.at(), each.kind(), each.lines());
      early.clear();
    } catch (IOException failure) {
      close();
      throw new StartException(
          Reason.RESOURCE,
          "audit file " + file.get() + ": " + failure + " (set logs.audit.file)",
          failure);
    }
  }

  @Override
  public void record(String kind, Map<String, ?> fields) {
    recordAll(kind, List.of(fields));
  }

  @Override
  public synchronized void recordAll(String kind, List<? extends Map<String, ?>> lines) {
    if (lines.isEmpty() || file.isEmpty()) return;
    if (channel != null) recordAll(clock.wall(), kind, lines);
    else if (!begun && early.size() < EARLY_MAX) early.add(new Early(clock.wall(), kind, lines));
    else if (released) {
      log.atInfo()
          .addKeyValue("kind", kind)
          .addKeyValue("lines", lines)
          .log("audit file is another process's: told here only");
    } else if (!begun) failed.increment(lines.size());
  }

  /** Guarded by this. */
  private void recordAll(Instant at, String kind, List<? extends Map<String, ?>> lines) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256 * lines.size());
    long last = seq;
    String hash = prev;
    for (Map<String, ?> fields : lines) {
      byte[] line = AuditLine.write(++last, at, kind, fields, hash);
      hash = AuditLine.hash(line);
      bytes.writeBytes(line);
      bytes.write(LINE_END);
    }
    if (!append(bytes.toByteArray(), kind, lines)) return;
    seq = last;
    prev = hash;
  }

  /** Closes the file; every line before is on the disk. */
  @Override
  public synchronized void release(Deadline deadline) {
    close();
    released = true;
  }

  @Override
  public void reopen() throws StartException {
    start();
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public synchronized void close() {
    if (channel == null) return;
    try {
      channel.close();
    } catch (IOException failure) {
      log.atWarn().addKeyValue("error", failure.toString()).log("audit file not closed");
    }
    channel = null;
  }

  /**
   * Whether the bytes are on the disk; guarded by this. A caller's interruption waits: it would
   * close the file under everybody.
   */
  private boolean append(byte[] bytes, String kind, List<? extends Map<String, ?>> lines) {
    if (channel == null) return false;
    boolean interrupted = Thread.interrupted();
    try {
      try {
        write(bytes);
      } catch (ClosedByInterruptException late) {
        interrupted |= Thread.interrupted();
        channel = create(file.orElseThrow());
        write(bytes); // from the same place
      }
      written.increment(lines.size());
      return true;
    } catch (IOException failure) {
      failed.increment(lines.size());
      log.atError()
          .addKeyValue("file", file.map(Path::toString).orElse("-"))
          .addKeyValue("error", failure.toString())
          .addKeyValue("kind", kind)
          .addKeyValue("lines", lines)
          .log("audit line lost");
      takeBack();
      return false;
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private void write(byte[] bytes) throws IOException {
    FileChannel open = channel;
    if (open == null) throw new ClosedChannelException();
    if (size > 0 && size + bytes.length > maxSize) open = rotate(open);
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    long at = size;
    while (rest.hasRemaining()) at += open.write(rest, at);
    open.force(false);
    size = at;
  }

  private void takeBack() {
    try {
      if (channel != null) channel.truncate(size);
    } catch (IOException failure) {
      // The next start cuts the same bytes off.
      log.atError().addKeyValue("error", failure.toString()).log("audit file not mended");
    }
  }

  private FileChannel rotate(FileChannel full) throws IOException {
    Path path = file.orElseThrow();
    Files.deleteIfExists(numbered(path, keep));
    for (int number = keep - 1; number >= 1; number--) {
      Path older = numbered(path, number);
      if (Files.exists(older)) move(older, numbered(path, number + 1));
    }
    // A rotation that stopped here for want of room has moved it already.
    if (Files.exists(path)) move(path, numbered(path, 1));
    FileChannel next = create(path);
    channel = next;
    size = 0;
    full.close();
    return next;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  static Path numbered(Path file, int number) {
    return file.resolveSibling(file.getFileName() + "." + number);
  }

  /** Returns how many bytes of an unfinished line were cut off. */
  private long open(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) Files.createDirectories(folder);
    FileChannel opened = create(path);
    channel = opened;
    long length = opened.size();
    AuditChain.Tail tail = AuditChain.tail(path);
    if (tail.length() < length) {
      opened.truncate(tail.length());
      opened.force(true);
    }
    size = tail.length();
    if (tail.link().isEmpty() && Files.exists(numbered(path, 1))) {
      tail = AuditChain.tail(numbered(path, 1)); // stopped between two files
    }
    seq = tail.link().map(AuditLine.Link::seq).orElse(0L);
    prev = tail.hash();
    return length - size;
  }

  private static FileChannel create(Path path) throws IOException {
    return FileChannel.open(
        path,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ),
        privateFile());
  }

  private static FileAttribute<?>[] privateFile() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
