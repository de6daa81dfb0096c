package io.fairlead.net.live;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.netty.channel.Channel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The record of one channel. Counters have one writer, the event loop, so an opaque read and write
 * replace the locked addition; readers elsewhere see whole values, a little late.
 */
final class LiveChannel implements LiveConnection {
  private static final VarHandle RECEIVED;
  private static final VarHandle SENT;
  private static final VarHandle CUT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RECEIVED = lookup.findVarHandle(LiveChannel.class, "receivedBytes", long.class);
      SENT = lookup.findVarHandle(LiveChannel.class, "sentBytes", long.class);
      CUT = lookup.findVarHandle(LiveChannel.class, "cutReason", String.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final ConnectionRegistry registry;
  private final Channel channel;
  private final long id;
  private final String listener;
  private final SocketAddress peer;
  private final SocketAddress local;
  private volatile @Nullable String remoteText; // every request wants it
  private final long acceptedAtNanos;
  private final List<Runnable> closeActions = new ArrayList<>(2); // event loop only

  @SuppressWarnings("UnusedVariable") // through RECEIVED
  private long receivedBytes;

  @SuppressWarnings("UnusedVariable") // through SENT
  private long sentBytes;

  private volatile SocketAddress remote;
  private volatile SocketAddress wanted;
  private volatile String kind = "";
  private volatile String destination = "";
  private volatile Principal principal = Principal.ANONYMOUS;
  private Optional<EntryId> destinationEntry = Optional.empty(); // event loop only
  private boolean closed; // event loop only
  private volatile @Nullable String cutReason;

  LiveChannel(
      ConnectionRegistry registry,
      Channel channel,
      long id,
      String listener,
      SocketAddress remote,
      long acceptedAtNanos) {
    this.registry = registry;
    this.channel = channel;
    this.id = id;
    this.listener = listener;
    this.peer = remote;
    this.remote = remote;
    this.local = channel.localAddress() == null ? remote : channel.localAddress();
    this.wanted = this.local;
    this.acceptedAtNanos = acceptedAtNanos;
  }

  Channel channel() {
    return channel;
  }

  @Override
  public String remoteText() {
    String text = remoteText;
    if (text == null) {
      text = LiveConnection.super.remoteText();
      remoteText = text;
    }
    return text;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public SocketAddress remote() {
    return remote;
  }

  @Override
  public SocketAddress peer() {
    return peer;
  }

  @Override
  public SocketAddress local() {
    return local;
  }

  @Override
  public SocketAddress wanted() {
    return wanted;
  }

  @Override
  public void speaksFor(SocketAddress client, SocketAddress destination) {
    remote = client;
    remoteText = null;
    wanted = destination;
  }

  @Override
  public long acceptedAtNanos() {
    return acceptedAtNanos;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public String destination() {
    return destination;
  }

  @Override
  public long receivedBytes() {
    return (long) RECEIVED.getOpaque(this);
  }

  @Override
  public long sentBytes() {
    return (long) SENT.getOpaque(this);
  }

  @Override
  public void kind(String next) {
    if (kind != next) kind = next;
  }

  @Override
  public void destination(String next) {
    if (destination != next) destination = next;
  }

  @Override
  public void bind(Principal next) {
    Principal previous = principal;
    if (previous == next) return; // every request of a kept connection passes here
    principal = next;
    reindex(previous.entry(), destinationEntry, next.entry(), destinationEntry);
  }

  @Override
  public void bindDestination(Optional<EntryId> entry) {
    Optional<EntryId> previous = destinationEntry;
    if (previous.equals(entry)) return;
    destinationEntry = entry;
    reindex(principal.entry(), previous, principal.entry(), entry);
  }

  @Override
  public Runnable carries(EntryId entry, Severable work) {
    Severable carried = work::cut; // an identity of its own: the same work may be carried twice
    registry.index(entry, carried);
    return () -> registry.unindex(entry, carried);
  }

  @Override
  public void addReceived(long bytes) {
    RECEIVED.setOpaque(this, (long) RECEIVED.getOpaque(this) + bytes);
  }

  @Override
  public void addSent(long bytes) {
    SENT.setOpaque(this, (long) SENT.getOpaque(this) + bytes);
  }

  @Override
  public void onClosed(Runnable action) {
    if (closed) {
      action.run();
    } else {
      closeActions.add(action);
    }
  }

  @Override
  public Optional<String> cutReason() {
    return Optional.ofNullable(cutReason);
  }

  @Override
  public void cut(String reason) {
    if (!CUT.compareAndSet(this, null, reason)) return;
    var _ = channel.close(); // the rest happens in closed
  }

  /** Runs what waits for the end and leaves the index; once, on the event loop. */
  void closed() {
    closed = true;
    principal.entry().ifPresent(entry -> registry.unindex(entry, this));
    destinationEntry.ifPresent(entry -> registry.unindex(entry, this));
    for (Runnable action : closeActions) action.run();
    closeActions.clear();
  }

  // New places first: at no moment is the connection missing where a revocation may look for it.
  private void reindex(
      Optional<EntryId> oldPrincipal,
      Optional<EntryId> oldDestination,
      Optional<EntryId> newPrincipal,
      Optional<EntryId> newDestination) {
    if (closed) return;
    newPrincipal.ifPresent(entry -> registry.index(entry, this));
    newDestination.ifPresent(entry -> registry.index(entry, this));
    for (Optional<EntryId> old : List.of(oldPrincipal, oldDestination)) {
      if (old.isPresent() && !old.equals(newPrincipal) && !old.equals(newDestination)) {
        registry.unindex(old.get(), this);
      }
    }
  }
}
