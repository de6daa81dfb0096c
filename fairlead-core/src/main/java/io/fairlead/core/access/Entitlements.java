package io.fairlead.core.access;

import io.fairlead.core.watch.Watch;

/** Every decision to start or go on with work asks here. Thread-safe, never blocks. */
public interface Entitlements {
  /** Decides on the membership current at this call. */
  Verdict decide(Principal principal, Action action);

  /**
   * Binds an authenticated account name to its registry entry, if it has one now or ever had one in
   * this process: an account whose entry was removed stays bound to it and is denied, it does not
   * become ungoverned.
   */
  Principal bind(String user);

  /** The membership that decisions go by. */
  default Watch<Membership> membership() {
    return Watch.of(Membership.NONE);
  }

  /** The same for one use: members of lists that are for other uses only are denied. */
  default Entitlements of(Membership.Use use) {
    return this;
  }

  /** Nothing is governed. */
  static Entitlements unrestricted() {
    return new WatchedEntitlements(Watch.of(Membership.NONE));
  }
}
