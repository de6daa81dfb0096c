package io.fairlead.proxy.stream;

import io.fairlead.net.upstream.StreamUpstreams;
import java.time.Duration;

/** The UDP sessions behind one socket, as those see them who change the rules. Any thread. */
public interface Sessions {
  /**
   * Ends the sessions that these rules forbid at once, and those that have no way any more after a
   * time; soon.
   *
   * @param gone whether the whole service is
   */
  void judge(StreamRules rules, boolean gone, StreamUpstreams upstreams, Duration after);

  /** Ends all; soon. */
  void endAll(String reason);
}
