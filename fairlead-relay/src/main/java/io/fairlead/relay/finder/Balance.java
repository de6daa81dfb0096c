package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.HeldRelay.Keeping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** As many relays as are wanted. Both maps are in the order in which relays came. */
final class Balance {
  private Balance() {}

  /** Relays that count: those that lapse do not, those that are waited for do. */
  static long active(Map<PeerId, HeldRelay> relays, Map<PeerId, LostRelay> lost) {
    return relays.values().stream().filter(held -> !held.lapsing()).count() + lost.size();
  }

  /**
   * What is too much ends by itself, and is kept while it still may be. The latest go first, and
   * those that are lost before those that are held.
   */
  static void even(Map<PeerId, HeldRelay> relays, Map<PeerId, LostRelay> lost, int wanted) {
    long surplus = active(relays, lost) - wanted;
    List<PeerId> latestLost = new ArrayList<>(lost.keySet()).reversed();
    for (int i = 0; i < latestLost.size() && surplus > 0; i++, surplus--) {
      lost.remove(latestLost.get(i));
    }
    for (HeldRelay held : new ArrayList<>(relays.values()).reversed()) {
      if (surplus > 0 && held.keeping == Keeping.KEPT) {
        held.keeping = Keeping.SURPLUS;
        surplus--;
      } else if (surplus < 0 && held.keeping == Keeping.SURPLUS) {
        held.keeping = Keeping.KEPT;
        surplus++;
      }
    }
  }
}
