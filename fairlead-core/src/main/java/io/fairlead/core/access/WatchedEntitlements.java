package io.fairlead.core.access;

import io.fairlead.core.watch.Watch;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Decides on the latest {@link Membership} of a watch. */
public final class WatchedEntitlements implements Entitlements {
  private static final Verdict NOT_A_MEMBER = new Verdict.Deny("not_a_member");
  private static final Verdict NOT_ENTITLED = new Verdict.Deny("not_entitled");
  private static final Verdict REVOKED = new Verdict.Deny("revoked");
  private static final Verdict EXPIRED = new Verdict.Deny("expired");

  private final Watch<Membership> membership;
  // Accounts the list named at any time in this process, so that leaving the list denies them
  // instead of setting them free. Bounded by what the operator ever wrote into the list.
  private final ConcurrentHashMap<String, EntryId> everBound = new ConcurrentHashMap<>();

  // Accounts whose source no longer governs anybody: what they carry goes on ungoverned.
  private final ConcurrentHashMap<String, EntryId> released = new ConcurrentHashMap<>();

  public WatchedEntitlements(Watch<Membership> membership) {
    this.membership = membership;
    remember(membership.current());
  }

  /** Notes the bindings of a new picture; called by its writer before it is published. */
  public void remember(Membership next) {
    released.keySet().removeAll(next.entryByUser().keySet());
    everBound.putAll(next.entryByUser());
  }

  /** These sources govern nobody any more: accounts that only they named are free. */
  public void release(Set<String> sources) {
    everBound.forEach(
        (user, entry) -> {
          if (!sources.contains(entry.source())) return;
          released.put(user, entry);
          everBound.remove(user, entry);
        });
  }

  @Override
  public Watch<Membership> membership() {
    return membership;
  }

  @Override
  public Entitlements of(Membership.Use use) {
    return new Entitlements() {
      @Override
      public Verdict decide(Principal principal, Action action) {
        Membership now = membership.current();
        Membership.Governed governed = now.governed().get(use);
        boolean forbidden =
            governed != null && principal.entry().map(governed::forbids).orElse(false);
        Verdict verdict = WatchedEntitlements.this.decide(principal, now);
        return forbidden && !(verdict instanceof Verdict.Deny) ? NOT_ENTITLED : verdict;
      }

      @Override
      public Principal bind(String user) {
        return WatchedEntitlements.this.bind(user);
      }

      @Override
      public Watch<Membership> membership() {
        return membership;
      }
    };
  }

  @Override
  public Verdict decide(Principal principal, Action action) {
    return decide(principal, membership.current());
  }

  private Verdict decide(Principal principal, Membership now) {
    if (principal.entry().isEmpty()) return Verdict.ALLOW;
    Membership.Member member = now.members().get(principal.entry().get());
    if (member == null) return isReleased(principal) ? Verdict.ALLOW : NOT_A_MEMBER;
    return switch (member.standing()) {
      case ACTIVE -> Verdict.ALLOW;
      case DRAINING -> Verdict.DRAIN;
      case REVOKED -> REVOKED;
      case EXPIRED -> EXPIRED;
    };
  }

  /** An account, bound while a source governed it that no longer does. */
  private boolean isReleased(Principal principal) {
    EntryId former = released.get(principal.id());
    return former != null
        && principal.entry().map(EntryId::source).equals(Optional.of(former.source()));
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
