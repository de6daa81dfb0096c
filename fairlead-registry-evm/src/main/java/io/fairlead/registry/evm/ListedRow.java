package io.fairlead.registry.evm;

import io.fairlead.registry.evm.contract.ProxyRow;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One entry of a contract at one block.
 *
 * @param id what two blocks are compared by
 * @param mark differs when anything in it differs
 * @param roles bit mask as the contract says, not checked
 * @param status number as the contract says, not checked
 * @param members the rest, as {@code EntryReader} takes it
 */
record ListedRow(
    String id,
    BigInteger mark,
    int roles,
    int status,
    BigInteger validUntil,
    Map<String, Object> members) {
  static ListedRow of(ProxyRow row) {
    return new ListedRow(
        row.id(),
        row.leaf(),
        row.roles(),
        row.status(),
        row.validUntil(),
        row.members(row.roles(), row.status(), row.validUntil()));
  }

  /** Its members with these in place of its own. */
  Map<String, Object> members(int nextRoles, int nextStatus, long nextValidUntil) {
    Map<String, Object> next = new LinkedHashMap<>(members);
    next.put("roles", nextRoles);
    next.put("status", nextStatus);
    next.put("valid_until", nextValidUntil);
    return next;
  }

  /** A time beyond what a long holds is as good as for ever. */
  long expiry() {
    return validUntil.bitLength() < Long.SIZE ? validUntil.longValue() : Long.MAX_VALUE;
  }
}
