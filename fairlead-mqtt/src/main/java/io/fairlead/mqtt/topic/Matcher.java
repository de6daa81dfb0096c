package io.fairlead.mqtt.topic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds who gets a topic's messages, for one thread. Remembers results for as long as the tree's
 * root stays the same; a topic that it remembers costs one hash, one comparison and no garbage.
 *
 * <p>At most {@code cacheEntries} results are remembered; a newer topic takes the place of the one
 * in its slot.
 */
public final class Matcher<S> {
  /** Remembered results unless told otherwise. */
  public static final int CACHE_ENTRIES = 8192;

  // Not worth a place in the cache: comparing it costs as much as a walk of the tree.
  private static final int CACHED_TOPIC_BYTES_MAX = 512;

  private record Cached<S>(byte[] topic, int hash, Matches<S> matches) {}

  private final TopicTree<S> tree;
  private final @Nullable Cached<S>[] cache;
  private TopicTree.Root<S> cachedRoot;
  private boolean cacheInUse;
  private long hits;
  private long misses;

  // The topic of the current walk.
  private final List<Subscribers<S>> found = new ArrayList<>();
  private final HashTrie.Probe<TreeNode<S>> probe = this::isCurrentLevel;
  private byte[] topic = {};
  private int[] starts = new int[17];
  private int[] levelHashes = new int[16];
  private int levels;
  private int probedLevel;
  private boolean hidden;
  private int visited;
  private int visitedMax;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic record
  Matcher(TopicTree<S> tree, int cacheEntries) {
    if (cacheEntries != 0 && Integer.bitCount(cacheEntries) != 1)
      throw new IllegalArgumentException(
          "cacheEntries: " + cacheEntries + " (expected: 0 or a power of two)");
    this.tree = tree;
    this.cachedRoot = tree.root();
    this.cache = new Cached[cacheEntries];
  }

  /** Who gets a message of this topic, however long the search takes. */
  public Matches<S> match(byte[] bytes, int offset, int length) {
    return Objects.requireNonNull(match(bytes, offset, length, Integer.MAX_VALUE));
  }

  /**
   * Who gets a message of this topic.
   *
   * @param visitedMax most nodes to visit; with every combination of {@code +} subscribed, a topic
   *     of n levels has 2ⁿ
   * @return null when that many were not enough: ask again where the answer may take its time
   */
  public @Nullable Matches<S> match(byte[] bytes, int offset, int length, int visitedMax) {
    TopicTree.Root<S> root = tree.root();
    if (cache.length == 0 || length > CACHED_TOPIC_BYTES_MAX)
      return walk(root, bytes, offset, length, visitedMax);
    if (root != cachedRoot) forget(root);
    int hash = tree.hashes().of(bytes, offset, offset + length);
    int slot = hash & cache.length - 1;
    Cached<S> entry = cache[slot];
    if (entry != null
        && entry.hash == hash
        && Arrays.equals(entry.topic, 0, entry.topic.length, bytes, offset, offset + length)) {
      hits++;
      return entry.matches;
    }
    misses++;
    Matches<S> matches = walk(root, bytes, offset, length, visitedMax);
    if (matches == null) return null;
    cache[slot] = new Cached<>(Arrays.copyOfRange(bytes, offset, offset + length), hash, matches);
    cacheInUse = true;
    return matches;
  }

  /** Whether a result of an earlier call still holds. */
  public boolean isCurrent() {
    return tree.root() == cachedRoot;
  }

  /** Results found in the cache so far. */
  public long hits() {
    return hits;
  }

  /** Results not found in the cache so far. */
  public long misses() {
    return misses;
  }

  /** Nodes that the last walk visited. */
  public int visited() {
    return visited;
  }

  private void forget(TopicTree.Root<S> root) {
    if (cacheInUse) Arrays.fill(cache, null);
    cacheInUse = false;
    cachedRoot = root;
  }

  private @Nullable Matches<S> walk(
      TopicTree.Root<S> root, byte[] bytes, int offset, int length, int visitedMax) {
    this.topic = bytes;
    this.hidden = length > 0 && bytes[offset] == '$';
    this.visited = 0;
    this.visitedMax = visitedMax;
    split(offset, offset + length);
    visit(root.node(), 0);
    Matches<S> matches = visited > visitedMax ? null : Matches.of(found);
    found.clear();
    return matches;
  }

  private void split(int from, int to) {
    levels = 0;
    int start = from;
    for (int at = from; at <= to; at++) {
      if (at < to && topic[at] != '/') continue;
      if (levels == levelHashes.length) {
        levelHashes = Arrays.copyOf(levelHashes, levels * 2);
        starts = Arrays.copyOf(starts, levels * 2 + 1);
      }
      starts[levels] = start;
      levelHashes[levels] = tree.hashes().of(topic, start, at);
      levels++;
      start = at + 1;
    }
    starts[levels] = to + 1;
  }

  private void visit(TreeNode<S> node, int level) {
    if (++visited > visitedMax) return;
    boolean wildcardsCount = level > 0 || !hidden;
    if (node.below != null && wildcardsCount) found.add(node.below);
    if (level == levels) {
      if (node.here != null) found.add(node.here);
      return;
    }
    if (node.children != null) {
      probedLevel = level;
      TreeNode<S> child = HashTrie.find(node.children, levelHashes[level], probe);
      if (child != null) visit(child, level + 1);
    }
    if (node.plus != null && wildcardsCount) visit(node.plus, level + 1);
  }

  private boolean isCurrentLevel(TreeNode<S> node) {
    return node.isLevel(topic, starts[probedLevel], starts[probedLevel + 1] - 1);
  }
}
