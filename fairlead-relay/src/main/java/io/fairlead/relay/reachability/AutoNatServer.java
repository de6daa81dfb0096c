package io.fairlead.relay.reachability;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.codec.AutoNatMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reachability.AnswerMeters.Answer;
import io.fairlead.relay.reachability.AnswerMeters.Version;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Dials peers back that ask for it (AutoNAT, first version): only the IP address a peer is seen at,
 * with the ports it names. That nobody is there is said only when the time for a dial is over, so
 * that the answer's time tells nothing about ports. Any thread.
 *
 * <p>At most 30 peers are dialled a minute, one peer at most three times; more are refused. The
 * minute is up to 15 s longer, so that nobody knows when it begins.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v1.md">AutoNAT</a>
 */
public final class AutoNatServer implements AutoCloseable {
  private static final Duration TALK_TIMEOUT = Duration.ofSeconds(60);

  /** What a dial of the first version takes where nobody answers. */
  public static final Duration DIAL_TIME = Duration.ofSeconds(15);

  private static final int ADDRESSES_MAX = 16;
  private static final int PER_MINUTE = 30;
  private static final int PEER_PER_MINUTE = 3;
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long JITTER_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final Host host;
  private final PeerGate gate;
  private final BackDialer dialer;
  private final Predicate<Multiaddr> addresses;
  private final Duration dialTime;
  private final Randomness randomness;
  private final Clock clock;
  private final AnswerMeters meters;
  private final Object lock = new Object();

  /** Dials of this minute; guarded by {@code lock}, as below. At most {@code PER_MINUTE} peers. */
  private final Map<PeerId, Integer> byPeer = new HashMap<>();

  private int all;
  private long minuteEndsNanos;

  /**
   * @param gate where we may dial
   * @param addresses which addresses may be dialled; only public ones, but in a network of one's
   *     own
   * @param dialTime for one peer, of which a failure takes all; {@link #DIAL_TIME}, but in tests
   */
  public AutoNatServer(
      Host host,
      PeerGate gate,
      BackDialer dialer,
      Predicate<Multiaddr> addresses,
      Duration dialTime,
      Randomness randomness,
      Clock clock,
      AnswerMeters meters) {
    this.host = host;
    this.gate = gate;
    this.dialer = dialer;
    this.addresses = addresses;
    this.dialTime = dialTime;
    this.randomness = randomness;
    this.clock = clock;
    this.meters = meters;
    this.minuteEndsNanos = clock.nanos() + MINUTE_NANOS;
  }

  /** Answers from now on. */
  public void start() {
    host.handle(
        AutoNatMessage.PROTOCOL, HandlerOptions.DEFAULTS.perPeer(PEER_PER_MINUTE), this::opened);
  }

  @Override
  public void close() {
    host.unhandle(AutoNatMessage.PROTOCOL);
  }

  private void opened(StreamChannel channel, Connection from) {
    MessageStream stream = MessageStream.on(channel, AutoNatMessage.BYTES_MAX);
    stream
        .next(TALK_TIMEOUT)
        .whenComplete(
            (asked, _) -> {
              if (asked == null) stream.reset();
              else answer(stream, from, asked);
            });
  }

  private void answer(MessageStream stream, Connection from, byte[] asked) {
    Optional<PeerMessage> peer = read(asked);
    boolean itself =
        peer.filter(each -> Arrays.equals(each.id(), from.remote().toBytes())).isPresent();
    if (peer.isEmpty() || !itself) {
      say(stream, AutoNatMessage.BAD_REQUEST, "nobody but who asks is dialled", null);
      return;
    }
    List<Multiaddr> wanted = wanted(from, peer.get());
    if (wanted.isEmpty()) {
      meters.answered(Version.V1, Answer.REFUSED);
      say(stream, AutoNatMessage.DIAL_REFUSED, "no address that is dialled from here", null);
    } else if (!admits(from.remote())) {
      meters.answered(Version.V1, Answer.TOO_MANY);
      say(stream, AutoNatMessage.DIAL_REFUSED, "too many dials", null);
    } else {
      dial(stream, from.remote(), wanted);
    }
  }

  private static Optional<PeerMessage> read(byte[] asked) {
    try {
      return AutoNatMessage.read(asked) instanceof AutoNatMessage.Dial(PeerMessage peer)
          ? Optional.of(peer)
          : Optional.empty();
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  /** Where it is seen, and the ports it names, there. Nothing where that is no place to dial. */
  private List<Multiaddr> wanted(Connection from, PeerMessage peer) {
    Multiaddr seen = from.remoteAddress();
    Component place = seen.components().getFirst();
    // From one's own address one sees what is behind it, not what others see.
    boolean own =
        host.localAddresses().stream()
            .anyMatch(each -> each.components().getFirst().toString().equals(place.toString()));
    boolean nowhere = from.relayed() || !ip(place) || (own && !AddressScope.loopback(seen));
    if (nowhere || !addresses.test(seen)) return List.of();
    Set<Multiaddr> wanted = new LinkedHashSet<>();
    wanted.add(seen);
    for (Multiaddr address : Multiaddr.readable(peer.addresses())) {
      if (address.relayed() || !ip(address.components().getFirst())) continue;
      moved(address, place).ifPresent(wanted::add);
    }
    return wanted.stream()
        .filter(each -> dialer.dials(each) && addresses.test(each) && gate.mayDial(each))
        .limit(ADDRESSES_MAX)
        .toList();
  }

  private static boolean ip(Component component) {
    return component.protocol() == AddressProtocol.IP4
        || component.protocol() == AddressProtocol.IP6;
  }

  /** The same ports and transports on another machine. */
  private static Optional<Multiaddr> moved(Multiaddr address, Component place) {
    String rest = address.toString().substring(address.components().getFirst().toString().length());
    try {
      return Multiaddr.parse(place + rest).withoutPeer();
    } catch (MalformedException _) {
      return Optional.empty(); // an address that is its IP and no more
    }
  }

  private boolean admits(PeerId peer) {
    synchronized (lock) {
      long now = clock.nanos();
      if (now - minuteEndsNanos >= 0) {
        all = 0;
        byPeer.clear();
        minuteEndsNanos = now + MINUTE_NANOS + randomness.generator().nextLong(JITTER_NANOS);
      }
      int own = byPeer.getOrDefault(peer, 0);
      if (all >= PER_MINUTE || own >= PEER_PER_MINUTE) return false;
      all++;
      byPeer.put(peer, own + 1);
      return true;
    }
  }

  private void dial(MessageStream stream, PeerId peer, List<Multiaddr> wanted) {
    CompletableFuture<Multiaddr> reached = new CompletableFuture<>();
    for (Multiaddr address : wanted) {
      dialer
          .reaches(address, peer, dialTime)
          .thenAccept(
              there -> {
                if (there) reached.complete(address);
              });
    }
    reached
        .orTimeout(dialTime.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete(
            (address, _) -> {
              meters.answered(Version.V1, address == null ? Answer.MISSED : Answer.REACHED);
              if (address == null) say(stream, AutoNatMessage.DIAL_ERROR, "dial failed", null);
              else say(stream, AutoNatMessage.OK, "", address);
            });
  }

  private static void say(
      MessageStream stream, int status, String text, @Nullable Multiaddr reached) {
    Optional<byte[]> address = reached == null ? Optional.empty() : Optional.of(reached.toBytes());
    stream.sendLast(new AutoNatMessage.DialResponse(status, text, address).toBytes());
  }
}
