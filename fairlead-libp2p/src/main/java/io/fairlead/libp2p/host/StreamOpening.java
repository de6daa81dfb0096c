package io.fairlead.libp2p.host;

import io.fairlead.libp2p.netty.StreamChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Opens streams on connections there are, within their bounds. Any thread. */
final class StreamOpening {
  private static final Duration IDENTIFY_WAIT = Duration.ofSeconds(10);

  private StreamOpening() {}

  /** Opens one when the peer has said what it speaks, or its time for that is over. */
  static CompletionStage<StreamChannel> open(
      Connection connection, List<String> wanted, Consumer<StreamChannel> prepare) {
    if (wanted.isEmpty()) throw new IllegalArgumentException("protocols: none");
    return connection
        .identification()
        .copy()
        .completeOnTimeout(null, IDENTIFY_WAIT.toMillis(), TimeUnit.MILLISECONDS)
        .thenCompose(
            _ -> {
              Optional<String> known =
                  wanted.stream().filter(protocol -> connection.wire().knows(protocol)).findFirst();
              return openNow(connection, known, wanted, prepare);
            });
  }

  /** With a protocol that the peer is known to speak there is nothing to wait for. */
  static CompletionStage<StreamChannel> openNow(
      Connection connection,
      Optional<String> known,
      List<String> wanted,
      Consumer<StreamChannel> prepare) {
    String counted = known.orElse(wanted.getFirst());
    Optional<Resources.StreamGrant> grant = connection.grant().stream(counted);
    if (grant.isEmpty()) {
      return CompletableFuture.failedFuture(
          new PeerDialException(PeerDialException.Reason.LIMITED, connection.remote()));
    }
    Consumer<StreamChannel> prepared =
        stream -> {
          stream.closeFuture().addListener(_ -> grant.get().close());
          prepare.accept(stream);
        };
    CompletionStage<StreamChannel> opened =
        known.isPresent()
            ? connection.wire().openKnown(known.get(), prepared)
            : connection.wire().open(wanted, prepared);
    return opened.whenComplete(
        (_, failure) -> {
          if (failure != null) grant.get().close();
        });
  }
}
