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
public interface LiveConnection extends Severable {
  /** Unique in this process. */
  long id();

  /** The listener's id in the configuration. */
  String listener();

  /** Where the client is: the TCP peer, or whom a trusted one speaks for. */
  SocketAddress remote();

  /** The TCP peer, whomever it speaks for. */
  SocketAddress peer();

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

  /** What the client connected to: {@link #local}, or what a trusted peer says. */
  SocketAddress wanted();

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

  /**
   * Says that the peer speaks for somebody else. On the event loop, before anybody asks.
   *
   * @param client where that one is
   * @param wanted what it connected to
   */
  void speaksFor(SocketAddress client, SocketAddress wanted);

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

  /**
   * Indexes one piece of its work under the entry of the principal that it alone is done for,
   * besides whom the connection works for. Like {@link #bind}, before the decision is asked for.
   * Any thread.
   *
   * @return ends that; to be called once, when the work is over
   */
  Runnable carries(EntryId entry, Severable work);

  void addReceived(long bytes);

  void addSent(long bytes);

  /** Runs once, on the event loop, when the connection is closed. */
  void onClosed(Runnable action);

  /** Why it was cut from outside (snake_case), if it was. */
  @Override
  Optional<String> cutReason();

  /** Closes it with a reason; any thread; asynchronous. */
  @Override
  void cut(String reason);
}
