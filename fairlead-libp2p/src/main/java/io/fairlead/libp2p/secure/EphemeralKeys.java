package io.fairlead.libp2p.secure;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Key pairs made in advance, each used once: a dialler need not wait for one. At most 32; an empty
 * store makes one on the caller's thread. Any thread.
 */
final class EphemeralKeys {
  private static final int KEPT_MAX = 32;

  private final BlockingQueue<X25519.Pair> kept = new ArrayBlockingQueue<>(KEPT_MAX);
  private final AtomicBoolean filling = new AtomicBoolean();
  private final Executor crypto;
  private final SystemCurves curves;

  EphemeralKeys(Executor crypto, SystemCurves curves) {
    this.crypto = crypto;
    this.curves = curves;
  }

  X25519.Pair take() {
    X25519.Pair pair = kept.poll();
    if (kept.size() < KEPT_MAX / 2 && filling.compareAndSet(false, true)) {
      try {
        crypto.execute(this::fill);
      } catch (RejectedExecutionException busy) {
        filling.set(false); // handshakes go first; the next one asks again
      }
    }
    return pair == null ? curves.now().generate() : pair;
  }

  /** One key at a turn, so that handshakes are not kept waiting. */
  private void fill() {
    boolean more = kept.offer(curves.now().generate());
    if (more && kept.remainingCapacity() > 0) {
      try {
        crypto.execute(this::fill);
        return;
      } catch (RejectedExecutionException busy) {
        // as above
      }
    }
    filling.set(false);
  }
}
