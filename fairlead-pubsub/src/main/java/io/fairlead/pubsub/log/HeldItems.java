package io.fairlead.pubsub.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Heads and logs that came while a round of questions runs. Of heads the newest are kept: one that
 * does not fit the chain starts another round anyway. Of logs as many bytes as allowed; whoever
 * adds one too many drops them all and asks. Not thread-safe.
 */
final class HeldItems {
  /** A log as it was pushed. */
  record Log(ChainEntry entry, boolean removed) {}

  private static final int HEADS_MAX = 64;

  private final long bytesMax;
  private final Deque<BlockHeader> heads = new ArrayDeque<>();
  private final Queue<Log> logs = new ArrayDeque<>();
  private long bytes;

  HeldItems(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  long bytes() {
    return bytes;
  }

  void add(BlockHeader header) {
    if (heads.size() >= HEADS_MAX) heads.removeFirst();
    heads.add(header);
  }

  /** False when there is no room; nothing was added. */
  boolean add(ChainEntry entry, boolean removed) {
    if (bytes + entry.bytes() > bytesMax) return false;
    logs.add(new Log(entry, removed));
    bytes += entry.bytes();
    return true;
  }

  @Nullable BlockHeader nextHead() {
    return heads.poll();
  }

  @Nullable Log nextLog() {
    Log log = logs.poll();
    if (log != null) bytes -= log.entry().bytes();
    return log;
  }

  /** The logs, which are held no longer. */
  List<ChainEntry> dropLogs() {
    List<ChainEntry> dropped = logs.stream().map(Log::entry).toList();
    logs.clear();
    bytes = 0;
    return dropped;
  }

  void clear() {
    heads.clear();
    logs.clear();
    bytes = 0;
  }
}
