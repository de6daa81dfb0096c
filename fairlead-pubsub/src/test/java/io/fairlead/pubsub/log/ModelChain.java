package io.fairlead.pubsub.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The truth that simulations compare with: a tree of blocks, one branch of which is canonical, and
 * every branch that was canonical before, so that a node may be asked as it was then.
 */
final class ModelChain {
  static final byte[] ADDRESS = "twenty bytes of text".getBytes(StandardCharsets.US_ASCII);
  static final BloomProbe PROBE = BloomProbe.of(List.of(List.of(ADDRESS)));

  record Block(BlockHeader header, List<ChainEntry> logs) {
    long number() {
      return header.number();
    }

    BlockHash hash() {
      return header.hash();
    }
  }

  private final RandomGenerator random;
  private final Map<BlockHash, Block> all = new HashMap<>();
  private List<Block> canonical;
  private long nextHash;
  private long highest;

  ModelChain(RandomGenerator random) {
    this.random = random;
    canonical = List.of(block(0, new BlockHash(0, 0, 0, 0), 0, false));
    all.put(canonical.getFirst().hash(), canonical.getFirst());
  }

  /** The canonical branch now, by number. Never changed: a later branch is another list. */
  List<Block> branch() {
    return canonical;
  }

  Block head() {
    return canonical.getLast();
  }

  long highest() {
    return highest;
  }

  Optional<Block> byHash(BlockHash hash) {
    return Optional.ofNullable(all.get(hash));
  }

  Block mine() {
    int logs = random.nextInt(3) == 0 ? 0 : random.nextInt(5);
    return mine(logs, logs > 0 || random.nextInt(8) == 0);
  }

  Block mine(int logs, boolean bloom) {
    Block parent = head();
    Block block = block(parent.number() + 1, parent.hash(), logs, bloom);
    all.put(block.hash(), block);
    List<Block> branch = new ArrayList<>(canonical);
    branch.add(block);
    canonical = List.copyOf(branch);
    highest = Math.max(highest, block.number());
    return block;
  }

  /** Takes blocks off the canonical branch; returns them, newest first. */
  List<Block> revert(int depth) {
    List<Block> gone = canonical.subList(canonical.size() - depth, canonical.size()).reversed();
    canonical = List.copyOf(canonical.subList(0, canonical.size() - depth));
    return List.copyOf(gone);
  }

  /** What a consumer that saw everything from a block on holds. */
  Map<String, ChainEntry> logsBetween(long from, long to) {
    Map<String, ChainEntry> logs = new HashMap<>();
    for (Block block : canonical) {
      if (block.number() < from || block.number() > to) continue;
      for (ChainEntry entry : block.logs()) logs.put(entry.toString(), entry);
    }
    return logs;
  }

  private Block block(long number, BlockHash parent, int logs, boolean bloomed) {
    long serial = ++nextHash;
    BlockHash hash = new BlockHash(serial * 0x9E3779B97F4A7C15L, number, serial, random.nextLong());
    byte[] bloom = new byte[256];
    if (bloomed) {
      for (int bit : BloomProbe.bits(ADDRESS)) bloom[255 - bit / 8] |= (byte) (1 << bit % 8);
    }
    List<ChainEntry> entries = new ArrayList<>();
    int index = 0;
    for (int i = 0; i < logs; i++) {
      index += 1 + random.nextInt(3);
      byte[] json =
          ("{\"n\":" + number + ",\"i\":" + index + ",\"s\":" + serial + "}")
              .getBytes(StandardCharsets.US_ASCII);
      entries.add(new ChainEntry(number, hash, index, json));
    }
    byte[] json = ("{\"head\":" + number + "}").getBytes(StandardCharsets.US_ASCII);
    return new Block(
        new BlockHeader(number, hash, parent, Bloom.of(bloom), json), List.copyOf(entries));
  }
}
