package io.fairlead.relay.reachability;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.relay.codec.AutoNat2Message;
import io.fairlead.relay.netty.MessageStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One question to one peer: dial the first of these addresses that you can. Completes once, on an
 * event loop or a timer's thread.
 */
final class AddressProbe {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration NONCE_TIMEOUT = Duration.ofSeconds(5);
  private static final long DATA_MAX = 100_000;
  private static final int DATA_PIECE = 4096;

  private final Host host;
  private final DialBacks dialBacks;
  private final List<Multiaddr> addresses;
  private final long nonce;
  private final CompletableFuture<Multiaddr> heard;
  private final CompletableFuture<ProbeOutcome> result = new CompletableFuture<>();
  private boolean paid;

  AddressProbe(Host host, DialBacks dialBacks, List<Multiaddr> addresses, long nonce) {
    this.host = host;
    this.dialBacks = dialBacks;
    this.addresses = addresses;
    this.nonce = nonce;
    this.heard = dialBacks.await(nonce);
  }

  CompletionStage<ProbeOutcome> ask(Connection server) {
    MessageStream.open(
            host, server, AutoNat2Message.DIAL_REQUEST, AutoNat2Message.BYTES_MAX, TIMEOUT)
        .whenComplete(
            (stream, failure) -> {
              if (failure != null) result.complete(new ProbeOutcome.Failed(failure.toString()));
              else ask(stream);
            });
    result.whenComplete((_, _) -> dialBacks.forget(nonce));
    return result;
  }

  private void ask(MessageStream stream) {
    // The whole talk has one deadline; what is heard elsewhere has its own.
    var deadline =
        stream
            .channel()
            .eventLoop()
            .schedule(stream::reset, TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    result.whenComplete(
        (_, _) -> {
          deadline.cancel(false);
          stream.reset();
        });
    stream.send(
        new AutoNat2Message.DialRequest(addresses.stream().map(Multiaddr::toBytes).toList(), nonce)
            .toBytes());
    next(stream);
  }

  private void next(MessageStream stream) {
    stream.next(TIMEOUT).whenComplete((answer, failure) -> answered(stream, answer, failure));
  }

  private void answered(
      MessageStream stream, byte @Nullable [] answer, @Nullable Throwable failure) {
    if (answer == null) {
      result.complete(new ProbeOutcome.Failed(String.valueOf(failure)));
      return;
    }
    try {
      switch (AutoNat2Message.read(answer)) {
        case AutoNat2Message.DataRequest(int address, long bytes)
            when !paid && address < addresses.size() && bytes > 0 && bytes <= DATA_MAX -> {
          paid = true;
          pay(stream, bytes);
          next(stream);
        }
        case AutoNat2Message.DialResponse response -> decide(response);
        default -> result.complete(new ProbeOutcome.Failed("not an answer"));
      }
    } catch (MalformedException malformed) {
      result.complete(new ProbeOutcome.Failed(malformed.getMessage()));
    }
  }

  private static void pay(MessageStream stream, long bytes) {
    for (long left = bytes; left > 0; left -= DATA_PIECE) {
      byte[] piece = new byte[(int) Math.min(left, DATA_PIECE)];
      stream.send(new AutoNat2Message.DataResponse(piece).toBytes());
    }
  }

  private void decide(AutoNat2Message.DialResponse response) {
    switch (response.status()) {
      case AutoNat2Message.RESPONSE_OK -> {
        if (response.address() >= addresses.size()) {
          result.complete(new ProbeOutcome.Failed("an address of nobody"));
        } else {
          decide(addresses.get(response.address()), response.dialStatus());
        }
      }
      case AutoNat2Message.RESPONSE_DIAL_REFUSED -> result.complete(new ProbeOutcome.Refused());
      default -> result.complete(new ProbeOutcome.Failed("status " + response.status()));
    }
  }

  private void decide(Multiaddr address, int dialStatus) {
    switch (dialStatus) {
      case AutoNat2Message.DIAL_ERROR -> result.complete(new ProbeOutcome.Missed(address));
      // The word of one who says that it dialled is not enough.
      case AutoNat2Message.DIAL_OK, AutoNat2Message.DIAL_BACK_ERROR ->
          heard
              .orTimeout(NONCE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .whenComplete(
                  (from, failure) -> {
                    boolean reached = failure == null && DialBacks.consistent(address, from);
                    result.complete(
                        reached
                            ? new ProbeOutcome.Reached(address)
                            : new ProbeOutcome.Failed("nobody dialled"));
                  });
      default -> result.complete(new ProbeOutcome.Failed("dial status " + dialStatus));
    }
  }
}
