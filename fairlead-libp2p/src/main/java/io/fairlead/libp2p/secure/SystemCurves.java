package io.fairlead.libp2p.secure;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Decides who computes what handshakes take. The platform's curves begin; the system's follow as
 * soon as they are loaded and were seen to compute the same: the platform's have to be compiled
 * first, which takes some thousands of handshakes. {@code -Dfairlead.libp2p.cipher=platform} keeps
 * to the platform's. Thread-safe.
 */
final class SystemCurves {
  private final Executor loader;
  private final Supplier<Optional<? extends Curves>> system;
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile Curves now = Curves.PLATFORM;

  /**
   * @param loader loads the library, at once; some 100 ms
   */
  SystemCurves(Executor loader) {
    this(loader, SystemCiphers.unwanted() ? Optional::empty : LibCurves::load);
  }

  SystemCurves(Executor loader, Supplier<Optional<? extends Curves>> system) {
    this.loader = loader;
    this.system = system;
    ask();
  }

  /** For one handshake, or one key. */
  Curves now() {
    if (!asked.get()) ask();
    return now;
  }

  private void ask() {
    if (!asked.compareAndSet(false, true)) return;
    try {
      loader.execute(() -> system.get().ifPresent(found -> now = found));
    } catch (RejectedExecutionException busy) {
      asked.set(false); // handshakes go first; the next one asks again
    }
  }
}
