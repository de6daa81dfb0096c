package io.fairlead.app.demo;

import java.io.IOException;
import java.util.Optional;

/** One way through the gateway, held open by a client that wants nothing but to stay. */
interface DemoPath extends AutoCloseable {
  /**
   * The other side closed it.
   *
   * @param nanos when this end noticed
   * @param how in a few words
   */
  record Ending(long nanos, String how) {}

  /** As it stands in the table. */
  String name();

  /** Sends something that is to be answered. */
  void ping() throws IOException;

  /** How much was answered so far. */
  long answers();

  /** Empty while it is open. */
  Optional<Ending> ending();

  @Override
  void close() throws IOException;
}
