package io.fairlead.libp2p.host;

import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers of a node's signed records: of two records peers keep the one with the higher number. It
 * is the wall clock in nanoseconds, or one more than the last where the clock stands still or goes
 * back.
 *
 * <p>With a file that holds over restarts, too. The file has a number that was not reached yet, ten
 * minutes ahead; it is written when that is passed, so a node that starts again after a crash
 * begins above all that it ever said. A file that cannot be read counts as none, one that cannot be
 * written is told once and the numbers go on. Thread-safe; may wait for the disk.
 */
public final class RecordSequence {
  private static final Logger log = LoggerFactory.getLogger(RecordSequence.class);
  private static final long AHEAD_NANOS = 600_000_000_000L;
  private static final int BYTES_MAX = 64;

  private final Path file;
  private final boolean kept;
  private final Object lock = new Object();
  private long last; // guarded by lock, as below
  private long written;
  private boolean told;

  private RecordSequence(Path file, boolean kept) {
    this.file = file;
    this.kept = kept;
    if (!kept) return;
    last = read(file);
    written = last;
  }

  /** Forgotten with the process. */
  public static RecordSequence forgotten() {
    return new RecordSequence(Path.of(""), false);
  }

  /**
   * Kept in a file.
   *
   * @param file is made when it is needed; its folder must be there
   */
  public static RecordSequence in(Path file) {
    return new RecordSequence(file, true);
  }

  /**
   * The next number.
   *
   * @param wallNanos nanoseconds of the wall clock since 1970
   */
  long next(long wallNanos) {
    synchronized (lock) {
      last = Math.max(last + 1, wallNanos);
      if (kept && last > written) write(last + AHEAD_NANOS);
      return last;
    }
  }

  private void write(long floor) {
    try {
      byte[] text = (floor + "\n").getBytes(StandardCharsets.US_ASCII);
      StagedFile.write(file, text).publish();
      written = floor;
    } catch (IOException failure) {
      if (!told) {
        log.atWarn()
            .addKeyValue("file", file)
            .addKeyValue("cause", failure.toString())
            .log("record sequence not kept");
      }
      told = true;
    }
  }

  private static long read(Path file) {
    try {
      byte[] content = Files.readAllBytes(file);
      if (content.length > BYTES_MAX) throw new NumberFormatException("too long");
      return Math.max(0, Long.parseLong(new String(content, StandardCharsets.US_ASCII).strip()));
    } catch (NoSuchFileException _) {
      return 0;
    } catch (IOException | NumberFormatException unreadable) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("cause", unreadable.toString())
          .log("record sequence not read");
      return 0;
    }
  }
}
