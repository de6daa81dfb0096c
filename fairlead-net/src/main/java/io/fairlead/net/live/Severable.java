package io.fairlead.net.live;

/** Live work that can be ended from outside. */
public interface Severable {
  /**
   * Ends it; any thread; asynchronous.
   *
   * @param reason stable snake_case word
   */
  void cut(String reason);
}
