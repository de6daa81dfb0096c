package io.fairlead.net.splice;

/** Hears how a splice ended. */
public interface SpliceEnd {
  /**
   * Called once, on the event loop, when the splice decided to end; its channels are being closed.
   *
   * @param receivedBytes relayed from downstream to upstream
   * @param sentBytes relayed from upstream to downstream
   * @param reason {@code closed}, {@code idle_timeout}, {@code half_close_timeout}, {@code reset},
   *     {@code tls_error}, {@code drain_deadline}, or the word given to a cut
   */
  void ended(long receivedBytes, long sentBytes, String reason);
}
