package io.fairlead.mqtt.extension;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Questions that go from one extension to the next and are not answered yet. Thread-safe. */
final class Chains {
  private final AtomicInteger open = new AtomicInteger();
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private volatile boolean closed;

  /** Counts it until it is answered. */
  <T> CompletableFuture<T> counted(CompletableFuture<T> chain) {
    if (chain.isDone()) return chain;
    open.incrementAndGet();
    return chain.whenComplete(
        (_, _) -> {
          if (open.decrementAndGet() == 0 && closed) quiet.complete(null);
        });
  }

  /** Nobody begins one any more. Completes once all are answered. */
  CompletableFuture<Void> close() {
    closed = true;
    if (open.get() == 0) quiet.complete(null);
    return quiet;
  }
}
