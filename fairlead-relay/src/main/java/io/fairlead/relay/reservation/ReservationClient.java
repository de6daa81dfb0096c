package io.fairlead.relay.reservation;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerDialException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.Voucher;
import io.fairlead.libp2p.netty.StreamOpenException;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.LimitMessage;
import io.fairlead.relay.codec.ReservationMessage;
import io.fairlead.relay.netty.MessageStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks relays over the hop protocol and remembers what they gave. A place is forgotten when its
 * time is over and when the last direct connection to its relay ends. Bounded by the connections of
 * the node. Any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     reservation</a>
 */
public final class ReservationClient implements Reservations {
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  /** A relay that promises more is asked again after this, and has to keep its word until then. */
  private static final Duration BELIEVED = Duration.ofDays(1);

  private final Host host;
  private final Clock clock;
  private final Map<PeerId, Reservation> held = new ConcurrentHashMap<>();

  public ReservationClient(Host host, Clock clock) {
    this.host = host;
    this.clock = clock;
  }

  /** The place at a relay, if there is one now. */
  public Optional<Reservation> held(PeerId relay) {
    Reservation reservation = held.get(relay);
    if (reservation == null) return Optional.empty();
    if (reservation.expires().isAfter(clock.wall())) return Optional.of(reservation);
    held.remove(relay, reservation);
    return Optional.empty();
  }

  /** All places there are now. */
  public List<Reservation> held() {
    return held.keySet().stream().flatMap(relay -> held(relay).stream()).toList();
  }

  @Override
  public void drop(PeerId relay) {
    held.remove(relay);
  }

  @Override
  public CompletionStage<Reservation> reserve(PeerId relay, List<Multiaddr> addresses) {
    CompletableFuture<Reservation> result = new CompletableFuture<>();
    // Whoever asks knows when to ask again; a dial that is not made is no answer of the relay.
    host.connect(relay, addresses, OpenOptions.DEFAULTS.direct().eagerly())
        .whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                fail(result, relay, new ReservationFailure.Unreachable(text(failure)), failure);
              } else {
                ask(relay, connection, result);
              }
            });
    return result;
  }

  private void ask(PeerId relay, Connection connection, CompletableFuture<Reservation> result) {
    MessageStream.open(host, connection, HopMessage.PROTOCOL, HopMessage.BYTES_MAX, OPEN_TIMEOUT)
        .whenComplete(
            (stream, failure) -> {
              if (failure != null) {
                boolean unsupported =
                    bare(failure) instanceof StreamOpenException refused
                        && refused.reason() == StreamOpenException.Reason.UNKNOWN_PROTOCOL;
                fail(
                    result,
                    relay,
                    unsupported
                        ? new ReservationFailure.Unsupported()
                        : new ReservationFailure.Broken(text(failure)),
                    failure);
                return;
              }
              stream.send(new HopMessage.Reserve().toBytes());
              stream
                  .next(ANSWER_TIMEOUT)
                  .whenComplete(
                      (answer, broken) -> {
                        if (broken == null) stream.close();
                        else stream.reset();
                        settle(relay, connection, answer, broken, result);
                      });
            });
  }

  private void settle(
      PeerId relay,
      Connection connection,
      byte[] answer,
      Throwable broken,
      CompletableFuture<Reservation> result) {
    if (broken != null) {
      boolean malformed = bare(broken) instanceof MalformedException;
      String why = text(broken);
      fail(
          result,
          relay,
          malformed ? new ReservationFailure.Malformed(why) : new ReservationFailure.Broken(why),
          broken);
      return;
    }
    try {
      if (!(HopMessage.read(answer) instanceof HopMessage.Status status)) {
        throw new MalformedException("answer: no status");
      }
      if (!status.ok()) {
        fail(result, relay, new ReservationFailure.Refused(refusal(status.code())), null);
        return;
      }
      Reservation reservation = reservation(relay, status);
      hold(reservation, connection);
      result.complete(reservation);
    } catch (MalformedException malformed) {
      fail(result, relay, new ReservationFailure.Malformed(text(malformed)), malformed);
    }
  }

  private Reservation reservation(PeerId relay, HopMessage.Status status)
      throws MalformedException {
    ReservationMessage given =
        status
            .reservation()
            .orElseThrow(() -> new MalformedException("answer: without reservation"));
    long seconds = given.expiration();
    if (seconds < 0 || seconds > Instant.MAX.getEpochSecond()) {
      throw new MalformedException("reservation: expiration out of range");
    }
    Instant expires = Instant.ofEpochSecond(seconds);
    Instant now = clock.wall();
    if (!expires.isAfter(now)) throw new MalformedException("reservation: in the past");
    Instant latest = now.plus(BELIEVED);
    if (expires.isAfter(latest)) expires = latest;
    Optional<Voucher> voucher = Optional.empty();
    if (given.voucher().isPresent()) {
      Voucher opened = Voucher.open(given.voucher().get());
      if (!opened.relay().equals(relay)) throw new MalformedException("voucher: of another relay");
      if (!opened.peer().equals(host.id())) {
        throw new MalformedException("voucher: for another peer");
      }
      voucher = Optional.of(opened);
    }
    return new Reservation(
        relay,
        expires,
        addresses(relay, given.addresses()),
        voucher,
        status.limit().map(ReservationClient::limit).orElse(CircuitLimit.NONE));
  }

  /** As a message says it: 0 bounds nothing, and neither does more than can be counted. */
  public static CircuitLimit limit(LimitMessage message) {
    Optional<Duration> duration =
        Optional.of(message.durationSeconds())
            .filter(seconds -> seconds > 0)
            .map(Duration::ofSeconds);
    return new CircuitLimit(duration, Optional.of(message.dataBytes()).filter(bytes -> bytes > 0));
  }

  /**
   * Those that can be read and are the relay's, each with its id once: some relays write it twice.
   */
  private static List<Multiaddr> addresses(PeerId relay, List<byte[]> given) {
    List<Multiaddr> addresses = new ArrayList<>();
    for (Multiaddr address : Multiaddr.readable(given)) {
      Optional<Multiaddr> bare = Optional.of(address);
      while (bare.isPresent() && bare.get().peerId().filter(relay::equals).isPresent()) {
        bare = bare.get().withoutPeer();
      }
      bare.filter(plain -> !plain.has(AddressProtocol.P2P))
          .map(plain -> plain.withPeer(relay))
          .filter(whole -> !addresses.contains(whole))
          .ifPresent(addresses::add);
    }
    return addresses;
  }

  private void hold(Reservation reservation, Connection connection) {
    // One that is prolonged is followed already, over whichever connection.
    if (held.put(reservation.relay(), reservation) == null) {
      endsWith(reservation.relay(), connection);
    }
  }

  /** The place ends with the last connection, which may be another than the one it was asked on. */
  private void endsWith(PeerId relay, Connection connection) {
    connection
        .closed()
        .whenComplete(
            (_, _) ->
                host.connections(relay).stream()
                    .filter(other -> !other.relayed() && other.wire().isOpen())
                    .findFirst()
                    .ifPresentOrElse(other -> endsWith(relay, other), () -> held.remove(relay)));
  }

  private static ReservationFailure.Refusal refusal(int code) {
    return CircuitStatus.of(code)
        .map(
            status ->
                switch (status) {
                  case OK -> ReservationFailure.Refusal.OTHER; // said by nobody who refuses
                  case RESERVATION_REFUSED -> ReservationFailure.Refusal.RESERVATION_REFUSED;
                  case RESOURCE_LIMIT_EXCEEDED ->
                      ReservationFailure.Refusal.RESOURCE_LIMIT_EXCEEDED;
                  case PERMISSION_DENIED -> ReservationFailure.Refusal.PERMISSION_DENIED;
                  case CONNECTION_FAILED -> ReservationFailure.Refusal.CONNECTION_FAILED;
                  case NO_RESERVATION -> ReservationFailure.Refusal.NO_RESERVATION;
                  case MALFORMED_MESSAGE -> ReservationFailure.Refusal.MALFORMED_MESSAGE;
                  case UNEXPECTED_MESSAGE -> ReservationFailure.Refusal.UNEXPECTED_MESSAGE;
                })
        .orElse(ReservationFailure.Refusal.OTHER);
  }

  private static void fail(
      CompletableFuture<Reservation> result,
      PeerId relay,
      ReservationFailure failure,
      @org.jspecify.annotations.Nullable Throwable cause) {
    result.completeExceptionally(
        new ReservationException(relay, failure, cause == null ? null : bare(cause)));
  }

  private static Throwable bare(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private static String text(Throwable failure) {
    Throwable cause = bare(failure);
    if (cause instanceof PeerDialException dial) return dial.reason() + ": " + dial.getMessage();
    return String.valueOf(cause.getMessage());
  }
}
