package io.fairlead.pubsub.log;

import java.util.List;

/**
 * Where a consumer stands: everything up to the last of these blocks was delivered. The blocks
 * before it are remembered with what was delivered of them, so that a reorg that happens while
 * nobody looks can still be told. Immutable.
 *
 * @param firstBlock where the subscription began; nothing below it was delivered
 * @param blocks ascending and linked, at least one
 */
public record Cursor(long firstBlock, List<Block> blocks) {
  /** One remembered block and what was delivered of it, ascending by index. */
  public record Block(long number, BlockHash hash, BlockHash parent, List<ChainEntry> delivered) {
    public Block {
      delivered = List.copyOf(delivered);
    }
  }

  public Cursor {
    blocks = List.copyOf(blocks);
    if (blocks.isEmpty()) throw new IllegalArgumentException("blocks: 0 (expected: >= 1)");
    for (int i = 1; i < blocks.size(); i++) {
      Block before = blocks.get(i - 1);
      Block block = blocks.get(i);
      if (block.number() != before.number() + 1 || !block.parent().equals(before.hash())) {
        throw new IllegalArgumentException(
            "block " + block.number() + ": (expected: the child of " + before.number() + ")");
      }
    }
  }

  /** The block up to which everything was delivered. */
  public BlockId upTo() {
    Block last = blocks.getLast();
    return new BlockId(last.number(), last.hash());
  }
}
