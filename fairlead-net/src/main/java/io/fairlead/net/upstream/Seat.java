package io.fairlead.net.upstream;

import io.fairlead.core.dial.Destination;

/** The place of one stream or session at an endpoint. */
public interface Seat {
  /** Where the endpoint is. */
  Destination destination();

  /**
   * The work is over; once, any thread.
   *
   * @param served whether the endpoint did its part
   */
  void leave(boolean served);
}
