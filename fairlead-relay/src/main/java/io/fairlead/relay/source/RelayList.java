package io.fairlead.relay.source;

import java.util.List;

/**
 * One picture of a list of relays that is kept elsewhere.
 *
 * @param position where in the list's history it was taken; grows
 * @param stale whether the list could not be read of late, so that this is what was good last
 */
public record RelayList(long position, boolean stale, List<Entry> entries) {
  public static final RelayList EMPTY = new RelayList(0, false, List.of());

  /**
   * One relay of the list.
   *
   * @param draining whether it takes no new reservations and lets those it has end
   */
  public record Entry(RelayPeer peer, boolean draining) {}

  public RelayList {
    entries = List.copyOf(entries);
  }
}
