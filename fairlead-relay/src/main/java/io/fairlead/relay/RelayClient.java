package io.fairlead.relay;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.relay.circuit.CircuitAcceptor;
import io.fairlead.relay.circuit.CircuitDialer;
import io.fairlead.relay.circuit.CircuitMeters;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.reservation.ReservationClient;
import io.fairlead.relay.reservation.Reservations;
import java.util.List;

/**
 * Makes a node use relays: from then on {@link Host#connect} understands addresses that end with
 * {@code /p2p/RELAY/p2p-circuit}, and the node answers relays with which it holds a reservation.
 * Any thread.
 */
public final class RelayClient implements AutoCloseable {
  private final Host host;
  private final ReservationClient reservations;
  private final CircuitDialer dialer;
  private final CircuitAcceptor acceptor;

  /**
   * @param gate who may reach this node through a relay
   * @param unsolicited whether circuits are taken also from relays with which there is no
   *     reservation
   */
  public RelayClient(Host host, PeerGate gate, boolean unsolicited, Clock clock, Meters meters) {
    CircuitMeters circuits = new CircuitMeters(meters);
    this.host = host;
    this.reservations = new ReservationClient(host, clock);
    this.dialer = new CircuitDialer(host, reservations, circuits);
    this.acceptor = new CircuitAcceptor(host, gate, reservations, unsolicited, circuits);
  }

  /** Dials and answers from now on. Once. */
  public void start() {
    host.addDialer(dialer);
    acceptor.start();
  }

  /** Answers no more. Connections go on; they end with the node. */
  @Override
  public void close() {
    acceptor.stop();
  }

  /** Asks relays for places. */
  public Reservations reservations() {
    return reservations;
  }

  /** The places there are now. */
  public List<Reservation> held() {
    return reservations.held();
  }
}
