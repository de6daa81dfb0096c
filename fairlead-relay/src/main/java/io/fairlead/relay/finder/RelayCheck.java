package io.fairlead.relay.finder;

import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Finds out whether peers relay, and how far away they are. Any thread. */
final class RelayCheck {
  private static final int PINGS = 3;
  private static final Duration PINGS_TIME = Duration.ofSeconds(2);

  private final Host host;

  RelayCheck(Host host) {
    this.host = host;
  }

  /** Never fails; cancelling it gives up. */
  CompletableFuture<CheckResult> check(RelayPeer peer, Duration timeout) {
    CompletableFuture<CheckResult> result = new CompletableFuture<>();
    host.connect(peer.id(), peer.addresses())
        .thenCompose(connection -> connection.identified().thenApply(_ -> connection))
        .thenCompose(this::judge)
        .whenComplete(
            (judged, failure) ->
                result.complete(
                    failure == null
                        ? judged
                        : new CheckResult.Unusable(String.valueOf(failure.getMessage()))));
    return result.completeOnTimeout(
        new CheckResult.Unusable("no answer in time"), timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private CompletionStage<CheckResult> judge(Connection connection) {
    PeerId peer = connection.remote();
    if (host.connections(peer).stream().anyMatch(Connection::relayed)) {
      return CompletableFuture.completedFuture(
          new CheckResult.Unusable("is behind a relay itself"));
    }
    if (!host.peerStore().protocols(peer).contains(HopMessage.PROTOCOL)) {
      return CompletableFuture.completedFuture(new CheckResult.NoRelay());
    }
    List<Duration> trips = new ArrayList<>();
    return ping(peer, trips)
        .toCompletableFuture()
        .completeOnTimeout(null, PINGS_TIME.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionally(_ -> null)
        .thenApply(_ -> new CheckResult.Relays(host.peerStore().addresses(peer), median(trips)));
  }

  /** One after the other, so that they do not slow each other down. */
  private CompletionStage<Void> ping(PeerId peer, List<Duration> trips) {
    return host.ping(peer)
        .thenCompose(
            trip -> {
              int count;
              synchronized (trips) {
                trips.add(trip);
                count = trips.size();
              }
              return count < PINGS
                  ? ping(peer, trips)
                  : CompletableFuture.<Void>completedFuture(null);
            });
  }

  private static Optional<Duration> median(List<Duration> trips) {
    synchronized (trips) {
      if (trips.isEmpty()) return Optional.empty();
      return Optional.of(trips.stream().sorted().toList().get(trips.size() / 2));
    }
  }
}
