package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.evm.ListedRows.Fingerprint;
import java.util.List;

/** A contract that keeps a list: the reference one, or somebody's own. Thread-safe. */
interface ListedContract {
  /** First topics of the events after which the list may differ. */
  List<String> topics();

  /** Whether it counts its changes and adds them up, so that a part or a lie can be told. */
  boolean revisioned();

  /** Makes sure that it is the contract it should be. */
  void check(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException;

  /** What tells this state from another. */
  Fingerprint fingerprint(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException;

  /**
   * The whole list.
   *
   * @param expected its fingerprint
   * @throws ChainException also when the list does not have that fingerprint
   */
  ListedRows rows(EndpointReader endpoint, Header at, Fingerprint expected, Deadline deadline)
      throws ChainException, InterruptedException;
}
