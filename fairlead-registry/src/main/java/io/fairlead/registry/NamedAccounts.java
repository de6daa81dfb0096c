package io.fairlead.registry;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.reconcile.StateFile;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts and keys that governing lists name, accounts also in former processes. One that is
 * revoked from the start, or an account that left its list while nobody ran, is denied, not
 * ungoverned; a key that left its list is nobody's. Thread-safe.
 */
record NamedAccounts(MembershipKeeper keeper) {
  private static final Logger log = LoggerFactory.getLogger(NamedAccounts.class);

  /** A governing source was read. */
  void note(Snapshot list, StateFile state) {
    Map<EntryId, String> keys = new HashMap<>();
    for (Entry entry : list.entries()) {
      EntryId id = new EntryId(list.source(), entry.id());
      entry.publicKey().ifPresent(key -> keys.put(id, key.peerId()));
    }
    keeper.listed(list.source(), keys);
    try {
      govern(list, state);
    } catch (ClosedByInterruptException closing) {
      log.atTrace().log("registry state is written when everything has ended");
    } catch (IOException failure) {
      log.atError()
          .setCause(failure)
          .log("registry state not written: targets do not use the list until it is");
    }
  }

  /**
   * Before a list is put in force. The accounts it names are governed from now on, and written down
   * when this returns: a process that is killed the moment it has admitted one of them leaves
   * nobody who could use it freely.
   *
   * @throws IOException they cannot be written down; they are governed here all the same
   */
  void govern(Snapshot list, StateFile state) throws IOException {
    Map<String, EntryId> accounts = new HashMap<>();
    for (Entry entry : list.entries()) {
      EntryId id = new EntryId(list.source(), entry.id());
      entry.user().ifPresent(user -> accounts.put(user, id));
    }
    keeper.named(accounts);
    state.name(list.source(), accounts);
  }

  /** These sources govern. */
  void recall(Set<String> sources, StateFile state) {
    for (String source : sources) keeper.named(state.named(source));
  }

  /** These sources govern nobody any more. */
  void release(Set<String> sources, StateFile state) {
    try {
      state.forgetNames(sources);
    } catch (IOException failure) {
      log.atError()
          .setCause(failure)
          .log("registry state not written: a restart may govern accounts that are free");
    }
    keeper.release(sources);
  }
}
