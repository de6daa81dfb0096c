package io.fairlead.app.upgrade;

import java.time.Duration;
import java.util.List;

/** What the two processes of an upgrade say to each other, in the order in which they say it. */
public sealed interface UpgradeMessage {
  /** The version of this protocol. */
  int PROTOCOL = 1;

  /**
   * New: I am here, and my configuration is valid.
   *
   * @param protocol other than ours: no hand-over
   * @param version of the program, for the log
   * @param configHash first digits of the configuration's digest
   */
  record Hello(int protocol, String version, String configHash, long pid)
      implements UpgradeMessage {}

  /**
   * Old: this is what there is. The sockets' descriptors follow in this order.
   *
   * @param generation of the running configuration
   * @param configHash of the same
   * @param timeLeft after it the offer ends
   * @param sockets names of the passed sockets
   * @param stores names of what changes hands one by one
   */
  record Manifest(
      long generation,
      String configHash,
      Duration timeLeft,
      List<String> sockets,
      List<String> stores)
      implements UpgradeMessage {
    public Manifest {
      sockets = List.copyOf(sockets);
      stores = List.copyOf(stores);
    }
  }

  /** New: give me this store. */
  record AskStore(String store) implements UpgradeMessage {}

  /** Old: it is closed and unlocked. */
  record StoreGiven(String store) implements UpgradeMessage {}

  /** New: I accept connections and hold every store. */
  record Ready(long generation) implements UpgradeMessage {}

  /** Old: you are the gateway. My copies are closed. */
  record HandedOver() implements UpgradeMessage {}

  /** New: the control socket bears my name; the last word. */
  record Settled() implements UpgradeMessage {}

  /** Old: the offer is over, end yourself. */
  record Withdrawn(String reason) implements UpgradeMessage {}
}
