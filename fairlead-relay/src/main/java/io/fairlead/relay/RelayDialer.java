package io.fairlead.relay;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerDialException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.StreamOpenException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Opens streams to peers for code that knows destinations only: over the connection there is, or
 * one made for it, directly or through a relay, whichever comes first. Any thread.
 *
 * <p>Deviation: a stream lives on the event loop of its connection, so the stage completes there
 * and not on the asking flow's. Reading is off until the caller turns it on.
 */
public final class RelayDialer implements Dialer<StreamChannel> {
  private final Host host;
  private final boolean limited;
  private final Function<PeerId, List<Multiaddr>> addresses;

  /**
   * @param limited whether a way will do that a relay bounds in time and bytes
   */
  public RelayDialer(Host host, boolean limited) {
    this(host, limited, _ -> List.of());
  }

  /**
   * @param addresses where peers are, beyond what the node knows already
   */
  public RelayDialer(Host host, boolean limited, Function<PeerId, List<Multiaddr>> addresses) {
    this.host = host;
    this.limited = limited;
    this.addresses = addresses;
  }

  @Override
  public CompletionStage<StreamChannel> dial(Destination destination, Duration timeout) {
    if (!(destination instanceof Destination.Peer(String text, String protocol))) {
      return CompletableFuture.failedFuture(
          new DialException.Unresolved(destination, "not a peer: " + destination));
    }
    PeerId peer;
    try {
      peer = PeerId.parse(text);
    } catch (MalformedException malformed) {
      return CompletableFuture.failedFuture(
          new DialException.Unresolved(destination, malformed.getMessage()));
    }
    OpenOptions options = limited ? OpenOptions.DEFAULTS.allowingLimited() : OpenOptions.DEFAULTS;
    CompletableFuture<StreamChannel> opening =
        host.connect(peer, addresses.apply(peer), options)
            .thenCompose(
                _ ->
                    host.newStream(
                        peer,
                        List.of(protocol),
                        options,
                        stream -> stream.config().setAutoRead(false)))
            .toCompletableFuture();
    CompletableFuture<StreamChannel> result =
        opening.copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    result.whenComplete(
        (_, failure) -> {
          // One that comes too late, or that nobody waits for any more, is given up.
          if (failure != null) opening.thenAccept(stream -> stream.reset(0));
        });
    CompletableFuture<StreamChannel> told =
        result.exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(told(destination, bare(failure))));
    told.whenComplete(
        (_, _) -> {
          if (told.isCancelled()) result.cancel(false);
        });
    return told;
  }

  private static DialException told(Destination destination, Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case java.util.concurrent.TimeoutException _ ->
          new DialException.TimedOut(destination, "no stream in time");
      case StreamOpenException _ -> new DialException.Refused(destination, message);
      case PeerDialException dial ->
          switch (dial.reason()) {
            case FORBIDDEN ->
                new DialException.Forbidden(
                    destination, message, "let the peer's entry be usable in its list");
            case NO_ADDRESSES -> new DialException.Unresolved(destination, message);
            case SELF, NOT_CONNECTED, ALL_FAILED, WRONG_PEER, LIMITED, CLOSED ->
                new DialException.Unreachable(destination, false, message);
          };
      default -> new DialException.Unreachable(destination, false, message);
    };
  }

  private static Throwable bare(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
