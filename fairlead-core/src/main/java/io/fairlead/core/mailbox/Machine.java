package io.fairlead.core.mailbox;

import java.util.function.Consumer;

/**
 * Protocol logic: an input at a time goes in, effects come out. Opens no socket, reads no clock,
 * rolls no dice, starts no thread. Single-threaded: its owner is one event loop or one {@link
 * Mailbox}.
 *
 * @param <I> sealed inputs
 * @param <O> sealed effects; every outcome of an effect comes back as an input
 */
public interface Machine<I, O> {
  /**
   * Handles one input.
   *
   * @param nowNanos the owner's monotonic time
   * @param effects receives effects in the order they must be performed
   */
  void accept(I input, long nowNanos, Consumer<? super O> effects);
}
