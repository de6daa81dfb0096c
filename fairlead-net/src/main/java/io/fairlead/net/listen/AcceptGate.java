package io.fairlead.net.listen;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.budget.ShedClass;
import io.fairlead.net.budget.Shedding;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.net.loop.Descriptors;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what all listeners let in together. Thread-safe: acceptors run on different loops. */
final class AcceptGate {
  private final Watch<ProcessLimits> limits;
  private final Clock clock;
  private final ListenMeters meters;
  private final SourceTable sources = new SourceTable();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger handshakes = new AtomicInteger();
  private final Descriptors descriptors;
  private final Shedding shedding;
  private volatile boolean paused;

  AcceptGate(
      Watch<ProcessLimits> limits,
      Descriptors descriptors,
      Shedding shedding,
      Clock clock,
      Meters meters) {
    this.limits = limits;
    this.descriptors = descriptors;
    this.shedding = shedding;
    this.clock = clock;
    this.meters = new ListenMeters(meters, () -> paused ? 1 : 0);
  }

  ListenMeters meters() {
    return meters;
  }

  /** Counts one accepted connection, or says what becomes of it. */
  Entry enter(SocketAddress remote, ListeningSocket socket) {
    ListenerSpec spec = socket.spec();
    if (shedding.sheds(ShedClass.NEW_CONNECTIONS)) {
      meters.memory.increment();
      return Refused.POLITELY;
    }
    if (!spec.limits().connections().admits(socket.openConnections() + 1L)) {
      meters.tooManyOfListener.increment();
      return Refused.POLITELY;
    }
    // Who speaks for others is not the source: that one is counted when its header came.
    boolean speaksForOthers = spec.proxyProtocol().filter(p -> p.expectedFrom(remote)).isPresent();
    Optional<SourcePrefix> source = speaksForOthers ? Optional.empty() : source(remote);
    if (source.isPresent()) {
      Optional<SourceTable.Refusal> refusal = count(source.get(), socket);
      if (refusal.isPresent()) return refused(refusal.get());
    }
    open.incrementAndGet();
    descriptors.take();
    meters.accepted.increment();
    return new Pass(source, socket);
  }

  private Optional<SourceTable.Refusal> count(SourcePrefix source, ListeningSocket socket) {
    ProcessLimits now = limits.current();
    Optional<SourceTable.Refusal> refusal =
        sources.enter(
            source,
            now.connectionsPerIp(),
            now.newConnectionsPerIp(),
            now.newConnectionsBurst(),
            clock.nanos());
    if (refusal.isPresent()) return refusal;
    refusal =
        socket
            .sources()
            .enter(source, socket.spec().limits().connectionsPerIp(), Limit.OFF, 1, clock.nanos());
    if (refusal.isPresent()) sources.leave(source);
    return refusal;
  }

  private Refused refused(SourceTable.Refusal refusal) {
    meters.rejections(refusal).increment();
    return switch (refusal) {
      case CONNECTIONS_PER_IP -> Refused.POLITELY;
      case NEW_CONNECTIONS_PER_IP -> Refused.SILENTLY; // an answer each would serve the flood
    };
  }

  /** Whether accepting must stop until connections close. Remembers the answer. */
  boolean full() {
    if (room()) return false;
    if (!paused && !roomForOne()) meters.full.increment();
    paused = true;
    return true;
  }

  /** Turns true once after {@link #full}, when there is room again. */
  boolean resumes() {
    if (!paused || !room()) return false;
    paused = false;
    return true;
  }

  boolean paused() {
    return paused;
  }

  int openConnections() {
    return open.get();
  }

  boolean beginHandshake() {
    if (limits.current().tlsHandshakes().admits(handshakes.incrementAndGet())) return true;
    handshakes.decrementAndGet();
    meters.tooManyHandshakes.increment();
    return false;
  }

  long handshakeTimeoutMillis() {
    return limits.current().tlsHandshakeTimeout().toMillis();
  }

  void endHandshake() {
    handshakes.decrementAndGet();
  }

  private boolean room() {
    int count = open.get();
    return count < descriptors.acceptedMax() && descriptors.room() && roomForOne();
  }

  private boolean roomForOne() {
    return limits.current().connections().admits(open.get() + 1L);
  }

  private static Optional<SourcePrefix> source(SocketAddress remote) {
    return remote instanceof InetSocketAddress peer
        ? Optional.of(SourcePrefix.of(peer.getAddress()))
        : Optional.empty();
  }

  /** What becomes of a connection. */
  sealed interface Entry {}

  /** It is not let in. */
  enum Refused implements Entry {
    /** With an answer where the protocol has one. */
    POLITELY,
    SILENTLY
  }

  /** The right of one connection to be open. */
  final class Pass implements Entry {
    private final ListeningSocket socket;
    private Optional<SourcePrefix> source; // after the accept, the connection's event loop only
    private boolean over;

    private Pass(Optional<SourcePrefix> source, ListeningSocket socket) {
      this.source = source;
      this.socket = socket;
    }

    /**
     * Counts the client that a trusted peer speaks for; on the connection's event loop.
     *
     * @return false when it has as many connections as it may
     */
    boolean speaksFor(SocketAddress client) {
      Optional<SourcePrefix> behind = source(client);
      if (over || source.isPresent() || behind.isEmpty()) return true;
      Optional<SourceTable.Refusal> refusal = count(behind.get(), socket);
      if (refusal.isEmpty()) source = behind;
      else meters.rejections(refusal.get()).increment();
      return refusal.isEmpty();
    }

    /** Once, when the connection is closed. */
    void giveBack() {
      over = true;
      descriptors.giveBack();
      open.decrementAndGet();
      source.ifPresent(
          key -> {
            sources.leave(key);
            socket.sources().leave(key);
          });
    }
  }
}
