package io.fairlead.relay.circuit;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Verdict;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.ReservationClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers relays that have a circuit for this node. Any thread; bounded by the streams and upgrades
 * of the node.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     stop protocol</a>
 */
public final class CircuitAcceptor {
  private static final Logger log = LoggerFactory.getLogger(CircuitAcceptor.class);
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(60);

  private final Host host;
  private final PeerGate gate;
  private final ReservationClient reservations;
  private final boolean unsolicited;
  private final CircuitMeters meters;

  /**
   * @param unsolicited whether relays are listened to with which there is no reservation
   */
  public CircuitAcceptor(
      Host host,
      PeerGate gate,
      ReservationClient reservations,
      boolean unsolicited,
      CircuitMeters meters) {
    this.host = host;
    this.gate = gate;
    this.reservations = reservations;
    this.unsolicited = unsolicited;
    this.meters = meters;
  }

  /** Answers from now on. */
  public void start() {
    // Over circuits too, so that the answer is one of the protocol.
    host.handle(StopMessage.PROTOCOL, HandlerOptions.DEFAULTS.allowingLimited(), this::opened);
  }

  /** Answers no more; circuits there are go on. */
  public void stop() {
    host.unhandle(StopMessage.PROTOCOL);
  }

  private void opened(StreamChannel channel, Connection relay) {
    MessageStream stream = MessageStream.on(channel, StopMessage.BYTES_MAX);
    stream
        .next(ASK_TIMEOUT)
        .whenComplete((asked, failure) -> answer(stream, relay, asked, failure));
  }

  private void answer(
      MessageStream stream,
      Connection relay,
      byte @Nullable [] asked,
      @Nullable Throwable failure) {
    if (asked == null) {
      if (bare(failure) instanceof MalformedException) {
        refuse(stream, CircuitStatus.MALFORMED_MESSAGE);
      } else {
        stream.reset();
      }
      return;
    }
    try {
      if (StopMessage.read(asked) instanceof StopMessage.Connect connect) {
        connect(stream, relay, connect);
      } else {
        refuse(stream, CircuitStatus.UNEXPECTED_MESSAGE);
      }
    } catch (MalformedException _) {
      refuse(stream, CircuitStatus.MALFORMED_MESSAGE);
    }
  }

  private void connect(MessageStream stream, Connection relay, StopMessage.Connect asked)
      throws MalformedException {
    PeerId peer = PeerId.of(asked.peer().id());
    boolean expected = unsolicited || reservations.held(relay.remote()).isPresent();
    boolean allowed = gate.decide(gate.principal(peer), Action.LOGIN) instanceof Verdict.Allow;
    if (relay.relayed() || !expected || !allowed || peer.equals(host.id())) {
      refuse(stream, CircuitStatus.PERMISSION_DENIED);
      return;
    }
    if (!host.resources().admits(peer, true)) {
      refuse(stream, CircuitStatus.CONNECTION_FAILED);
      return;
    }
    CircuitLimit limit = asked.limit().map(ReservationClient::limit).orElse(CircuitLimit.NONE);
    stream.send(StopMessage.Status.of(CircuitStatus.OK).toBytes());
    CircuitUpgrade.upgrade(
            host.upgrader(),
            stream,
            new Circuit(relay.remote(), limit),
            CircuitUpgrade.address(relay),
            peer,
            false,
            meters.accepted())
        .whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                log.atDebug()
                    .addKeyValue("relay", relay.remote())
                    .addKeyValue("peer", peer)
                    .addKeyValue("reason", String.valueOf(bare(failure)))
                    .log("circuit failed");
                return;
              }
              Optional<Connection> adopted = host.adopt(connection, limit.bounds());
              if (adopted.isPresent()) meters.accepted().opened(connection.closed());
              else meters.accepted().refused();
            });
  }

  private void refuse(MessageStream stream, CircuitStatus status) {
    meters.accepted().refused();
    stream.sendLast(StopMessage.Status.of(status).toBytes());
  }

  private static @Nullable Throwable bare(@Nullable Throwable failure) {
    if (!(failure instanceof CompletionException)) return failure;
    return failure.getCause() == null ? failure : failure.getCause();
  }
}
