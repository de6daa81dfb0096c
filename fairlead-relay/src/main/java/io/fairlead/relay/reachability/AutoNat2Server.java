package io.fairlead.relay.reachability;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.codec.AutoNat2Message;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reachability.AnswerMeters.Answer;
import io.fairlead.relay.reachability.AnswerMeters.Version;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Dials peers back that ask for it (AutoNAT v2). Another address than the one a peer is seen at has
 * its price: it sends 30 to 100 kB first, and the dial waits for a while, so that nobody is
 * attacked cheaply through us. Any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md">AutoNAT v2</a>
 */
public final class AutoNat2Server implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int PER_MINUTE = 60;
  private static final int PEER_PER_MINUTE = 12;
  private static final int PAID_PER_MINUTE = 12;
  private static final int PEER_AT_ONCE = 2;

  /** Payments in smaller pieces cost the payer nothing and us much. */
  private static final int PIECE_MIN = 100;

  private static final int DATA_MIN = 30_000;
  private static final int DATA_MAX = 100_000;
  private static final int WAIT_MILLIS_MAX = 3000;

  private final Host host;
  private final PeerGate gate;
  private final BackDialer dialer;
  private final Predicate<Multiaddr> addresses;
  private final Randomness randomness;
  private final Clock clock;
  private final AnswerMeters meters;
  private final Object lock = new Object();

  /** Of the last minute; guarded by {@code lock}, as below. */
  private final ArrayDeque<Long> all = new ArrayDeque<>();

  private final ArrayDeque<Long> paid = new ArrayDeque<>();
  private final Map<PeerId, ArrayDeque<Long>> byPeer = new HashMap<>();
  private final Map<PeerId, Integer> now = new HashMap<>();

  /**
   * @param gate where we may dial
   * @param addresses which addresses may be dialled; only public ones, but in a network of one's
   *     own
   */
  public AutoNat2Server(
      Host host,
      PeerGate gate,
      BackDialer dialer,
      Predicate<Multiaddr> addresses,
      Randomness randomness,
      Clock clock,
      AnswerMeters meters) {
    this.host = host;
    this.gate = gate;
    this.dialer = dialer;
    this.addresses = addresses;
    this.randomness = randomness;
    this.clock = clock;
    this.meters = meters;
  }

  /** Answers from now on. */
  public void start() {
    host.handle(
        AutoNat2Message.DIAL_REQUEST,
        HandlerOptions.DEFAULTS.perPeer(PEER_AT_ONCE + 1),
        this::opened);
  }

  @Override
  public void close() {
    host.unhandle(AutoNat2Message.DIAL_REQUEST);
  }

  private void opened(StreamChannel channel, Connection from) {
    MessageStream stream = MessageStream.on(channel, AutoNat2Message.BYTES_MAX);
    stream
        .next(TIMEOUT)
        .whenComplete(
            (asked, _) -> {
              try {
                if (asked != null
                    && AutoNat2Message.read(asked) instanceof AutoNat2Message.DialRequest request
                    && !from.relayed()) {
                  asked(stream, from, request);
                  return;
                }
              } catch (MalformedException _) {
                // as one that asks nothing
              }
              stream.reset();
            });
  }

  private void asked(MessageStream stream, Connection from, AutoNat2Message.DialRequest request) {
    PeerId peer = from.remote();
    int index = first(request.addresses());
    if (index < 0) {
      meters.answered(Version.V2, Answer.REFUSED);
      say(stream, AutoNat2Message.RESPONSE_DIAL_REFUSED, 0, AutoNat2Message.DIAL_UNUSED);
      return;
    }
    Multiaddr address = Multiaddr.readable(List.of(request.addresses().get(index))).getFirst();
    boolean elsewhere = !place(address).equals(place(from.remoteAddress()));
    if (!admits(peer, elsewhere)) {
      meters.answered(Version.V2, Answer.TOO_MANY);
      say(stream, AutoNat2Message.RESPONSE_REQUEST_REJECTED, 0, AutoNat2Message.DIAL_UNUSED);
      return;
    }
    stream.channel().closeFuture().addListener(_ -> done(peer));
    Request told = new Request(stream, peer, address, index, request.nonce());
    if (elsewhere) {
      long price = randomness.generator().nextInt(DATA_MIN, DATA_MAX + 1);
      stream.send(new AutoNat2Message.DataRequest(index, price).toBytes());
      var deadline =
          stream
              .channel()
              .eventLoop()
              .schedule(stream::reset, TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
      stream.channel().closeFuture().addListener(_ -> deadline.cancel(false));
      collect(told, price, deadline);
    } else {
      dial(told);
    }
  }

  /** One that is answered. */
  private record Request(
      MessageStream stream, PeerId peer, Multiaddr address, int index, long nonce) {}

  private int first(List<byte[]> given) {
    for (int i = 0; i < given.size(); i++) {
      Optional<Multiaddr> address =
          Multiaddr.readable(List.of(given.get(i))).stream()
              .findFirst()
              .filter(each -> !each.relayed() && dialer.dials(each))
              .filter(each -> addresses.test(each) && gate.mayDial(each));
      if (address.isPresent()) return i;
    }
    return -1;
  }

  private static Optional<String> place(Multiaddr address) {
    return address
        .first(AddressProtocol.IP4)
        .or(() -> address.first(AddressProtocol.IP6))
        .map(Component::text);
  }

  /**
   * @param deadline of the payment
   */
  private void collect(Request request, long left, Future<?> deadline) {
    if (left <= 0) {
      deadline.cancel(false);
      long wait = randomness.generator().nextInt(WAIT_MILLIS_MAX);
      request.stream()
          .channel()
          .eventLoop()
          .schedule(() -> dial(request), wait, TimeUnit.MILLISECONDS);
      return;
    }
    request.stream()
        .next(TIMEOUT)
        .whenComplete(
            (piece, _) -> {
              int came = came(piece);
              if (came >= PIECE_MIN || came >= left) collect(request, left - came, deadline);
              else request.stream().reset();
            });
  }

  private static int came(byte @Nullable [] piece) {
    try {
      return piece != null
              && AutoNat2Message.read(piece) instanceof AutoNat2Message.DataResponse(byte[] data)
          ? data.length
          : 0;
    } catch (MalformedException _) {
      return 0;
    }
  }

  private void dial(Request request) {
    if (!request.stream().channel().isActive()) return;
    var _ =
        dialer
            .dial(request.address(), request.peer(), request.nonce())
            .thenAccept(outcome -> tried(request, outcome));
  }

  private void tried(Request request, BackDialer.Outcome outcome) {
    boolean heard = outcome == BackDialer.Outcome.HEARD;
    meters.answered(Version.V2, heard ? Answer.REACHED : Answer.MISSED);
    say(
        request.stream(),
        AutoNat2Message.RESPONSE_OK,
        request.index(),
        switch (outcome) {
          case NOT_REACHED -> AutoNat2Message.DIAL_ERROR;
          case NOT_HEARD -> AutoNat2Message.DIAL_BACK_ERROR;
          case HEARD -> AutoNat2Message.DIAL_OK;
        });
  }

  private static void say(MessageStream stream, int status, int address, int dialStatus) {
    stream.sendLast(new AutoNat2Message.DialResponse(status, address, dialStatus).toBytes());
  }

  private boolean admits(PeerId peer, boolean paying) {
    synchronized (lock) {
      long nowNanos = clock.nanos();
      forget(all, nowNanos);
      forget(paid, nowNanos);
      byPeer.values().removeIf(times -> forget(times, nowNanos).isEmpty());
      ArrayDeque<Long> own = byPeer.computeIfAbsent(peer, _ -> new ArrayDeque<>());
      boolean room =
          all.size() < PER_MINUTE
              && own.size() < PEER_PER_MINUTE
              && (!paying || paid.size() < PAID_PER_MINUTE)
              && now.getOrDefault(peer, 0) < PEER_AT_ONCE;
      if (!room) return false;
      all.add(nowNanos);
      own.add(nowNanos);
      if (paying) paid.add(nowNanos);
      now.merge(peer, 1, Integer::sum);
      return true;
    }
  }

  private static ArrayDeque<Long> forget(ArrayDeque<Long> times, long nowNanos) {
    while (!times.isEmpty() && nowNanos - times.element() >= MINUTE_NANOS) times.remove();
    return times;
  }

  private void done(PeerId peer) {
    synchronized (lock) {
      now.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
    }
  }
}
