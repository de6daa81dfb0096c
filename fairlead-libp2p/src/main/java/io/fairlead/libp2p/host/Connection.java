package io.fairlead.libp2p.host;

import io.fairlead.core.access.Principal;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.mux.SessionEnd;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.peers.KeptConnection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A connection of a node to a peer. Any thread. */
public final class Connection implements KeptConnection {
  private final PeerConnection wire;
  private final boolean limited;
  private final Principal principal;
  private final Resources.ConnectionGrant grant;
  private final CompletableFuture<Void> identified = new CompletableFuture<>();

  /** Which statement of ours the peer heard last. */
  private volatile long toldSnapshot;

  Connection(
      PeerConnection wire, boolean limited, Principal principal, Resources.ConnectionGrant grant) {
    this.wire = wire;
    this.limited = limited;
    this.principal = principal;
    this.grant = grant;
  }

  @Override
  public PeerId remote() {
    return wire.remote();
  }

  public PublicKey remoteKey() {
    return wire.remoteKey();
  }

  /** Where the peer is, without its id. */
  public Multiaddr remoteAddress() {
    return wire.remoteAddress();
  }

  @Override
  public boolean inbound() {
    return !wire.dialler();
  }

  /** Whether a relay on the way bounds time and bytes. */
  public boolean limited() {
    return limited;
  }

  /** Whether it leads through a relay, bounded or not. */
  public boolean relayed() {
    return wire.remoteAddress().relayed();
  }

  /** On whose behalf the peer acts. */
  public Principal principal() {
    return principal;
  }

  @Override
  public int streams() {
    return wire.streams();
  }

  /** Completes when the peer said who it is, or did not. */
  public CompletionStage<Void> identified() {
    return identified.minimalCompletionStage();
  }

  /** Completes when it is over. */
  public CompletionStage<SessionEnd> closed() {
    return wire.closed();
  }

  /** Ends it, with a code of {@code ConnectionCode}. */
  public CompletionStage<SessionEnd> close(long code) {
    return wire.close(code);
  }

  /** The connection below, for protocols that need more than streams by name. */
  public PeerConnection wire() {
    return wire;
  }

  Resources.ConnectionGrant grant() {
    return grant;
  }

  void identificationDone() {
    identified.complete(null);
  }

  CompletableFuture<Void> identification() {
    return identified;
  }

  long toldSnapshot() {
    return toldSnapshot;
  }

  void told(long snapshot) {
    toldSnapshot = snapshot;
  }

  @Override
  public String toString() {
    return wire + (limited ? " (limited)" : "");
  }
}
