package io.fairlead.mqtt.topic;

import io.fairlead.mqtt.topic.RetainedTree.RetainedNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * A search of retained messages that goes on page by page, each of bounded work, over the tree as
 * it was when the search began. For one thread at a time.
 *
 * <p>What is still to be visited waits on a stack: at most 32 entries for each step down a hash
 * trie, whatever the number of messages.
 */
public final class RetainedCursor<M> {
  /** A part of the tree whose nodes stand for the filter's level {@code level - 1}. */
  private record Pending<M>(HashTrie<RetainedNode<M>> part, int level, boolean atTop) {}

  private final TopicFilter filter;
  private final TopicHash hashes;
  private final Deque<Pending<M>> pending = new ArrayDeque<>();

  RetainedCursor(RetainedNode<M> root, TopicFilter filter, TopicHash hashes) {
    this.filter = filter;
    this.hashes = hashes;
    descend(root, 0, true);
  }

  /** Whether nothing is left. */
  public boolean isDone() {
    return pending.isEmpty();
  }

  /**
   * Goes on with the search.
   *
   * @param messagesMax stops after so many messages
   * @param visitedMax stops after so many parts of the tree, whether they held a message or not
   * @param sink takes each message once, in no order
   * @return how many messages were found by this call
   */
  public int next(int messagesMax, int visitedMax, Consumer<? super M> sink) {
    int found = 0;
    for (int visited = 0; visited < visitedMax && found < messagesMax; visited++) {
      Pending<M> next = pending.poll();
      if (next == null) return found;
      switch (next.part) {
        case HashTrie.Branch<RetainedNode<M>> branch -> {
          for (int i = branch.slotCount() - 1; i >= 0; i--)
            pending.push(new Pending<>(branch.slot(i), next.level, next.atTop));
        }
        case HashTrie.Clash<RetainedNode<M>> clash -> {
          for (int i = clash.slotCount() - 1; i >= 0; i--)
            pending.push(new Pending<>(clash.slot(i), next.level, next.atTop));
        }
        case HashTrie.Leaf<RetainedNode<M>> leaf -> {
          RetainedNode<M> node = (RetainedNode<M>) leaf;
          if (next.atTop && node.startsWithDollar()) continue; // no wildcard means those
          M message = node.message;
          if (message != null && endsAt(next.level)) {
            sink.accept(message);
            found++;
          }
          descend(node, next.level, false);
        }
      }
    }
    return found;
  }

  /** Whether a node that the filter's first {@code level} levels mean is meant by all of it. */
  private boolean endsAt(int level) {
    return level == filter.levels() || filter.isHash(level);
  }

  private void descend(RetainedNode<M> node, int level, boolean atTop) {
    if (node.children == null || level == filter.levels()) return;
    if (filter.isHash(level)) {
      pending.push(new Pending<>(node.children, level, atTop));
    } else if (filter.isPlus(level)) {
      pending.push(new Pending<>(node.children, level + 1, atTop));
    } else {
      RetainedNode<M> child =
          node.child(filter.bytes(), filter.start(level), filter.end(level), hashes);
      if (child != null) pending.push(new Pending<>(child, level + 1, false));
    }
  }
}
