package io.fairlead.mqtt.topic;

import io.fairlead.core.random.Randomness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One message for each topic name, found by filters. Readers take the current root by one volatile
 * read and never wait; writers of any thread take turns.
 *
 * <p>How many messages and bytes there may be is the caller's to bound: {@link #size} counts.
 */
public final class RetainedTree<M> {
  private final TopicHash hashes;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Root<M> root = new Root<>(RetainedNode.root(), 0); // written under writing

  private record Root<M>(RetainedNode<M> node, int size) {}

  public RetainedTree(Randomness randomness) {
    this.hashes = TopicHash.keyed(randomness);
  }

  /**
   * Keeps {@code message} under its topic.
   *
   * @return the message that it replaces, or null
   */
  public @Nullable M put(TopicName topic, M message) {
    return change(topic, message);
  }

  /**
   * Forgets a topic's message.
   *
   * @return that message, or null when there was none
   */
  public @Nullable M remove(TopicName topic) {
    return change(topic, null);
  }

  /**
   * Forgets a topic's message if it is still this very object, as after its expiry.
   *
   * @return whether it was
   */
  public boolean remove(TopicName topic, M message) {
    writing.lock();
    try {
      if (get(topic) != message) return false;
      change(topic, null);
      return true;
    } finally {
      writing.unlock();
    }
  }

  private @Nullable M change(TopicName topic, @Nullable M message) {
    int[] starts = levelStarts(topic.bytes());
    writing.lock();
    try {
      Root<M> before = root;
      M old = get(topic);
      if (old == null && message == null) return null;
      int size = before.size + (message == null ? 0 : 1) - (old == null ? 0 : 1);
      root = new Root<>(before.node.with(topic.bytes(), starts, 0, message, hashes), size);
      return old;
    } finally {
      writing.unlock();
    }
  }

  /** The message of exactly this topic, or null. */
  public @Nullable M get(TopicName topic) {
    RetainedNode<M> node = descend(root.node, topic.bytes());
    return node == null ? null : node.message;
  }

  private @Nullable RetainedNode<M> descend(RetainedNode<M> from, byte[] topic) {
    RetainedNode<M> node = from;
    int start = 0;
    for (int at = 0; at <= topic.length; at++) {
      if (at < topic.length && topic[at] != '/') continue;
      RetainedNode<M> next = node.child(topic, start, at, hashes);
      if (next == null) return null;
      node = next;
      start = at + 1;
    }
    return node;
  }

  /**
   * The messages that a filter means, as they are now: what is put or removed later changes nothing
   * for this cursor.
   */
  public RetainedCursor<M> match(TopicFilter filter) {
    return new RetainedCursor<>(root.node, filter, hashes);
  }

  /**
   * A topic, or the beginning of some.
   *
   * @param topic UTF-8
   * @param children how many levels follow it at once
   * @param message null: only longer topics have one
   */
  public record Level<M>(byte[] topic, int children, @Nullable M message) {}

  /**
   * What follows a topic, each level before those below it.
   *
   * @param above empty: all there is
   * @param depth levels, at least 1
   * @param most how many are given
   */
  public List<Level<M>> below(Optional<TopicName> above, int depth, int most) {
    RetainedNode<M> node = root.node;
    byte[] start = above.map(TopicName::toBytes).orElse(null);
    if (start != null) node = descend(node, start);
    List<Level<M>> found = new ArrayList<>();
    if (node != null) collect(node, start, depth, most, found);
    return found;
  }

  private static <M> void collect(
      RetainedNode<M> node, byte @Nullable [] above, int depth, int most, List<Level<M>> found) {
    HashTrie<RetainedNode<M>> children = node.children;
    int count = HashTrie.sizeOf(children);
    for (int i = 0; i < count && children != null && found.size() < most; i++) {
      RetainedNode<M> child = HashTrie.nth(children, i);
      byte[] topic = above == null ? child.level : joined(above, child.level);
      found.add(new Level<>(topic, HashTrie.sizeOf(child.children), child.message));
      if (depth > 1) collect(child, topic, depth - 1, most, found);
    }
  }

  private static byte[] joined(byte[] above, byte[] level) {
    byte[] whole = Arrays.copyOf(above, above.length + 1 + level.length);
    whole[above.length] = '/';
    System.arraycopy(level, 0, whole, above.length + 1, level.length);
    return whole;
  }

  /** How many topics have a message. */
  public int size() {
    return root.size;
  }

  private static int[] levelStarts(byte[] topic) {
    int levels = 1;
    for (byte b : topic) if (b == '/') levels++;
    int[] starts = new int[levels + 1];
    int level = 0;
    for (int at = 0; at < topic.length; at++) if (topic[at] == '/') starts[++level] = at + 1;
    starts[levels] = topic.length + 1;
    return starts;
  }

  /** One level of the topics that have a message. Immutable. */
  static final class RetainedNode<M> implements HashTrie.Leaf<RetainedNode<M>> {
    private static final byte[] NO_NAME = {};

    private final byte[] level;
    private final int hash;
    final @Nullable HashTrie<RetainedNode<M>> children;
    final @Nullable M message;

    private RetainedNode(
        byte[] level, int hash, @Nullable HashTrie<RetainedNode<M>> children, @Nullable M message) {
      this.level = level;
      this.hash = hash;
      this.children = children;
      this.message = message;
    }

    static <M> RetainedNode<M> root() {
      return new RetainedNode<>(NO_NAME, 0, null, null);
    }

    @Override
    public int hash() {
      return hash;
    }

    boolean startsWithDollar() {
      return level.length > 0 && level[0] == '$';
    }

    @Nullable RetainedNode<M> child(byte[] topic, int from, int to, TopicHash hashes) {
      return HashTrie.find(children, hashes.of(topic, from, to), probe(topic, from, to));
    }

    RetainedNode<M> with(
        byte[] topic, int[] starts, int at, @Nullable M newMessage, TopicHash hashes) {
      if (at == starts.length - 1) return new RetainedNode<>(level, hash, children, newMessage);
      int from = starts[at];
      int to = starts[at + 1] - 1;
      RetainedNode<M> old = child(topic, from, to, hashes);
      if (old == null) {
        byte[] name = Arrays.copyOfRange(topic, from, to);
        old = new RetainedNode<>(name, hashes.of(topic, from, to), null, null);
      }
      RetainedNode<M> next = old.with(topic, starts, at + 1, newMessage, hashes);
      HashTrie.Probe<RetainedNode<M>> same = probe(topic, from, to);
      HashTrie<RetainedNode<M>> changed =
          next.children == null && next.message == null
              ? HashTrie.remove(children, next.hash, same)
              : HashTrie.put(children, next, same);
      return new RetainedNode<>(level, hash, changed, message);
    }

    private static <M> HashTrie.Probe<RetainedNode<M>> probe(byte[] topic, int from, int to) {
      return node -> Arrays.equals(node.level, 0, node.level.length, topic, from, to);
    }
  }
}
