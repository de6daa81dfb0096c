package io.fairlead.relay.service;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.netty.MessageStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connects peers with peers that have places: counts the circuit, opens a stop stream, asks,
 * answers and joins. Any thread.
 */
final class Connecting {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
  private static final String TAG = "relay-v2-hop";
  private static final int TAG_VALUE = 2;

  private final Host host;
  private final PeerGate gate;
  private final RelayPolicy policy;
  private final Watch<RelayServiceSettings> settings;
  private final Clock clock;
  private final RelayMeters meters;
  private final Map<Relayed, Long> joined = new ConcurrentHashMap<>();
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private final Circuits circuits = new Circuits();

  private final AskBuckets<PeerId> askingPeers = new AskBuckets<>();
  private final AskBuckets<SourcePrefix> askingSources = new AskBuckets<>();
  private long lastNumber;

  Connecting(
      Host host,
      PeerGate gate,
      RelayPolicy policy,
      Watch<RelayServiceSettings> settings,
      Clock clock,
      RelayMeters meters) {
    this.host = host;
    this.gate = gate;
    this.policy = policy;
    this.settings = settings;
    this.clock = clock;
    this.meters = meters;
  }

  /** Whether one may ask once more now. */
  boolean asks(PeerId peer, InetAddress ip, long nowNanos) {
    RelayServiceSettings now = settings.current();
    synchronized (lock) {
      return askingPeers.admits(peer, now.perPeer(), nowNanos)
          && askingSources.admits(SourcePrefix.of(ip), now.perSource(), nowNanos);
    }
  }

  /** Whether no circuit more fits into the buffers there are. */
  boolean full() {
    synchronized (lock) {
      return !settings.current().circuits().admits(circuits.size() + 1L);
    }
  }

  /** Whether both may be ends of a circuit, now. */
  boolean allowed(Connection from, PeerId target) {
    return gate.decide(gate.principal(from.remote()), Action.CIRCUIT) instanceof Verdict.Allow
        && gate.decide(gate.principal(target), Action.CIRCUIT) instanceof Verdict.Allow
        && policy.allowConnect(from.remote(), from.remoteAddress(), target)
        && limitsOf(from.remote()).isPresent()
        && limitsOf(target).isPresent();
  }

  private Optional<ClassLimits> limitsOf(PeerId peer) {
    return Optional.ofNullable(settings.current().classes().get(policy.classOf(peer)));
  }

  /** One that was allowed and has somebody to talk with. */
  void connect(MessageStream stream, Connection from, PeerId target) {
    Optional<Relayed> counted = count(from, target);
    if (counted.isEmpty()) {
      refuse(stream, CircuitStatus.RESOURCE_LIMIT_EXCEEDED);
      return;
    }
    Relayed circuit = counted.get();
    // Whoever asked and went holds no place of a circuit while the target thinks about it.
    stream.channel().closeFuture().addListener(_ -> circuit.askerGone());
    Optional<Connection> to =
        host.connections(target).stream()
            .filter(connection -> !connection.relayed() && connection.wire().isOpen())
            .findFirst();
    if (to.isEmpty()) {
      fail(circuit, stream, CircuitStatus.CONNECTION_FAILED);
      return;
    }
    MessageStream.open(host, to.get(), StopMessage.PROTOCOL, StopMessage.BYTES_MAX, STOP_TIMEOUT)
        .whenComplete(
            (stop, failure) -> {
              if (failure != null) fail(circuit, stream, CircuitStatus.CONNECTION_FAILED);
              else ask(circuit, stream, stop, from, target);
            });
  }

  private Optional<Relayed> count(Connection from, PeerId target) {
    Optional<ClassLimits> ofSource = limitsOf(from.remote());
    Optional<ClassLimits> ofTarget = limitsOf(target);
    if (ofSource.isEmpty() || ofTarget.isEmpty()) return Optional.empty();
    ClassLimits source = ofSource.get();
    ClassLimits aim = ofTarget.get();
    synchronized (lock) {
      boolean room =
          circuits.admits(
              from.remote(),
              source.circuits(),
              target,
              aim.circuits(),
              settings.current().circuits());
      if (!room) return Optional.empty();
      Relayed circuit =
          new Relayed(
              ++lastNumber,
              new Relayed.End(from.remote(), gate.principal(from.remote())),
              new Relayed.End(target, gate.principal(target)),
              ClassLimits.tighter(source.circuit(), aim.circuit()),
              ClassLimits.tighter(source.bytesPerSecond(), aim.bytesPerSecond()),
              clock.wall(),
              this::ended);
      circuits.add(circuit);
      circuit.ends().forEach(end -> host.keeper().tag(end.peer(), TAG, TAG_VALUE));
      return Optional.of(circuit);
    }
  }

  private void ask(
      Relayed circuit, MessageStream stream, MessageStream stop, Connection from, PeerId target) {
    PeerMessage source = PeerMessage.of(from.remote().toBytes());
    circuit.asking(stop);
    stop.send(new StopMessage.Connect(source, RelayService.message(circuit.limit())).toBytes());
    stop.next(ANSWER_TIMEOUT)
        .whenComplete(
            (answer, _) -> {
              // A right may have ended while the target was asked.
              boolean allowed = allowed(from, target);
              if (accepted(answer) && allowed && !circuit.over()) {
                join(circuit, stream, stop);
              } else {
                stop.reset();
                fail(
                    circuit,
                    stream,
                    allowed ? CircuitStatus.CONNECTION_FAILED : CircuitStatus.PERMISSION_DENIED);
              }
            });
  }

  private static boolean accepted(byte @Nullable [] answer) {
    try {
      return answer != null
          && StopMessage.read(answer) instanceof StopMessage.Status status
          && status.ok();
    } catch (MalformedException _) {
      return false;
    }
  }

  private void join(Relayed circuit, MessageStream stream, MessageStream stop) {
    meters.answered(false, CircuitStatus.OK);
    meters.opened();
    joined.put(circuit, clock.nanos());
    stream.send(
        new HopMessage.Status(
                CircuitStatus.OK.code(), Optional.empty(), RelayService.message(circuit.limit()))
            .toBytes());
    circuit.join(stream, stop, settings.current().buffer().toInt(), clock, meters);
    if (circuit.over()) closed(circuit); // it may have ended before it stood there
  }

  private void closed(Relayed circuit) {
    Long since = joined.remove(circuit);
    if (since != null) meters.closed(clock.nanos() - since);
  }

  private void refuse(MessageStream stream, CircuitStatus status) {
    meters.answered(false, status);
    stream.sendLast(HopMessage.Status.of(status).toBytes());
  }

  private void fail(Relayed circuit, MessageStream stream, CircuitStatus status) {
    circuit.end(Relayed.Ending.NOT_OPENED);
    refuse(stream, status);
  }

  private void ended(Relayed circuit, Relayed.Ending how) {
    synchronized (lock) {
      if (!circuits.remove(circuit)) return;
      for (Relayed.End end : circuit.ends()) {
        if (circuits.of(end.peer()) == 0) host.keeper().untag(end.peer(), TAG);
      }
    }
    meters.ended(how);
    closed(circuit);
  }

  /** Cuts those of entries that lost their right. */
  int revoke(Set<EntryId> entries) {
    Set<Relayed> bound;
    synchronized (lock) {
      bound = circuits.of(entries);
    }
    bound.forEach(circuit -> circuit.end(Relayed.Ending.REVOKED));
    return bound.size();
  }

  void cutAll(Relayed.Ending how) {
    List<Relayed> all;
    synchronized (lock) {
      all = circuits.all();
    }
    all.forEach(circuit -> circuit.end(how));
  }

  int size() {
    synchronized (lock) {
      return circuits.size();
    }
  }

  /** Circuits that a peer is an end of. */
  int of(PeerId peer) {
    synchronized (lock) {
      return circuits.of(peer);
    }
  }

  List<CircuitView> views() {
    synchronized (lock) {
      return circuits.all().stream().map(Relayed::view).toList();
    }
  }
}
