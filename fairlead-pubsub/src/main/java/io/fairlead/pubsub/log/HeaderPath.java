package io.fairlead.pubsub.log;

import java.util.List;

/** What makes headers a piece of one chain. */
final class HeaderPath {
  private HeaderPath() {}

  /** Exactly these numbers, both inclusive, in order. */
  static boolean covers(List<BlockHeader> headers, long from, long to) {
    if (headers.size() != to - from + 1) return false;
    for (int i = 0; i < headers.size(); i++) if (headers.get(i).number() != from + i) return false;
    return true;
  }

  /** Each is the child of the one before. */
  static boolean linked(List<BlockHeader> headers) {
    for (int i = 1; i < headers.size(); i++) {
      if (!headers.get(i).parent().equals(headers.get(i - 1).hash())) return false;
    }
    return true;
  }

  /** The head as what its block holds, where heads are followed. */
  static ChainEntry asEntry(BlockHeader header) {
    return new ChainEntry(header.number(), header.hash(), 0, header.json());
  }

  static int byPlace(ChainEntry one, ChainEntry other) {
    int byNumber = Long.compare(one.blockNumber(), other.blockNumber());
    return byNumber != 0 ? byNumber : Integer.compare(one.index(), other.index());
  }
}
