package io.fairlead.mqtt.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One level of the filters: who subscribed to just this much, to this and all below, and the levels
 * that follow. Immutable; a change makes new nodes from the root to its place.
 */
final class TreeNode<S> implements HashTrie.Leaf<TreeNode<S>> {
  private static final byte[] NO_NAME = {};

  private final byte[] level;
  private final int hash;
  final @Nullable HashTrie<TreeNode<S>> children;
  final @Nullable TreeNode<S> plus;
  final @Nullable Subscribers<S> here;
  final @Nullable Subscribers<S> below;

  private TreeNode(
      byte[] level,
      int hash,
      @Nullable HashTrie<TreeNode<S>> children,
      @Nullable TreeNode<S> plus,
      @Nullable Subscribers<S> here,
      @Nullable Subscribers<S> below) {
    this.level = level;
    this.hash = hash;
    this.children = children;
    this.plus = plus;
    this.here = here;
    this.below = below;
  }

  static <S> TreeNode<S> root() {
    return new TreeNode<>(NO_NAME, 0, null, null, null, null);
  }

  private static <S> TreeNode<S> named(byte[] level, int hash) {
    return new TreeNode<>(level, hash, null, null, null, null);
  }

  @Override
  public int hash() {
    return hash;
  }

  boolean isLevel(byte[] bytes, int from, int to) {
    return Arrays.equals(level, 0, level.length, bytes, from, to);
  }

  boolean isEmpty() {
    return children == null && plus == null && here == null && below == null;
  }

  /** Who is at the end of {@code filter}, or null. */
  @Nullable Subscribers<S> at(TopicFilter filter, TopicHash hashes) {
    TreeNode<S> node = this;
    for (int level = 0; level < filter.levels(); level++) {
      if (filter.isHash(level)) return node.below;
      TreeNode<S> next = filter.isPlus(level) ? node.plus : node.child(filter, level, hashes);
      if (next == null) return null;
      node = next;
    }
    return node.here;
  }

  /** This node with {@code subscribers} at the end of {@code filter}; may be empty afterwards. */
  TreeNode<S> with(
      TopicFilter filter, int at, @Nullable Subscribers<S> subscribers, TopicHash hashes) {
    if (at == filter.levels())
      return new TreeNode<>(level, hash, children, plus, subscribers, below);
    if (filter.isHash(at)) return new TreeNode<>(level, hash, children, plus, here, subscribers);
    if (filter.isPlus(at)) {
      TreeNode<S> old = plus == null ? named(NO_NAME, 0) : plus;
      TreeNode<S> next = old.with(filter, at + 1, subscribers, hashes);
      return new TreeNode<>(level, hash, children, next.isEmpty() ? null : next, here, below);
    }
    TreeNode<S> old = child(filter, at, hashes);
    if (old == null) old = named(name(filter, at), hashOf(filter, at, hashes));
    TreeNode<S> next = old.with(filter, at + 1, subscribers, hashes);
    HashTrie.Probe<TreeNode<S>> same = probe(filter, at);
    HashTrie<TreeNode<S>> changed =
        next.isEmpty()
            ? HashTrie.remove(children, next.hash, same)
            : HashTrie.put(children, next, same);
    return new TreeNode<>(level, hash, changed, plus, here, below);
  }

  private @Nullable TreeNode<S> child(TopicFilter filter, int at, TopicHash hashes) {
    return HashTrie.find(children, hashOf(filter, at, hashes), probe(filter, at));
  }

  private static <S> HashTrie.Probe<TreeNode<S>> probe(TopicFilter filter, int at) {
    return node -> node.isLevel(filter.bytes(), filter.start(at), filter.end(at));
  }

  private static int hashOf(TopicFilter filter, int at, TopicHash hashes) {
    return hashes.of(filter.bytes(), filter.start(at), filter.end(at));
  }

  private static byte[] name(TopicFilter filter, int at) {
    return Arrays.copyOfRange(filter.bytes(), filter.start(at), filter.end(at));
  }
}
