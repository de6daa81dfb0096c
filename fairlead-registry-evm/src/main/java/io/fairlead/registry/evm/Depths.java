package io.fairlead.registry.evm;

import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.source.EntryReader;

/**
 * Puts the list of two depths together: what an entry loses it loses at the shallow depth, what it
 * gains it gains at the deep one. So it is in when it is in both; its addresses, key and weight are
 * the deep ones; its status is the worse of both; a role it has is one it has in both; its expiry
 * is the shallow one. Pure.
 */
final class Depths {
  private Depths() {}

  /**
   * @param shallow the list at the depth that suffices for a removal
   * @param deep the list at the depth an addition needs
   */
  static EntryReader merged(ListedRows shallow, ListedRows deep, AddressParser addresses) {
    EntryReader reader = new EntryReader(addresses, false);
    int index = 0;
    for (ListedRow near : shallow.byId().values()) {
      index++;
      ListedRow far = deep.byId().get(near.id());
      if (far == null) {
        // Not confirmed yet; but who is revoked before he is confirmed is revoked.
        if (near.status() == Status.REVOKED.code()) reader.item(near.members(), index);
        continue;
      }
      int roles = near.roles() & far.roles();
      if (roles == 0 && near.roles() != 0 && far.roles() != 0) continue; // no role it has in both
      reader.item(far.members(roles, Math.max(near.status(), far.status()), near.expiry()), index);
    }
    return reader;
  }
}
