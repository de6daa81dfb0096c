package io.fairlead.libp2p.peers;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.key.PeerId;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Addresses, protocols and records of peers. Any thread; every answer is a copy.
 *
 * <p>At most so many peers: beyond, the one that was neither connected nor asked about for longest
 * is forgotten. Where nobody can be forgotten because all are connected, a new one is not kept.
 */
public final class PeerStore {
  /**
   * Bounds.
   *
   * @param peers peers remembered
   * @param addressesConnected addresses of a peer that is connected
   * @param addresses addresses of any other
   * @param protocols protocols of one peer
   */
  public record Bounds(int peers, int addressesConnected, int addresses, int protocols) {
    public static final Bounds DEFAULTS = new Bounds(16_384, 500, 20, 1024);

    public Bounds {
      if (peers < 1 || addressesConnected < addresses || addresses < 1 || protocols < 1) {
        throw new IllegalArgumentException(
            "bounds: %d, %d, %d, %d (expected: >= 1, connected >= others)"
                .formatted(peers, addressesConnected, addresses, protocols));
      }
    }
  }

  private final Bounds bounds;
  private final Clock clock;
  private final Object lock = new Object();

  /** Least recently used first; guarded by {@code lock}. */
  private final LinkedHashMap<PeerId, Peer> peers = new LinkedHashMap<>(64, 0.75f, true);

  private static final class Peer {
    final LinkedHashMap<Multiaddr, Long> expiryByAddress = new LinkedHashMap<>();
    Set<String> protocols = Set.of();
    Optional<String> agent = Optional.empty();
    Optional<SignedRecord> signed = Optional.empty();
    boolean connected;
  }

  /**
   * The newest record that a peer signed.
   *
   * @param envelope as it may be passed on
   */
  public record SignedRecord(long sequence, byte[] envelope) {}

  public PeerStore(Bounds bounds, Clock clock) {
    this.bounds = bounds;
    this.clock = clock;
  }

  /** Peers remembered. */
  public int size() {
    synchronized (lock) {
      return peers.size();
    }
  }

  /**
   * Adds addresses, or keeps those that are there for longer. Addresses that end with a peer must
   * end with this one; others are passed over. Beyond the bound those that expire first go.
   */
  public void addAddresses(PeerId peer, Collection<Multiaddr> addresses, AddressLife life) {
    synchronized (lock) {
      add(known(peer), peer, addresses, life);
    }
  }

  private void add(Peer known, PeerId id, Collection<Multiaddr> addresses, AddressLife life) {
    long expiry = clock.nanos() + life.life().toNanos();
    for (Multiaddr whole : addresses) {
      if (whole.peerId().filter(named -> !named.equals(id)).isPresent()) continue;
      whole
          .withoutPeer()
          .ifPresent(
              address ->
                  known.expiryByAddress.merge(
                      address, expiry, (old, fresh) -> old - fresh >= 0 ? old : fresh));
    }
    shrink(known);
  }

  /**
   * Takes over a record that the peer signed: its addresses replace those of earlier records.
   *
   * @param envelope the sealed form of {@code record}
   * @return false when one at least as new is there
   */
  public boolean addRecord(PeerRecord record, byte[] envelope, AddressLife life) {
    synchronized (lock) {
      Peer known = known(record.peer());
      Optional<SignedRecord> before = known.signed;
      if (before.isPresent() && !record.newerThan(before.get().sequence())) return false;
      known.signed = Optional.of(new SignedRecord(record.sequence(), envelope.clone()));
      known.expiryByAddress.clear();
      add(known, record.peer(), record.addresses(), life);
      return true;
    }
  }

  /** The newest record that the peer signed. */
  public Optional<SignedRecord> record(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      return known == null ? Optional.empty() : known.signed;
    }
  }

  /** Addresses that have not expired, without the peer at their end. */
  public List<Multiaddr> addresses(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      if (known == null) return List.of();
      long now = clock.nanos();
      known.expiryByAddress.values().removeIf(expiry -> now - expiry >= 0);
      return List.copyOf(known.expiryByAddress.keySet());
    }
  }

  /** Replaces what the peer speaks; what is beyond the bound is left out. */
  public void setProtocols(PeerId peer, Collection<String> protocols) {
    synchronized (lock) {
      Set<String> kept = new LinkedHashSet<>();
      for (String protocol : protocols) {
        if (kept.size() == bounds.protocols()) break;
        kept.add(protocol);
      }
      known(peer).protocols = Set.copyOf(kept);
    }
  }

  /** Takes back one: the peer did not speak it when asked. */
  public void removeProtocol(PeerId peer, String protocol) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      if (known == null || !known.protocols.contains(protocol)) return;
      Set<String> left = new LinkedHashSet<>(known.protocols);
      left.remove(protocol);
      known.protocols = Set.copyOf(left);
    }
  }

  /** What the peer is known to speak. */
  public Set<String> protocols(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      return known == null ? Set.of() : known.protocols;
    }
  }

  /** The first of {@code wanted} that the peer is known to speak. */
  public Optional<String> firstSpoken(PeerId peer, List<String> wanted) {
    Set<String> spoken = protocols(peer);
    return wanted.stream().filter(spoken::contains).findFirst();
  }

  public void setAgent(PeerId peer, String agent) {
    synchronized (lock) {
      known(peer).agent = Optional.of(agent);
    }
  }

  /** The program that the peer says it is. */
  public Optional<String> agent(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      return known == null ? Optional.empty() : known.agent;
    }
  }

  /** The peer has a connection now: more is remembered about it, and it is not forgotten. */
  public void connected(PeerId peer) {
    synchronized (lock) {
      known(peer).connected = true;
    }
  }

  /** The peer has none any more: its addresses expire, and only some of them are kept. */
  public void disconnected(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      if (known == null) return;
      known.connected = false;
      long latest = clock.nanos() + AddressLife.RECENTLY_CONNECTED.life().toNanos();
      known.expiryByAddress.replaceAll((_, expiry) -> expiry - latest > 0 ? latest : expiry);
      shrink(known);
    }
  }

  /** Every peer remembered, the one asked about last at the end. */
  public List<PeerId> all() {
    synchronized (lock) {
      return List.copyOf(peers.keySet());
    }
  }

  /** The entry of a peer; one that could not be kept is filled and forgotten. */
  private Peer known(PeerId peer) {
    Peer known = peers.get(peer);
    if (known != null) return known;
    Peer fresh = new Peer();
    if (peers.size() < bounds.peers() || forgetOne()) peers.put(peer, fresh);
    return fresh;
  }

  private boolean forgetOne() {
    Iterator<Map.Entry<PeerId, Peer>> oldest = peers.entrySet().iterator();
    while (oldest.hasNext()) {
      if (oldest.next().getValue().connected) continue;
      oldest.remove();
      return true;
    }
    return false;
  }

  private void shrink(Peer peer) {
    int most = peer.connected ? bounds.addressesConnected() : bounds.addresses();
    int surplus = peer.expiryByAddress.size() - most;
    if (surplus <= 0) return;
    long now = clock.nanos();
    List<Multiaddr> first =
        peer.expiryByAddress.entrySet().stream()
            .sorted((a, b) -> Long.compare(a.getValue() - now, b.getValue() - now))
            .limit(surplus)
            .map(Map.Entry::getKey)
            .toList();
    first.forEach(peer.expiryByAddress::remove);
  }
}
