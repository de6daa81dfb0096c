package io.fairlead.app.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.file.StagedFile;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.PubSubException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Logs that were told although the cursor did not pass them yet. Whoever goes on at the cursor
 * meets them again: they are not told twice then, and what is no longer on the chain is taken back.
 * At most {@value #LOGS_MAX}; older ones are forgotten, and may be told twice.
 *
 * <p>Kept in a file beside the cursor, written before each cursor is. Thread-safe.
 */
final class ToldLogs {
  static final int LOGS_MAX = 4_096;
  private static final String FILE = "told.jsonl";
  private static final Comparator<Log> PLACE =
      Comparator.comparingLong(Log::blockNumber).thenComparingLong(Log::logIndex);

  private record Key(String block, long index) {
    static Key of(Log log) {
      return new Key(log.blockHash().hex(), log.logIndex());
    }
  }

  private final Optional<Path> folder;
  // Both guarded by this.
  private final Map<Key, Log> told = new LinkedHashMap<>();
  private final Map<Key, Log> owed = new LinkedHashMap<>();

  /**
   * @param folder of the cursor; without one nothing outlives an attempt
   */
  ToldLogs(Optional<Path> folder) {
    this.folder = folder;
  }

  /** Reads what an earlier process told. Blocks. */
  synchronized void load() throws IOException {
    if (folder.isEmpty()) return;
    List<String> lines;
    try {
      lines = Files.readAllLines(folder.get().resolve(FILE));
    } catch (NoSuchFileException none) {
      return;
    }
    for (String line : lines) {
      try {
        Log log = JsonSlice.of(line).decode(Decoders.log());
        told.put(Key.of(log), log);
      } catch (PubSubException misfit) {
        throw new IOException(
            folder.get().resolve(FILE) + ": no log; remove it, and some may be told twice", misfit);
      }
    }
  }

  /**
   * A subscription begins anew behind this block, or with what comes next where there is none to go
   * on from.
   */
  synchronized void begin(Optional<Long> block) {
    owed.putAll(told);
    told.clear();
    if (block.isEmpty()) owed.clear();
    else owed.values().removeIf(each -> each.blockNumber() <= block.get());
  }

  /** Whether a log is to be told: it was not. */
  synchronized boolean news(Log log) {
    if (owed.remove(Key.of(log)) == null) return true;
    told(log);
    return false;
  }

  /** A log is safe with the broker. */
  synchronized void told(Log log) {
    told.put(Key.of(log), log);
    if (told.size() > LOGS_MAX) told.remove(told.keySet().iterator().next());
  }

  synchronized void removed(Log log) {
    told.remove(Key.of(log));
  }

  /** Nothing is known of these blocks: what was told of them stands. */
  synchronized void gap(LogEvent.Gap gap) {
    owed.values()
        .removeIf(
            each -> each.blockNumber() >= gap.fromBlock() && each.blockNumber() <= gap.toBlock());
  }

  /** Everything up to this block came; gives what was told and did not come, newest first. */
  synchronized List<Log> missing(long upTo) {
    if (owed.isEmpty()) return List.of();
    List<Log> missing =
        new ArrayList<>(owed.values().stream().filter(each -> each.blockNumber() <= upTo).toList());
    owed.values().removeAll(missing);
    missing.sort(PLACE.reversed());
    return missing;
  }

  /** Before a cursor at this block is stored. */
  synchronized void passed(long block) throws IOException {
    told.values().removeIf(each -> each.blockNumber() <= block);
    keep();
  }

  /** Writes it down; durable on return. */
  synchronized void keep() throws IOException {
    if (folder.isEmpty()) return;
    StringBuilder text = new StringBuilder();
    for (Log each : told.values()) text.append(each.raw()).append('\n');
    for (Log each : owed.values()) text.append(each.raw()).append('\n');
    Files.createDirectories(folder.get());
    StagedFile staged =
        StagedFile.write(folder.get().resolve(FILE), text.toString().getBytes(UTF_8));
    try {
      staged.publish();
    } catch (IOException failure) {
      staged.discard();
      throw failure;
    }
  }
}
