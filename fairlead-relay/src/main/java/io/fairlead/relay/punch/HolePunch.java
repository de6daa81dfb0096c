package io.fairlead.relay.punch;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.mux.ConnectionCode;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.codec.DcutrMessage;
import io.fairlead.relay.netty.MessageStream;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces circuits by direct connections. The side that accepted a circuit leads:
 *
 * <pre>
 * identified  --direct connection there-->  done
 * identified  --plain dial-->               done, or, once the peer speaks DCUtR,
 * CONNECT →   ← CONNECT (one round trip)    SYNC →, half a round trip later both dial
 * failed      --less than three-->          CONNECT again
 * </pre>
 *
 * In a simultaneous open the side that dialled the circuit is the client. Any thread; bounded by
 * the circuits there are.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/DCUtR.md">DCUtR</a>
 */
public final class HolePunch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HolePunch.class);
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration EXCHANGE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int ADDRESSES_MAX = 16;
  private static final int EVENTS_MAX = 256;

  private final Host host;
  private final PunchSettings settings;
  private final Clock clock;
  private final PunchMeters meters;
  private final Set<PeerId> running = ConcurrentHashMap.newKeySet();

  private volatile HostEvents.@Nullable Subscription events;
  private volatile boolean closed;

  public HolePunch(Host host, PunchSettings settings, Clock clock, Meters meters) {
    this.host = host;
    this.settings = settings;
    this.clock = clock;
    this.meters = new PunchMeters(meters);
  }

  /** Leads and follows from now on. */
  public void start() {
    // A peer that gives a try up sooner than we do begins the next beside it.
    host.handle(
        DcutrMessage.PROTOCOL,
        HandlerOptions.DEFAULTS.allowingLimited().perPeer(settings.attempts()),
        this::follow);
    events =
        host.events()
            .subscribe(
                "punch",
                Set.of(HostEvent.PeerIdentified.class, HostEvent.PeerProtocolsUpdated.class),
                EVENTS_MAX,
                this::heard);
  }

  @Override
  public void close() {
    closed = true;
    host.unhandle(DcutrMessage.PROTOCOL);
    HostEvents.@Nullable Subscription subscription = events;
    if (subscription != null) subscription.close();
  }

  private void heard(HostEvent event) {
    switch (event) {
      case HostEvent.PeerIdentified(PeerId peer, Multiaddr at, _) when at.relayed() -> begin(peer);
      // Some speak it only once they know an address of their own, which may be after they came.
      case HostEvent.PeerProtocolsUpdated(PeerId peer, Set<String> added, _)
          when added.contains(DcutrMessage.PROTOCOL) ->
          begin(peer);
      default -> {} // nothing about a peer that could be led
    }
  }

  private void begin(PeerId peer) {
    host.connections(peer).stream()
        .filter(connection -> connection.relayed() && connection.inbound())
        .findFirst()
        .ifPresent(this::lead);
  }

  // ---- the side that accepted the circuit ---------------------------------------------------

  private void lead(Connection circuit) {
    PeerId peer = circuit.remote();
    if (closed || !running.add(peer)) return;
    plainly(peer)
        .thenCompose(
            dialled -> {
              if (dialled) return CompletableFuture.completedFuture(PunchMeters.Result.DIALLED);
              if (speaks(peer)) return attempt(circuit, 1);
              return CompletableFuture.completedFuture(PunchMeters.Result.NOT_SPOKEN);
            })
        .whenComplete(
            (result, failure) -> {
              running.remove(peer);
              PunchMeters.Result how = result == null ? PunchMeters.Result.FAILED : result;
              meters.ended(how);
              log.atDebug()
                  .addKeyValue("peer", peer)
                  .addKeyValue("result", how)
                  .setCause(failure)
                  .log("hole punching ended");
              if (direct(peer)) retire(circuit);
              else if (how == PunchMeters.Result.NOT_SPOKEN && speaks(peer)) lead(circuit);
            });
  }

  private boolean speaks(PeerId peer) {
    return host.peerStore().protocols(peer).contains(DcutrMessage.PROTOCOL);
  }

  private boolean direct(PeerId peer) {
    return host.connections(peer).stream()
        .anyMatch(connection -> !connection.relayed() && connection.wire().isOpen());
  }

  /** Whether there is a direct connection, or one can be had by just dialling. */
  private CompletionStage<Boolean> plainly(PeerId peer) {
    if (direct(peer)) return CompletableFuture.completedFuture(true);
    boolean dialable = host.peerStore().addresses(peer).stream().anyMatch(this::usable);
    if (!dialable) return CompletableFuture.completedFuture(false);
    return host.connect(peer, List.of(), OpenOptions.DEFAULTS.direct())
        .toCompletableFuture()
        .orTimeout(settings.dialTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .handle((_, failure) -> failure == null);
  }

  private CompletionStage<PunchMeters.Result> attempt(Connection circuit, int number) {
    List<byte[]> own = own();
    if (own.isEmpty()) return CompletableFuture.completedFuture(PunchMeters.Result.NO_ADDRESS);
    return MessageStream.open(
            host, circuit, DcutrMessage.PROTOCOL, DcutrMessage.BYTES_MAX, OPEN_TIMEOUT)
        .thenCompose(stream -> exchange(circuit, stream, own))
        .handle((result, failure) -> result == null ? PunchMeters.Result.FAILED : result)
        .thenCompose(
            result -> {
              boolean again =
                  result == PunchMeters.Result.FAILED
                      && number < settings.attempts()
                      && circuit.wire().isOpen()
                      && !closed;
              if (again) return attempt(circuit, number + 1);
              return CompletableFuture.completedFuture(result);
            });
  }

  private CompletionStage<PunchMeters.Result> exchange(
      Connection circuit, MessageStream stream, List<byte[]> own) {
    long asked = clock.nanos();
    stream.send(new DcutrMessage.Connect(own).toBytes());
    CompletionStage<PunchMeters.Result> result =
        stream
            .next(EXCHANGE_TIMEOUT)
            .thenCompose(
                answer -> {
                  long roundTripNanos = clock.nanos() - asked;
                  List<Multiaddr> theirs = addresses(answer);
                  if (theirs.isEmpty()) {
                    return CompletableFuture.completedFuture(PunchMeters.Result.NO_ADDRESS);
                  }
                  stream.sendLast(new DcutrMessage.Sync().toBytes());
                  return later(circuit.wire().loop(), roundTripNanos / 2)
                      .thenCompose(_ -> punch(circuit, theirs, false));
                });
    return result.whenComplete(
        (_, failure) -> {
          if (failure != null) stream.reset();
          else stream.close();
        });
  }

  private static CompletableFuture<Void> later(EventLoop loop, long nanos) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.schedule(() -> done.complete(null), nanos, TimeUnit.NANOSECONDS);
    return done;
  }

  private CompletionStage<PunchMeters.Result> punch(
      Connection circuit, List<Multiaddr> addresses, boolean client) {
    PeerId peer = circuit.remote();
    CompletableFuture<Connection> dial =
        host.punch(peer, addresses, client, settings.dialTimeout()).toCompletableFuture();
    CompletableFuture<PunchMeters.Result> result = new CompletableFuture<>();
    dial.thenAccept(_ -> result.complete(PunchMeters.Result.PUNCHED));
    // Theirs may come through where ours does not, and it comes to the sockets that listen.
    long begun = clock.nanos();
    var looking =
        circuit
            .wire()
            .loop()
            .scheduleAtFixedRate(
                () -> {
                  boolean late = clock.nanos() - begun >= settings.dialTimeout().toNanos();
                  if (direct(peer)) result.complete(PunchMeters.Result.PUNCHED);
                  else if (late) result.complete(PunchMeters.Result.FAILED);
                },
                LOOK.toMillis(),
                LOOK.toMillis(),
                TimeUnit.MILLISECONDS);
    result.whenComplete(
        (_, _) -> {
          looking.cancel(false);
          dial.cancel(false);
        });
    return result;
  }

  /** The circuit goes when its streams have, and there was time for all to see the other way. */
  private void retire(Connection circuit) {
    circuit
        .wire()
        .loop()
        .schedule(
            () -> {
              if (!circuit.wire().isOpen()) return;
              if (circuit.streams() > 0) retire(circuit);
              else if (direct(circuit.remote())) circuit.close(ConnectionCode.SUPPLANTED);
            },
            settings.grace().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  // ---- the side that dialled the circuit ----------------------------------------------------

  private void follow(StreamChannel channel, Connection circuit) {
    MessageStream stream = MessageStream.on(channel, DcutrMessage.BYTES_MAX);
    // Who was dialled leads: else anyone who dials us had us dial wherever it says.
    if (!circuit.relayed() || circuit.inbound()) {
      channel.eventLoop().execute(stream::reset); // a stream is not reset before it is active
      return;
    }
    CompletionStage<PunchMeters.Result> result =
        stream
            .next(EXCHANGE_TIMEOUT)
            .thenCompose(
                asked -> {
                  List<Multiaddr> theirs = addresses(asked);
                  List<byte[]> own = own();
                  if (theirs.isEmpty() || own.isEmpty()) {
                    return CompletableFuture.failedFuture(new IOException("no address"));
                  }
                  stream.send(new DcutrMessage.Connect(own).toBytes());
                  return stream
                      .next(EXCHANGE_TIMEOUT)
                      .thenCompose(
                          sync ->
                              isSync(sync)
                                  ? punch(circuit, theirs, true)
                                  : CompletableFuture.failedFuture(new IOException("no sync")));
                });
    result.whenComplete(
        (_, failure) -> {
          if (failure != null) stream.reset();
          else stream.close();
        });
  }

  // ---- both ---------------------------------------------------------------------------------

  private boolean usable(Multiaddr address) {
    return !address.relayed() && settings.addresses().test(address);
  }

  /** Behind NAT perhaps only the relay has seen this node, and its word will do for a try. */
  private List<byte[]> own() {
    return Stream.concat(host.localAddresses().stream(), host.observedAddresses().stream())
        .filter(this::usable)
        .distinct()
        .limit(ADDRESSES_MAX)
        .map(Multiaddr::toBytes)
        .toList();
  }

  private List<Multiaddr> addresses(byte[] message) {
    try {
      if (DcutrMessage.read(message) instanceof DcutrMessage.Connect(List<byte[]> said)) {
        return Multiaddr.readable(said).stream().filter(this::usable).toList();
      }
    } catch (MalformedException _) {
      // says nothing
    }
    return List.of();
  }

  private static boolean isSync(byte[] message) {
    try {
      return DcutrMessage.read(message) instanceof DcutrMessage.Sync;
    } catch (MalformedException _) {
      return false;
    }
  }
}
