package io.fairlead.relay.source;

import io.fairlead.libp2p.key.PeerId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Several sources as one: each part gives up to its quota, what one leaves goes to those behind it.
 * A peer that two parts know is offered once. The parts are asked one after the other. Any thread.
 */
public final class CompositeRelays implements RelayPeerSource {
  private final List<Part> parts;

  /**
   * One source of several.
   *
   * @param quota peers it may give of each search; {@link Integer#MAX_VALUE} for all that is left
   */
  public record Part(RelayPeerSource source, int quota) {
    public Part {
      if (quota < 1) throw new IllegalArgumentException("quota: " + quota + " (expected: >= 1)");
    }
  }

  public CompositeRelays(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  @Override
  public void find(int max, Sink sink, Cancel cancel) {
    new Search(max, sink, cancel).ask(0);
  }

  private final class Search {
    private final int max;
    private final Sink sink;
    private final Cancel cancel;
    private final Set<PeerId> seen = new HashSet<>(); // guarded by this

    Search(int max, Sink sink, Cancel cancel) {
      this.max = max;
      this.sink = sink;
      this.cancel = cancel;
    }

    void ask(int index) {
      int left = left();
      if (index == parts.size() || left == 0 || cancel.cancelled()) {
        sink.complete();
        return;
      }
      Part part = parts.get(index);
      int wanted = Math.min(part.quota(), left);
      // It may begin with peers that were offered already, which are passed over.
      part.source().find(wanted + max - left, new PartSink(index, wanted), cancel);
    }

    private synchronized int left() {
      return Math.max(0, max - seen.size());
    }

    private synchronized boolean isNew(RelayPeer peer) {
      return seen.add(peer.id());
    }

    private final class PartSink implements Sink {
      private final int index;
      private int left; // guarded by this
      private boolean complete; // guarded by this

      PartSink(int index, int wanted) {
        this.index = index;
        this.left = wanted;
      }

      @Override
      public void offer(RelayPeer peer) {
        synchronized (this) {
          if (complete || left == 0 || !isNew(peer)) return;
          left--;
        }
        sink.offer(peer);
      }

      @Override
      public void complete() {
        synchronized (this) {
          if (complete) return;
          complete = true;
        }
        ask(index + 1);
      }
    }
  }
}
