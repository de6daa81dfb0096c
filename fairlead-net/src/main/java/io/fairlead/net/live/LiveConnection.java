package io.fairlead.net.live;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * One accepted connection while it lives: what the control API lists and what a revocation cuts.
 * Written by the connection's event loop; read by any thread, each value whole but not all at one
 * instant.
 */
public interface LiveConnection {
  /** Unique in this process. */
  long id();

  /** The listener's id in the configuration. */
  String listener();

  /** Address of the TCP peer. */
  SocketAddress remote();

  /**
   * Text of the TCP peer's address without port and zone; {@code unknown} for a peer without one.
   */
  default String remoteText() {
    if (!(remote() instanceof InetSocketAddress peer) || peer.getAddress() == null) {
      return "unknown";
    }
    String text = peer.getAddress().getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  /** Local address it arrived on. */
  SocketAddress local();

  /** Monotonic nanoseconds of the accept. */
  long acceptedAtNanos();

  /** What it is doing, e.g. {@code "socks5"}, {@code "http"}; empty until known. */
  String kind();

  /** Whether it is known to carry something that is not HTTP, and so has no end of its own. */
  default boolean carriesStream() {
    String kind = kind();
    return !kind.isEmpty() && !kind.equals("http") && !kind.equals("h2");
  }

  /** Who it works for; {@link Principal#ANONYMOUS} until someone authenticated. */
  Principal principal();

  /** Where it goes now, as text; empty when nowhere. */
  String destination();

  /** Bytes read from the peer. */
  long receivedBytes();

  /** Bytes written to the peer. */
  long sentBytes();

  void kind(String kind);

  void destination(String destination);

  /**
   * Says who the connection works for from now on, and indexes it under that principal's entry.
   * Call this <em>before</em> asking {@link io.fairlead.core.access.Entitlements}: a revocation
   * then either finds the connection in the index or is seen by the decision.
   */
  void bind(Principal principal);

  /** Indexes it also under the entry of where it goes; empty to undo. */
  void bindDestination(Optional<EntryId> entry);

  void addReceived(long bytes);

  void addSent(long bytes);

  /** Runs once, on the event loop, when the connection is closed. */
  void onClosed(Runnable action);

  /** Why it was cut from outside (snake_case), if it was. */
  Optional<String> cutReason();

  /** Closes it with a reason; any thread; asynchronous. */
  void cut(String reason);
}
