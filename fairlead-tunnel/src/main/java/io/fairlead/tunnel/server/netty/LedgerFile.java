package io.fairlead.tunnel.server.netty;

import io.fairlead.core.file.StagedFile;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.LedgerLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where figures and ports of services outlive the process: a small file, written anew as a whole.
 * After an upgrade two processes know it for a while; from the successor's first word on it is the
 * successor's. Confined to the hub's thread.
 */
final class LedgerFile {
  private static final Logger log = LoggerFactory.getLogger(LedgerFile.class);

  private static final int ASIDE_MAX = 16;

  private final Path file;
  private final String run;
  private boolean mine;
  private boolean locked; // holds what could not be set aside

  /**
   * @param run of this process, and of no other
   */
  LedgerFile(Path file, String run) {
    this.file = file;
    this.run = run;
  }

  /** What a former process wrote, as far as it can be read; a damaged file is set aside. */
  List<LedgerLine> read() {
    if (!Files.exists(file)) return List.of();
    List<LedgerLine> lines = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        if (line.isBlank() || !LedgerLine.ownerOf(line).isEmpty()) continue;
        if (lines.size() >= Ledger.ENTRIES_MAX) break;
        lines.add(LedgerLine.ofLine(line));
      }
    } catch (IOException | BadControlException damaged) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("why", damaged.getMessage())
          .log("tunnel figures unreadable");
      setAside();
    }
    return lines;
  }

  /** What cannot be read is kept for whoever can: the next write replaces the file. */
  private void setAside() {
    for (int number = 1; number <= ASIDE_MAX; number++) {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + number);
      if (Files.exists(aside)) continue;
      try {
        Files.move(file, aside);
        log.atWarn().addKeyValue("file", aside).log("damaged tunnel figures set aside");
      } catch (IOException failure) {
        locked = true;
        log.atError()
            .addKeyValue("file", file)
            .addKeyValue("why", failure.getMessage())
            .log("damaged tunnel figures not set aside, figures are not written");
      }
      return;
    }
    locked = true;
    log.atError()
        .addKeyValue("file", file)
        .log("too many damaged tunnel figures kept, figures are not written");
  }

  /** Blocks for the disk; a failure is logged, and the next write may do better. */
  void write(List<LedgerLine> lines) {
    if (locked) return;
    try {
      if (mine && !run.equals(owner())) return; // a successor writes it now
      StringBuilder text = new StringBuilder(LedgerLine.owner(run)).append('\n');
      for (LedgerLine line : lines) text.append(line.toLine()).append('\n');
      StagedFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8)).publish();
      mine = true;
    } catch (IOException failure) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("why", failure.getMessage())
          .log("tunnel figures not written");
    }
  }

  private String owner() throws IOException {
    if (!Files.exists(file)) return run;
    try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      String first = reader.readLine();
      return first == null ? run : LedgerLine.ownerOf(first);
    }
  }
}
