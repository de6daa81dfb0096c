package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.store.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * Sessions of the store on their way to their homes: handed over by the hundred, and not faster
 * than the homes take them. The thread that reads the store, which is nobody's home, only.
 */
final class Returning {
  private static final int TOGETHER = 256;
  private static final int UNDER_WAY = 16; // such hundreds at once

  private final List<Part> parts = new ArrayList<>();
  private final Semaphore free = new Semaphore(UNDER_WAY);

  /** What goes to one shard. */
  private static final class Part {
    final Shard shard;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    List<SessionStore.Stored> next = new ArrayList<>(TOGETHER);

    Part(Shard shard) {
      this.shard = shard;
    }
  }

  Returning(List<Shard> shards) {
    for (Shard shard : shards) parts.add(new Part(shard));
  }

  void add(Shard shard, SessionStore.Stored session) {
    Part part = parts.get(shard.index());
    part.next.add(session);
    if (part.next.size() == TOGETHER) hand(part);
  }

  /** Completes on a shard's thread once all are back; fails if one of them cannot be read. */
  CompletionStage<Void> all() {
    for (Part part : parts) {
      hand(part);
      part.shard.executor().execute(() -> part.done.complete(null));
    }
    return CompletableFuture.allOf(
        parts.stream().map(part -> part.done).toArray(CompletableFuture[]::new));
  }

  private void hand(Part part) {
    List<SessionStore.Stored> some = part.next;
    part.next = new ArrayList<>(TOGETHER);
    free.acquireUninterruptibly();
    part.shard
        .executor()
        .execute(
            () -> {
              try {
                for (SessionStore.Stored each : some) part.shard.restore(each);
              } catch (RuntimeException unreadable) {
                part.done.completeExceptionally(unreadable);
              } finally {
                free.release();
              }
            });
  }
}
