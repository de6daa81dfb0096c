package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach a peer: its addresses in the order of {@link DialOrder}, the next one sooner
 * when all that were begun have failed. The first success wins; the others are cancelled, which
 * closes their sockets. Owned by one event loop.
 */
final class DialAttempt {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration TIMEOUT_PRIVATE = Duration.ofSeconds(5);
  private static final Duration BUSY_PAUSE = Duration.ofMillis(50);
  private static final int ADDRESSES_MAX = 64;
  private static final int SOCKETS_MAX = 8;

  /** An address, and the one with a name in it that it was found by. */
  private record Found(Multiaddr named, Multiaddr address) {}

  private final Dialing dialing;
  private final EventLoop loop;
  private final PeerId peer;
  private final List<Multiaddr> given;
  private final OpenOptions options;
  private final CompletableFuture<Connection> result = new CompletableFuture<>();
  private final ArrayDeque<DialOrder> waiting = new ArrayDeque<>();
  private final Map<Multiaddr, CompletableFuture<?>> dialled = new LinkedHashMap<>();
  private final Map<Multiaddr, Throwable> failures = new LinkedHashMap<>();
  private long startNanos;
  private @Nullable Future<?> timer;

  DialAttempt(
      Dialing dialing, EventLoop loop, PeerId peer, List<Multiaddr> given, OpenOptions options) {
    this.dialing = dialing;
    this.loop = loop;
    this.peer = peer;
    this.given = List.copyOf(given);
    this.options = options;
  }

  /** Fails with {@link PeerDialException}. */
  CompletableFuture<Connection> result() {
    return result;
  }

  void start() {
    loop.execute(this::resolve);
  }

  private void resolve() {
    List<CompletableFuture<List<Found>>> answers = new ArrayList<>();
    for (Multiaddr address : given) {
      if (answers.size() == ADDRESSES_MAX) break;
      answers.add(
          addresses(address)
              .thenApply(all -> all.stream().map(each -> new Found(address, each)).toList())
              .exceptionally(
                  failure -> {
                    loop.execute(() -> failures.put(address, bare(failure)));
                    return List.of();
                  }));
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .whenComplete(
            (_, _) ->
                loop.execute(
                    () -> begin(answers.stream().flatMap(each -> each.join().stream()).toList())));
  }

  /** The name of a relay is resolved when the relay is dialled, under the name it was given by. */
  private CompletableFuture<List<Multiaddr>> addresses(Multiaddr address) {
    return address.relayed()
        ? CompletableFuture.completedFuture(List.of(address))
        : dialing.names().resolve(address, loop).toCompletableFuture();
  }

  private void begin(List<Found> addresses) {
    List<Multiaddr> usable = new ArrayList<>();
    for (Found found : addresses) {
      Multiaddr whole = found.address();
      if (usable.size() == ADDRESSES_MAX) break;
      Optional<Multiaddr> plain = whole.relayed() ? Optional.of(whole) : whole.withoutPeer();
      if (plain.isEmpty()) continue;
      Multiaddr address = plain.get();
      Optional<String> obstacle = obstacle(found, address);
      if (obstacle.isPresent()) failures.put(address, new IOException(obstacle.get()));
      else usable.add(address);
    }
    waiting.addAll(DialOrder.of(usable));
    startNanos = dialing.clock().nanos();
    proceed();
  }

  private Optional<String> obstacle(Found found, Multiaddr address) {
    if (found.address().peerId().filter(named -> !named.equals(peer)).isPresent()) {
      return Optional.of("of another peer");
    }
    if (options.forceDirect() && address.relayed()) return Optional.of("leads through a relay");
    if (dialing.dialer(address).isEmpty()) return Optional.of("no transport");
    if (!dialing.mayDial(found.named(), address)) return Optional.of("not allowed");
    if (!options.eager() && dialing.backoff().waits(peer, address)) {
      return Optional.of("failed a moment ago");
    }
    return Optional.empty();
  }

  /** Begins what is due, and sees when to come again. */
  private void proceed() {
    if (result.isDone()) return;
    stopTimer();
    while (!waiting.isEmpty() && dialled.size() < SOCKETS_MAX) {
      Duration passed = Duration.ofNanos(dialing.clock().nanos() - startNanos);
      Duration left = waiting.getFirst().delay().minus(passed);
      if (left.isPositive() && !dialled.isEmpty()) {
        comeAgain(left);
        return;
      }
      if (!dialing.takeSocket()) {
        comeAgain(BUSY_PAUSE);
        return;
      }
      dial(waiting.removeFirst().address());
    }
    if (waiting.isEmpty() && dialled.isEmpty()) {
      result.completeExceptionally(PeerDialException.of(peer, failures));
    }
  }

  private void dial(Multiaddr address) {
    AddressDialer dialer = dialing.dialer(address).orElseThrow();
    boolean near = AddressScope.of(address) == AddressScope.PRIVATE;
    CompletableFuture<AddressDialer.Dialled> dial =
        dialer.dial(address, peer, near ? TIMEOUT_PRIVATE : TIMEOUT).toCompletableFuture();
    dialled.put(address, dial);
    dial.whenComplete(
        (connected, failure) -> {
          dialing.giveSocket();
          loop.execute(() -> ended(address, connected, failure));
        });
  }

  private void ended(
      Multiaddr address, AddressDialer.@Nullable Dialled connected, @Nullable Throwable failure) {
    dialled.remove(address);
    if (connected == null) {
      if (failure != null && !result.isDone()) {
        failures.put(address, bare(failure));
        dialing.backoff().failed(peer, address);
      }
      proceed();
      return;
    }
    if (result.isDone()) {
      connected.connection().close(0); // it lost by a hair
      return;
    }
    dialing.backoff().succeeded(peer, address);
    Optional<Connection> adopted = dialing.adopt(connected);
    stopTimer();
    waiting.clear();
    if (adopted.isPresent()) result.complete(adopted.get());
    else {
      // Not the address's fault, so another one would not help.
      result.completeExceptionally(
          new PeerDialException(PeerDialException.Reason.FORBIDDEN, peer, failures));
    }
    List.copyOf(dialled.values()).forEach(loser -> loser.cancel(false));
  }

  private void comeAgain(Duration after) {
    timer = loop.schedule(this::proceed, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void stopTimer() {
    Future<?> set = timer;
    timer = null;
    if (set != null) set.cancel(false);
  }

  private static Throwable bare(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
