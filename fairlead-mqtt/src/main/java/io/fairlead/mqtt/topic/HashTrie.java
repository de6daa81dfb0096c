package io.fairlead.mqtt.topic;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A persistent hash array mapped trie: a set of leaves found by hash, of which every change makes a
 * new one and copies at most seven small arrays, however many leaves there are. The empty trie is
 * null and the trie of one leaf is that leaf, since most nodes of a topic tree have no or one
 * child.
 *
 * <p>Five bits of the hash choose the slot at each depth; leaves whose 32 bits are all the same lie
 * in one {@link Clash}. Immutable, hence for any thread.
 *
 * @see <a href="https://lampwww.epfl.ch/papers/idealhashtrees.pdf">P. Bagwell, Ideal Hash Trees</a>
 */
sealed interface HashTrie<E extends HashTrie.Leaf<E>> {
  int BITS = 5;

  /** What is kept. {@link #hash} never changes; the same key always has the same hash. */
  non-sealed interface Leaf<E extends Leaf<E>> extends HashTrie<E> {
    int hash();

    @Override
    default int size() {
      return 1;
    }
  }

  /** The key that is looked for; an object that callers reuse, so that a look-up makes none. */
  @FunctionalInterface
  interface Probe<E> {
    boolean is(E leaf);
  }

  /** Number of leaves. */
  int size();

  static int sizeOf(@Nullable HashTrie<?> trie) {
    return trie == null ? 0 : trie.size();
  }

  /** The leaf with this hash that {@code probe} takes, or null. */
  @SuppressWarnings("unchecked") // a Leaf<E> is an E by its declaration
  static <E extends Leaf<E>> @Nullable E find(
      @Nullable HashTrie<E> trie, int hash, Probe<? super E> probe) {
    HashTrie<E> at = trie;
    for (int shift = 0; at instanceof Branch<E> branch; shift += BITS) {
      int bit = bit(hash, shift);
      if ((branch.bitmap & bit) == 0) return null;
      at = branch.slots[branch.index(bit)];
    }
    if (at instanceof Leaf<E> leaf) {
      return leaf.hash() == hash && probe.is((E) leaf) ? (E) leaf : null;
    }
    if (at instanceof Clash<E> clash && clash.hash == hash) {
      for (HashTrie<E> leaf : clash.leaves) if (probe.is((E) leaf)) return (E) leaf;
    }
    return null;
  }

  /** With {@code leaf} in place of the one that {@code probe} takes, or added. */
  static <E extends Leaf<E>> HashTrie<E> put(
      @Nullable HashTrie<E> trie, E leaf, Probe<? super E> probe) {
    return put(trie, leaf, probe, 0);
  }

  /** Without the leaf that {@code probe} takes; the same object when there is none. */
  static <E extends Leaf<E>> @Nullable HashTrie<E> remove(
      @Nullable HashTrie<E> trie, int hash, Probe<? super E> probe) {
    return trie == null ? null : remove(trie, hash, probe, 0);
  }

  /** The leaf at {@code index} of an order that stays while the trie does; 0 – size - 1. */
  @SuppressWarnings("unchecked")
  static <E extends Leaf<E>> E nth(HashTrie<E> trie, int index) {
    HashTrie<E> at = trie;
    int left = index;
    while (true) {
      HashTrie<E>[] slots;
      if (at instanceof Branch<E> branch) slots = branch.slots;
      else if (at instanceof Clash<E> clash) slots = clash.leaves;
      else break;
      int i = 0;
      while (left >= slots[i].size()) left -= slots[i++].size();
      at = slots[i];
    }
    return (E) at;
  }

  /** Every leaf once, in the order of {@link #nth}. */
  @SuppressWarnings("unchecked")
  static <E extends Leaf<E>> void forEach(@Nullable HashTrie<E> trie, Consumer<? super E> visitor) {
    switch (trie) {
      case null -> {}
      case Branch<E> branch -> {
        for (HashTrie<E> slot : branch.slots) forEach(slot, visitor);
      }
      case Clash<E> clash -> {
        for (HashTrie<E> leaf : clash.leaves) visitor.accept((E) leaf);
      }
      case Leaf<E> leaf -> visitor.accept((E) leaf);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Leaf<E>> HashTrie<E> put(
      @Nullable HashTrie<E> trie, E leaf, Probe<? super E> probe, int shift) {
    return switch (trie) {
      case null -> leaf;
      case Branch<E> branch -> {
        int bit = bit(leaf.hash(), shift);
        int index = branch.index(bit);
        if ((branch.bitmap & bit) == 0) yield branch.inserted(bit, index, leaf);
        yield branch.replaced(index, put(branch.slots[index], leaf, probe, shift + BITS));
      }
      case Clash<E> clash -> {
        if (clash.hash == leaf.hash()) yield clash.with(leaf, probe);
        yield pair(clash, clash.hash, leaf, leaf.hash(), shift);
      }
      case Leaf<E> old -> {
        if (old.hash() != leaf.hash()) yield pair(old, old.hash(), leaf, leaf.hash(), shift);
        if (probe.is((E) old)) yield leaf;
        yield new Clash<>(leaf.hash(), array(old, leaf));
      }
    };
  }

  @SuppressWarnings("unchecked")
  private static <E extends Leaf<E>> @Nullable HashTrie<E> remove(
      HashTrie<E> trie, int hash, Probe<? super E> probe, int shift) {
    return switch (trie) {
      case Branch<E> branch -> {
        int bit = bit(hash, shift);
        if ((branch.bitmap & bit) == 0) yield branch;
        int index = branch.index(bit);
        HashTrie<E> slot = branch.slots[index];
        HashTrie<E> left = remove(slot, hash, probe, shift + BITS);
        if (left == slot) yield branch;
        yield left == null ? branch.removed(bit, index) : branch.shrunk(index, left);
      }
      case Clash<E> clash -> clash.hash == hash ? clash.without(probe) : clash;
      case Leaf<E> leaf -> leaf.hash() == hash && probe.is((E) leaf) ? null : leaf;
    };
  }

  /** Two tries of different hashes, each of one hash only, under as few branches as needed. */
  private static <E extends Leaf<E>> HashTrie<E> pair(
      HashTrie<E> a, int hashA, HashTrie<E> b, int hashB, int shift) {
    int bitA = bit(hashA, shift);
    int bitB = bit(hashB, shift);
    if (bitA == bitB) return new Branch<>(bitA, array(pair(a, hashA, b, hashB, shift + BITS)));
    boolean aFirst = Integer.compareUnsigned(bitA, bitB) < 0;
    return new Branch<>(bitA | bitB, aFirst ? array(a, b) : array(b, a));
  }

  private static int bit(int hash, int shift) {
    return 1 << (hash >>> shift & 31);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array holds what its type says
  private static <E extends Leaf<E>> HashTrie<E>[] array(HashTrie<E>... slots) {
    return slots;
  }

  /** Up to 32 tries, one for each value of five bits; only those that exist have a slot. */
  final class Branch<E extends Leaf<E>> implements HashTrie<E> {
    private final int bitmap;
    private final int size;
    private final HashTrie<E>[] slots;

    private Branch(int bitmap, HashTrie<E>[] slots) {
      this.bitmap = bitmap;
      this.slots = slots;
      int leaves = 0;
      for (HashTrie<E> slot : slots) leaves += slot.size();
      this.size = leaves;
    }

    private Branch(int bitmap, HashTrie<E>[] slots, int size) {
      this.bitmap = bitmap;
      this.slots = slots;
      this.size = size;
    }

    @Override
    public int size() {
      return size;
    }

    int slotCount() {
      return slots.length;
    }

    HashTrie<E> slot(int index) {
      return slots[index];
    }

    private int index(int bit) {
      return Integer.bitCount(bitmap & bit - 1);
    }

    private Branch<E> inserted(int bit, int index, HashTrie<E> slot) {
      HashTrie<E>[] copy = Arrays.copyOf(slots, slots.length + 1);
      System.arraycopy(slots, index, copy, index + 1, slots.length - index);
      copy[index] = slot;
      return new Branch<>(bitmap | bit, copy, size + 1);
    }

    private Branch<E> replaced(int index, HashTrie<E> slot) {
      HashTrie<E>[] copy = slots.clone();
      copy[index] = slot;
      return new Branch<>(bitmap, copy, size + slot.size() - slots[index].size());
    }

    private HashTrie<E> shrunk(int index, HashTrie<E> slot) {
      // A lone leaf or clash moves up, so that a trie has one shape whatever its history.
      if (slots.length == 1 && !(slot instanceof Branch<E>)) return slot;
      return replaced(index, slot);
    }

    private @Nullable HashTrie<E> removed(int bit, int index) {
      if (slots.length == 1) return null;
      if (slots.length == 2 && !(slots[1 - index] instanceof Branch<E>)) return slots[1 - index];
      HashTrie<E>[] copy = Arrays.copyOf(slots, slots.length - 1);
      System.arraycopy(slots, index + 1, copy, index, copy.length - index);
      return new Branch<>(bitmap & ~bit, copy, size - 1);
    }
  }

  /** Two or more leaves of the same 32 bits. */
  final class Clash<E extends Leaf<E>> implements HashTrie<E> {
    private final int hash;
    private final HashTrie<E>[] leaves;

    private Clash(int hash, HashTrie<E>[] leaves) {
      this.hash = hash;
      this.leaves = leaves;
    }

    @Override
    public int size() {
      return leaves.length;
    }

    int slotCount() {
      return leaves.length;
    }

    HashTrie<E> slot(int index) {
      return leaves[index];
    }

    @SuppressWarnings("unchecked")
    private int indexOf(Probe<? super E> probe) {
      for (int i = 0; i < leaves.length; i++) if (probe.is((E) leaves[i])) return i;
      return -1;
    }

    private Clash<E> with(E leaf, Probe<? super E> probe) {
      int index = indexOf(probe);
      HashTrie<E>[] copy = Arrays.copyOf(leaves, index < 0 ? leaves.length + 1 : leaves.length);
      copy[index < 0 ? leaves.length : index] = leaf;
      return new Clash<>(hash, copy);
    }

    private HashTrie<E> without(Probe<? super E> probe) {
      int index = indexOf(probe);
      if (index < 0) return this;
      if (leaves.length == 2) return leaves[1 - index];
      HashTrie<E>[] copy = Arrays.copyOf(leaves, leaves.length - 1);
      System.arraycopy(leaves, index + 1, copy, index, copy.length - index);
      return new Clash<>(hash, copy);
    }
  }
}
