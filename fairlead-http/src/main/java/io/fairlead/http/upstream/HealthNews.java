package io.fairlead.http.upstream;

import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.Tally;

/** What a cluster tells its surroundings. Any thread; never blocks. */
interface HealthNews {
  /** An endpoint's state changed. */
  record Change(
      String upstream, Endpoint endpoint, HealthState from, HealthState to, String reason) {}

  void changed(Change change);

  /** Somebody should look whether it is to be ejected; from the loop of a request. */
  void suspect(Cluster cluster, Endpoint endpoint, Tally.Suspicion suspicion);

  /** An endpoint was ejected. */
  void ejected();
}
