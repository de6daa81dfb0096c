package io.fairlead.pubsub.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest blocks of the chain as the consumer knows it, ascending and linked by parent hash, and
 * beside them loose blocks: those of which entries were delivered before their header was seen.
 *
 * <p>Bounded in blocks and bytes: the oldest complete blocks are forgotten first. Not thread-safe.
 */
final class Ring {
  /** A remembered block. */
  static final class Block {
    final long number;
    final BlockHash hash;
    final BlockHash parent;
    final boolean mayHold;
    private TreeMap<Integer, ChainEntry> delivered = new TreeMap<>();
    private boolean complete;
    private boolean suspect;
    private boolean askedEmpty;
    private Cursor.@Nullable Block frozen;

    private Block(long number, BlockHash hash, BlockHash parent, boolean mayHold) {
      this.number = number;
      this.hash = hash;
      this.parent = parent;
      this.mayHold = mayHold;
    }

    boolean complete() {
      return complete;
    }

    boolean suspect() {
      return suspect;
    }

    boolean delivered(int index) {
      return delivered.containsKey(index);
    }

    /** Whether this is the first empty answer about it; the second one is believed. */
    boolean firstTimeEmpty() {
      boolean first = !askedEmpty;
      askedEmpty = true;
      return first;
    }

    int deliveredCount() {
      return delivered.size();
    }

    Collection<ChainEntry> newestFirst() {
      return List.copyOf(delivered.descendingMap().values());
    }

    private Cursor.Block freeze() {
      Cursor.Block block = frozen;
      if (block == null) {
        block = new Cursor.Block(number, hash, parent, List.copyOf(delivered.values()));
        frozen = block;
      }
      return block;
    }
  }

  private static final int LOOSE_MAX = 8;

  private final int blocksMax;
  private final long bytesMax;
  private final ArrayList<Block> chain = new ArrayList<>();
  private final Map<BlockHash, Block> loose = new HashMap<>();
  private final Map<BlockHash, Block> byHash = new HashMap<>();
  private long bytes;
  private long floor;

  /**
   * @param floor the number below which, and at which, everything counts as delivered
   */
  Ring(int blocksMax, long bytesMax, long floor) {
    this.blocksMax = blocksMax;
    this.bytesMax = bytesMax;
    this.floor = floor;
  }

  boolean isEmpty() {
    return chain.isEmpty();
  }

  int size() {
    return chain.size();
  }

  long bytes() {
    return bytes;
  }

  Block first() {
    return chain.getFirst();
  }

  Block tip() {
    return chain.getLast();
  }

  /** The block of that number on the remembered chain. */
  @Nullable Block at(long number) {
    if (chain.isEmpty()) return null;
    long index = number - first().number;
    return index < 0 || index >= chain.size() ? null : chain.get((int) index);
  }

  boolean onChain(BlockHash hash) {
    return byHash.containsKey(hash);
  }

  /** On the chain or loose. */
  @Nullable Block find(BlockHash hash) {
    Block block = byHash.get(hash);
    return block != null ? block : loose.get(hash);
  }

  /** The last number up to which every block is complete. */
  long completeUpTo() {
    long number = floor;
    for (Block block : chain) {
      if (!block.complete) return number;
      number = block.number;
    }
    return number;
  }

  /** Remembered blocks that are not complete, oldest first. */
  List<Block> incomplete() {
    return chain.stream().filter(block -> !block.complete).toList();
  }

  /** Begins anew with one complete block; loose blocks stay. */
  void reset(BlockHeader header) {
    clear(header.number() - 1);
    append(header, false).complete = true;
  }

  /** Forgets the chain; loose blocks stay. */
  void clear(long newFloor) {
    for (Block block : chain) forget(block);
    chain.clear();
    floor = newFloor;
  }

  /** Adds the child of the tip, with what was delivered of it while it was loose. */
  Block append(BlockHeader header, boolean mayHold) {
    if (!chain.isEmpty() && !header.extendsBlock(tip().number, tip().hash)) {
      throw new IllegalStateException("block " + header + " (expected: the child of the tip)");
    }
    if (chain.isEmpty()) floor = header.number() - 1;
    Block block = new Block(header.number(), header.hash(), header.parent(), mayHold);
    Block before = loose.remove(header.hash());
    if (before != null) {
      block.delivered = before.delivered;
      block.suspect = before.suspect;
    }
    chain.add(block);
    byHash.put(block.hash, block);
    return block;
  }

  /** Restores a block of a cursor; complete. */
  void restore(Cursor.Block saved) {
    Block block = new Block(saved.number(), saved.hash(), saved.parent(), true);
    if (chain.isEmpty()) floor = saved.number() - 1;
    chain.add(block);
    byHash.put(block.hash, block);
    for (ChainEntry entry : saved.delivered()) mark(block, entry);
    block.complete = true;
  }

  /** A block of which only a log is known; null when there are too many of them. */
  @Nullable Block loosen(long number, BlockHash hash) {
    if (loose.size() >= LOOSE_MAX) return null;
    Block block = new Block(number, hash, hash, true);
    loose.put(hash, block);
    return block;
  }

  boolean hasLoose() {
    return !loose.isEmpty();
  }

  /** Loose blocks up to a number, newest first. */
  List<Block> looseUpTo(long number) {
    return loose.values().stream()
        .filter(block -> block.number <= number)
        .sorted(Comparator.comparingLong((Block block) -> block.number).reversed())
        .toList();
  }

  void dropLoose(Block block) {
    if (loose.remove(block.hash) != null) forget(block);
  }

  /** Takes the newest block off the chain. */
  Block removeTip() {
    Block block = chain.removeLast();
    forget(block);
    return block;
  }

  void mark(Block block, ChainEntry entry) {
    if (block.delivered.put(entry.index(), entry) == null) bytes += entry.bytes();
    block.frozen = null;
  }

  @Nullable ChainEntry unmark(Block block, int index) {
    ChainEntry entry = block.delivered.remove(index);
    if (entry != null) bytes -= entry.bytes();
    block.frozen = null;
    return entry;
  }

  void complete(Block block) {
    block.complete = true;
    block.suspect = false;
  }

  void doubt(Block block) {
    block.complete = false;
    block.suspect = true;
  }

  /** Forgets old complete blocks beyond the bounds; how many for want of memory. */
  int trim() {
    int early = 0;
    int old = 0;
    long kept = bytes;
    while (chain.size() - old > 1 && chain.get(old).complete) {
      boolean tooMany = chain.size() - old > blocksMax;
      if (!tooMany && kept <= bytesMax) break;
      if (!tooMany) early++;
      for (ChainEntry entry : chain.get(old).delivered.values()) kept -= entry.bytes();
      old++;
    }
    if (old == 0) return 0;
    List<Block> forgotten = chain.subList(0, old);
    floor = forgotten.getLast().number;
    forgotten.forEach(this::forget);
    forgotten.clear();
    return early;
  }

  /** The complete part, oldest first; empty when the oldest block is not complete. */
  List<Cursor.Block> frozen() {
    List<Cursor.Block> blocks = new ArrayList<>();
    for (Block block : chain) {
      if (!block.complete) break;
      blocks.add(block.freeze());
    }
    return blocks;
  }

  private void forget(Block block) {
    byHash.remove(block.hash);
    for (ChainEntry entry : block.delivered.values()) bytes -= entry.bytes();
  }
}
