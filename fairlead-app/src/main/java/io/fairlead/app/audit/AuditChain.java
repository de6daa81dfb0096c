package io.fairlead.app.audit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks that no line of an audit file and its older files was changed, added or taken out. */
public final class AuditChain {
  /** A longer line is none of ours. */
  private static final int LINE_MAX = 16 * 1024 * 1024;

  /** What was found. */
  public sealed interface Verdict {
    /**
     * Every line follows the one before it.
     *
     * @param lines how many
     * @param firstSeq number of the oldest one; above 1 when older files are gone
     * @param tornBytes of a last line that is not finished
     */
    record Whole(List<Path> files, long lines, long firstSeq, long tornBytes) implements Verdict {
      public Whole {
        files = List.copyOf(files);
      }
    }

    /**
     * A line does not follow the one before it.
     *
     * @param line its number in that file, from 1
     * @param reason what is the matter with it
     */
    record Broken(Path file, long line, String reason) implements Verdict {}
  }

  /**
   * The end of one file.
   *
   * @param link of the last whole line, when it is one of ours
   * @param hash of the last whole line
   * @param length bytes up to the end of that line
   */
  record Tail(Optional<AuditLine.Link> link, String hash, long length) {}

  private AuditChain() {}

  /**
   * Reads {@code file} and the older ones beside it, oldest first.
   *
   * @throws IOException one cannot be read, or there is none
   */
  public static Verdict verify(Path file) throws IOException {
    List<Path> files = filesOf(file);
    if (files.isEmpty()) throw new NoSuchFileException(file.toString());
    long lines = 0;
    long firstSeq = 0;
    long seq = 0;
    String prev = AuditLine.NO_LINE_BEFORE;
    long torn = 0;
    for (Path each : files) {
      long number = 0;
      try (LineReader reader = new LineReader(each)) {
        for (byte @Nullable [] line = reader.next(); line != null; line = reader.next()) {
          number++;
          Optional<AuditLine.Link> link = AuditLine.link(line);
          if (link.isEmpty()) return new Verdict.Broken(each, number, "is not an audit line");
          boolean first = lines == 0;
          if (first) {
            firstSeq = link.get().seq();
            if (firstSeq > 1) prev = link.get().prev(); // the line before it is gone with its file
          } else if (link.get().seq() != seq + 1) {
            return new Verdict.Broken(
                each, number, "has seq " + link.get().seq() + " where " + (seq + 1) + " is due");
          }
          if (!link.get().prev().equals(prev)) {
            return new Verdict.Broken(
                each, number, "its prev is not the SHA-256 of the line before it");
          }
          seq = link.get().seq();
          prev = AuditLine.hash(line);
          lines++;
        }
        torn = reader.torn();
      }
      if (torn > 0 && !each.equals(files.getLast())) {
        return new Verdict.Broken(each, number + 1, "is not finished");
      }
    }
    return new Verdict.Whole(files, lines, firstSeq, torn);
  }

  /** The end of one file; of an empty or missing one, the beginning of a chain. */
  static Tail tail(Path file) throws IOException {
    if (!Files.exists(file)) return new Tail(Optional.empty(), AuditLine.NO_LINE_BEFORE, 0);
    byte[] last = new byte[0];
    long length = 0;
    try (LineReader reader = new LineReader(file)) {
      for (byte @Nullable [] line = reader.next(); line != null; line = reader.next()) {
        last = line;
        length += line.length + 1L;
      }
    }
    if (length == 0) return new Tail(Optional.empty(), AuditLine.NO_LINE_BEFORE, 0);
    Optional<AuditLine.Link> link = AuditLine.link(last);
    return new Tail(link.isPresent() ? link : lastLink(file), AuditLine.hash(last), length);
  }

  /** Of a file that ends in lines that are none of ours: they keep their place in the count. */
  private static Optional<AuditLine.Link> lastLink(Path file) throws IOException {
    AuditLine.Link link = new AuditLine.Link(0, AuditLine.NO_LINE_BEFORE);
    try (LineReader reader = new LineReader(file)) {
      for (byte @Nullable [] line = reader.next(); line != null; line = reader.next()) {
        long next = link.seq() + 1;
        link = AuditLine.link(line).orElse(new AuditLine.Link(next, AuditLine.NO_LINE_BEFORE));
      }
    }
    return Optional.of(link);
  }

  private static List<Path> filesOf(Path file) {
    List<Path> files = new ArrayList<>();
    int number = 1;
    while (Files.exists(AuditFile.numbered(file, number))) number++;
    for (int each = number - 1; each >= 1; each--) files.add(AuditFile.numbered(file, each));
    if (Files.exists(file)) files.add(file);
    return files;
  }

  /** Lines as bytes, without their ends; what follows the last end is torn. */
  private static final class LineReader implements AutoCloseable {
    private final InputStream in;
    private long torn;

    LineReader(Path file) throws IOException {
      in = new BufferedInputStream(Files.newInputStream(file), 64 * 1024);
    }

    byte @Nullable [] next() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream(256);
      for (int one = in.read(); one >= 0; one = in.read()) {
        if (one == '\n') return line.toByteArray();
        if (line.size() >= LINE_MAX) throw new IOException("a line of more than 16 MiB");
        line.write(one);
      }
      torn = line.size();
      return null;
    }

    long torn() {
      return torn;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
