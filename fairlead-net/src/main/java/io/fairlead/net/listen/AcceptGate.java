package io.fairlead.net.listen;

import com.sun.management.UnixOperatingSystemMXBean;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.live.SourcePrefix;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what all listeners let in together. Thread-safe: acceptors run on different loops. */
final class AcceptGate {
  private static final int DESCRIPTORS_RESERVED = 256;

  private final Watch<ProcessLimits> limits;
  private final Clock clock;
  private final ListenMeters meters;
  private final SourceTable sources = new SourceTable();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger handshakes = new AtomicInteger();
  private final int handshakesMax =
      Math.min(1_000, 200 * Runtime.getRuntime().availableProcessors());
  private final long descriptorBound = descriptorBound();
  private volatile boolean paused;

  AcceptGate(Watch<ProcessLimits> limits, Clock clock, Meters meters) {
    this.limits = limits;
    this.clock = clock;
    this.meters = new ListenMeters(meters, () -> paused ? 1 : 0);
  }

  ListenMeters meters() {
    return meters;
  }

  /**
   * Counts one accepted connection.
   *
   * @return empty when it must be closed
   */
  Optional<Pass> enter(SocketAddress remote, ListeningSocket socket) {
    ListenerSpec spec = socket.spec();
    Optional<SourcePrefix> source = source(remote);
    ProcessLimits now = limits.current();
    if (!spec.limits().connections().admits(socket.openConnections() + 1L)) {
      meters.tooManyOfListener.increment();
      return Optional.empty();
    }
    if (source.isPresent()) {
      Optional<SourceTable.Refusal> refusal =
          sources.enter(
              source.get(),
              now.connectionsPerIp(),
              now.newConnectionsPerIp(),
              now.newConnectionsBurst(),
              clock.nanos());
      if (refusal.isPresent()) {
        meters.rejections(refusal.get()).increment();
        return Optional.empty();
      }
      refusal =
          socket
              .sources()
              .enter(source.get(), spec.limits().connectionsPerIp(), Limit.OFF, 1, clock.nanos());
      if (refusal.isPresent()) {
        sources.leave(source.get());
        meters.rejections(refusal.get()).increment();
        return Optional.empty();
      }
    }
    open.incrementAndGet();
    meters.accepted.increment();
    return Optional.of(new Pass(source, socket));
  }

  /** Whether accepting must stop until connections close. Remembers the answer. */
  boolean full() {
    if (room()) return false;
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
    if (handshakes.incrementAndGet() <= handshakesMax) return true;
    handshakes.decrementAndGet();
    meters.tooManyHandshakes.increment();
    return false;
  }

  void endHandshake() {
    handshakes.decrementAndGet();
  }

  private boolean room() {
    int count = open.get();
    return count < descriptorBound && limits.current().connections().admits(count + 1L);
  }

  private static Optional<SourcePrefix> source(SocketAddress remote) {
    return remote instanceof InetSocketAddress peer
        ? Optional.of(SourcePrefix.of(peer.getAddress()))
        : Optional.empty();
  }

  private static long descriptorBound() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      return Math.max(1, unix.getMaxFileDescriptorCount() * 8 / 10 - DESCRIPTORS_RESERVED);
    }
    return Long.MAX_VALUE;
  }

  /** The right of one connection to be open. */
  final class Pass {
    private final Optional<SourcePrefix> source;
    private final ListeningSocket socket;

    private Pass(Optional<SourcePrefix> source, ListeningSocket socket) {
      this.source = source;
      this.socket = socket;
    }

    /** Once, when the connection is closed. */
    void giveBack() {
      open.decrementAndGet();
      source.ifPresent(
          key -> {
            sources.leave(key);
            socket.sources().leave(key);
          });
    }
  }
}
