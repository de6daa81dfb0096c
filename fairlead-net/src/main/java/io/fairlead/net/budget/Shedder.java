package io.fairlead.net.budget;

/** Gives up work of one class when asked. */
public interface Shedder {
  /**
   * Called once for each sample while its class is shed, on the sampling thread; must not block.
   *
   * @param bytes that would have to become free to leave the critical level
   */
  void shed(long bytes);
}
