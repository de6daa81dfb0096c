package io.fairlead.relay.circuit;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.AddressDialer;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.reservation.ReservationClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Dials {@code …/p2p/RELAY/p2p-circuit}: connects to the relay where there is no connection yet,
 * and asks it for the peer. Of dials to one peer through one relay one is under way; the others
 * wait for it. Bounded by the dials of the node. Any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     hop protocol, connect</a>
 */
public final class CircuitDialer implements AddressDialer {
  /** What a relay is worth to the node that has circuits through it. */
  private static final String TAG = "relay-hop-stream";

  private static final int TAG_VALUE = 5;
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  /** Relays that bound circuits without saying so begin their agent with this. */
  private static final String SILENT_AGENT = "rust-libp2p";

  private final Host host;
  private final ReservationClient reservations;
  private final CircuitMeters meters;
  private final Map<Way, CompletableFuture<Dialled>> active = new ConcurrentHashMap<>();
  private final Map<PeerId, Integer> circuits = new ConcurrentHashMap<>();

  private record Way(PeerId relay, PeerId peer) {}

  public CircuitDialer(Host host, ReservationClient reservations, CircuitMeters meters) {
    this.host = host;
    this.reservations = reservations;
    this.meters = meters;
  }

  @Override
  public boolean dials(Multiaddr address) {
    return relay(address).isPresent();
  }

  private static Optional<PeerId> relay(Multiaddr address) {
    Optional<Multiaddr.Circuit> circuit = address.circuit();
    if (circuit.isEmpty()) return Optional.empty();
    // One relay, and behind it the peer or nothing.
    boolean simple =
        circuit
            .get()
            .behind()
            .map(Multiaddr::components)
            .map(parts -> parts.size() == 1 && parts.getFirst().protocol() == AddressProtocol.P2P)
            .orElse(true);
    return simple ? circuit.get().relay().flatMap(Multiaddr::peerId) : Optional.empty();
  }

  @Override
  public CompletionStage<Dialled> dial(Multiaddr address, PeerId peer, Duration timeout) {
    PeerId relay = relay(address).orElseThrow();
    Multiaddr at = address.circuit().flatMap(Multiaddr.Circuit::relay).orElseThrow();
    boolean plain = at.components().stream().map(Component::protocol).allMatch(CircuitDialer::id);
    List<Multiaddr> addresses = plain ? List.of() : List.of(at);
    CompletableFuture<Dialled> result = new CompletableFuture<>();
    take(new Way(relay, peer), addresses, result);
    return result;
  }

  /** Whether a part says who the relay is, but not where. */
  private static boolean id(AddressProtocol protocol) {
    return protocol == AddressProtocol.P2P;
  }

  private void take(Way way, List<Multiaddr> addresses, CompletableFuture<Dialled> result) {
    if (result.isDone()) return;
    CompletableFuture<Dialled> other = active.putIfAbsent(way, result);
    if (other == null) {
      result.whenComplete((_, _) -> active.remove(way, result));
      begin(way, addresses, result);
      return;
    }
    other.whenComplete(
        (connected, failure) -> {
          if (connected != null) {
            result.completeExceptionally(
                new CircuitException("connected by another dial", null, null));
          } else if (bare(failure) instanceof CircuitException refused
              && refused.status().isPresent()) {
            result.completeExceptionally(refused); // it would say the same again
          } else {
            take(way, addresses, result);
          }
        });
  }

  private void begin(Way way, List<Multiaddr> addresses, CompletableFuture<Dialled> result) {
    CompletableFuture<Connection> relay =
        host.connect(way.relay(), addresses, OpenOptions.DEFAULTS.direct()).toCompletableFuture();
    result.whenComplete(
        (_, _) -> {
          if (result.isCancelled()) relay.cancel(false);
        });
    relay.whenComplete(
        (connection, failure) -> {
          if (failure != null) fail(result, "relay not reached", failure);
          else if (!result.isDone()) ask(way, connection, result);
        });
  }

  private void ask(Way way, Connection relay, CompletableFuture<Dialled> result) {
    MessageStream.open(host, relay, HopMessage.PROTOCOL, HopMessage.BYTES_MAX, OPEN_TIMEOUT)
        .whenComplete(
            (stream, failure) -> {
              if (failure != null) {
                fail(result, "no hop stream", failure);
                return;
              }
              // Whoever gives up, or is beaten by another address, leaves nothing open.
              result.whenComplete(
                  (_, failed) -> {
                    if (failed != null) stream.reset();
                  });
              stream.send(new HopMessage.Connect(PeerMessage.of(way.peer().toBytes())).toBytes());
              stream
                  .next(ANSWER_TIMEOUT)
                  .whenComplete(
                      (answer, broken) -> heard(way, relay, stream, answer, broken, result));
            });
  }

  private void heard(
      Way way,
      Connection relay,
      MessageStream stream,
      byte @Nullable [] answer,
      @Nullable Throwable broken,
      CompletableFuture<Dialled> result) {
    if (answer == null) {
      fail(result, "no answer of the relay", broken);
      return;
    }
    if (result.isDone()) return;
    try {
      if (!(HopMessage.read(answer) instanceof HopMessage.Status status)) {
        throw new MalformedException("answer: no status");
      }
      if (!status.ok()) {
        Optional<CircuitStatus> known = CircuitStatus.of(status.code());
        meters.dialled().refused();
        result.completeExceptionally(
            new CircuitException(
                "relay says " + known.map(Enum::name).orElse("status " + status.code()),
                known.orElse(null),
                null));
        return;
      }
      upgrade(way, relay, stream, status, result);
    } catch (MalformedException malformed) {
      fail(result, "answer of the relay", malformed);
    }
  }

  private void upgrade(
      Way way,
      Connection relay,
      MessageStream stream,
      HopMessage.Status status,
      CompletableFuture<Dialled> result) {
    Optional<CircuitLimit> said = status.limit().map(ReservationClient::limit);
    CircuitLimit limit =
        said.or(() -> reservations.held(way.relay()).map(Reservation::limit))
            .orElse(CircuitLimit.NONE);
    boolean silent =
        said.isEmpty()
            && host.peerStore()
                .agent(way.relay())
                .filter(agent -> agent.startsWith(SILENT_AGENT))
                .isPresent();
    CircuitUpgrade.upgrade(
            host.upgrader(),
            stream,
            new Circuit(way.relay(), limit),
            CircuitUpgrade.address(relay),
            way.peer(),
            true,
            meters.dialled())
        .whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                fail(result, "not secured", failure);
                return;
              }
              opened(way.relay());
              connection.closed().whenComplete((_, _) -> closed(way.relay()));
              meters.dialled().opened(connection.closed());
              if (!result.complete(new Dialled(connection, limit.bounds() || silent))) {
                connection.close(0);
              }
            });
  }

  private void opened(PeerId relay) {
    circuits.merge(relay, 1, Integer::sum);
    host.keeper().tag(relay, TAG, TAG_VALUE);
  }

  private void closed(PeerId relay) {
    Integer left = circuits.computeIfPresent(relay, (_, count) -> count == 1 ? null : count - 1);
    if (left == null) host.keeper().untag(relay, TAG);
  }

  private static void fail(
      CompletableFuture<Dialled> result, String what, @Nullable Throwable cause) {
    Throwable bare = cause == null ? null : bare(cause);
    String why = bare == null ? "" : ": " + bare.getMessage();
    result.completeExceptionally(new CircuitException(what + why, null, bare));
  }

  private static Throwable bare(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
