package io.fairlead.libp2p.host;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.KeyType;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.key.UnusableKeyException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Peers are members by the public key of their entry. A key that once stood in a list stays
 * governed: its peer is refused when the entry goes, not set free. What is remembered of former
 * entries is bounded by what the operator ever wrote into the lists. Any thread.
 */
public final class MembershipGate implements PeerGate {
  private final Watch<Membership> membership;
  private final Entitlements entitlements;
  private final Map<PeerId, EntryId> everBound = new ConcurrentHashMap<>();
  private volatile Map<EntryId, PeerId> nowBound = Map.of();
  private volatile @Nullable Membership read;

  public MembershipGate(Watch<Membership> membership, Entitlements entitlements) {
    this.membership = membership;
    this.entitlements = entitlements;
  }

  @Override
  public Principal principal(PeerId peer) {
    refresh();
    EntryId entry = everBound.get(peer);
    return entry == null ? Principal.of(peer.toString()) : Principal.of(peer.toString(), entry);
  }

  @Override
  public Verdict decide(Principal principal, Action action) {
    refresh();
    // An entry that was given another key is no longer its former peer's.
    Optional<PeerId> of = principal.entry().map(nowBound::get);
    if (of.isPresent() && !of.get().toString().equals(principal.id())) {
      return new Verdict.Deny("not_a_member");
    }
    return entitlements.decide(principal, action);
  }

  /** These lists govern nobody any more: peers that only they named are free. */
  public void release(Set<String> sources) {
    refresh();
    everBound.values().removeIf(entry -> sources.contains(entry.source()));
  }

  /** Each picture is read once; two threads that do so at the same time do the same. */
  private void refresh() {
    Membership now = membership.current();
    if (now == read) return;
    Map<EntryId, PeerId> bound = new HashMap<>();
    for (Membership.Member member : now.members().values()) {
      member
          .publicKey()
          .flatMap(MembershipGate::peer)
          .ifPresent(
              peer -> {
                everBound.put(peer, member.id());
                bound.put(member.id(), peer);
              });
    }
    nowBound = Map.copyOf(bound);
    read = now;
  }

  /** The peer that a key in a list names: an Ed25519 key in any form, or any peer id. */
  static Optional<PeerId> peer(String text) {
    try {
      Optional<NodeKey> key = NodeKey.parse(text);
      return Optional.of(
          key.isPresent()
              ? PublicKey.of(KeyType.ED25519, key.get().raw()).peerId()
              : PeerId.parse(text.strip()));
    } catch (MalformedException | UnusableKeyException _) {
      return Optional.empty();
    }
  }
}
