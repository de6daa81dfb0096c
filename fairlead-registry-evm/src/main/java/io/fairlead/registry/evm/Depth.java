package io.fairlead.registry.evm;

/** How far below the head something must stand before it counts. */
sealed interface Depth {
  /** So many blocks; 0 counts at inclusion. */
  record Blocks(long count) implements Depth {}

  /** Not below the head at all: one block of the past. */
  record At(long number) implements Depth {}

  /** What the chain itself calls safe or final. */
  enum Tag implements Depth {
    SAFE,
    FINALIZED;

    String word() {
      return this == SAFE ? "safe" : "finalized";
    }
  }

  /** As it stands in configuration. */
  default String text() {
    return switch (this) {
      case Blocks(long count) -> Long.toString(count);
      case At(long number) -> "block " + number;
      case Tag tag -> tag.word();
    };
  }
}
