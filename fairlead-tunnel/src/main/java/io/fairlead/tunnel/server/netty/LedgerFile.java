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

  private final Path file;
  private final String run;
  private boolean mine;

  /**
   * @param run of this process, and of no other
   */
  LedgerFile(Path file, String run) {
    this.file = file;
    this.run = run;
  }

  /** What a former process wrote; nothing when that cannot be read. */
  List<LedgerLine> read() {
    List<LedgerLine> lines = new ArrayList<>();
    if (!Files.exists(file)) return lines;
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
    }
    return lines;
  }

  /** Blocks for the disk; a failure is logged, and the next write may do better. */
  void write(List<LedgerLine> lines) {
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
