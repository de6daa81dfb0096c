package io.fairlead.net.live;

import java.util.Optional;

/** Live work that can be ended from outside. */
public interface Severable {
  /**
   * Ends it; any thread; asynchronous.
   *
   * @param reason stable snake_case word
   */
  void cut(String reason);

  /** Why it was cut, if it was and remembers. */
  default Optional<String> cutReason() {
    return Optional.empty();
  }
}
