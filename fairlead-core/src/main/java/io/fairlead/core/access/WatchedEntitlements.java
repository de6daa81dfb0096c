package io.fairlead.core.access;

import io.fairlead.core.watch.Watch;
import java.util.concurrent.ConcurrentHashMap;

/** Decides on the latest {@link Membership} of a watch. */
public final class WatchedEntitlements implements Entitlements {
  private static final Verdict NOT_A_MEMBER = new Verdict.Deny("not_a_member");
  private static final Verdict REVOKED = new Verdict.Deny("revoked");
  private static final Verdict EXPIRED = new Verdict.Deny("expired");

  private final Watch<Membership> membership;
  // Accounts the list named at any time in this process, so that leaving the list denies them
  // instead of setting them free. Bounded by what the operator ever wrote into the list.
  private final ConcurrentHashMap<String, EntryId> everBound = new ConcurrentHashMap<>();

  public WatchedEntitlements(Watch<Membership> membership) {
    this.membership = membership;
    remember(membership.current());
  }

  /** Notes the bindings of a new picture; called by its writer before it is published. */
  public void remember(Membership next) {
    everBound.putAll(next.entryByUser());
  }

  @Override
  public Verdict decide(Principal principal, Action action) {
    if (principal.entry().isEmpty()) return Verdict.ALLOW;
    Membership.Member member = membership.current().members().get(principal.entry().get());
    if (member == null) return NOT_A_MEMBER;
    return switch (member.standing()) {
      case ACTIVE -> Verdict.ALLOW;
      case DRAINING -> Verdict.DRAIN;
      case REVOKED -> REVOKED;
      case EXPIRED -> EXPIRED;
    };
  }

  @Override
  public Principal bind(String user) {
    EntryId entry = membership.current().entryByUser().get(user);
    if (entry != null) return Principal.of(user, entry);
    EntryId former = everBound.get(user);
    if (former == null) return Principal.of(user);
    // An id no list can hold: the account stays governed, and has no entry.
    return Principal.of(user, new EntryId(former.source(), "unbound:" + user));
  }
}
