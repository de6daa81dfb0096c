package io.fairlead.app.trace;

import java.util.List;

/** Sends spans away. Confined to one thread. */
interface SpanExport extends AutoCloseable {
  /**
   * Sends a batch and waits for the collector's word, a bounded time.
   *
   * @return why it did not take them; empty when it did
   */
  String send(List<Span> batch) throws InterruptedException;

  @Override
  void close();
}
