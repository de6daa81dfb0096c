package io.fairlead.relay.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.Voucher;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.LimitMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.codec.ReservationMessage;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.reservation.ReservationFailure.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a relay that says what it is told to. */
class ReservationClientTest {
  private final Nodes nodes = new Nodes();
  private Node relay;
  private Node node;

  @BeforeEach
  void open() throws Exception {
    relay = nodes.node();
    node = nodes.node(PeerGate.open());
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private void says(byte[] message) {
    relay
        .host
        .blocking()
        .handle(HopMessage.PROTOCOL, stream -> stream.out().write(Delimited.frame(message)));
  }

  private static byte[] granted(Instant expires, Optional<byte[]> voucher, byte[]... addresses) {
    return new HopMessage.Status(
            100,
            Optional.of(
                new ReservationMessage(expires.getEpochSecond(), List.of(addresses), voucher)),
            Optional.of(new LimitMessage(120, 0)))
        .toBytes();
  }

  private static Instant inAnHour() {
    return Instant.ofEpochSecond(Clock.system().wall().plus(Duration.ofHours(1)).getEpochSecond());
  }

  private ReservationFailure failure() throws Exception {
    try {
      Nodes.reserve(node, relay);
    } catch (java.util.concurrent.ExecutionException failed) {
      assertThat(node.client.held()).isEmpty();
      return ((ReservationException) failed.getCause()).failure();
    }
    throw new AssertionError("reserved");
  }

  @Test
  void aReservationWithoutVoucherIsOneAndItsAddressesAreCleaned() throws Exception {
    Multiaddr plain = Nodes.address("/ip4/192.0.2.1/tcp/4001");
    Multiaddr whole = plain.withPeer(relay.id());
    byte[] twice = whole.followedBy(Nodes.address("/p2p/" + relay.id())).toBytes();
    byte[] other =
        Nodes.address("/ip4/192.0.2.2/tcp/1").withPeer(PrivateKey.generate().peerId()).toBytes();
    Instant expires = inAnHour();
    says(granted(expires, Optional.empty(), plain.toBytes(), twice, other, new byte[] {1, 2}));
    Reservation reservation = Nodes.reserve(node, relay);
    assertThat(reservation)
        .isEqualTo(
            new Reservation(
                relay.id(),
                expires,
                List.of(whole),
                Optional.empty(),
                new CircuitLimit(Optional.of(Duration.ofSeconds(120)), Optional.empty())));
    assertThat(node.client.held()).containsExactly(reservation);
    node.client.reservations().drop(relay.id());
    assertThat(node.client.held()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void refusalsAreToldAsTheyAre(CircuitStatus status) throws Exception {
    if (status == CircuitStatus.OK) return; // said below
    says(HopMessage.Status.of(status).toBytes());
    assertThat(failure()).isEqualTo(new ReservationFailure.Refused(Refusal.valueOf(status.name())));
  }

  @Test
  void anAnswerThatIsNoneIsMalformed() throws Exception {
    says(HopMessage.Status.of(CircuitStatus.OK).toBytes()); // without a reservation
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    says(new HopMessage.Reserve().toBytes());
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    says(granted(Clock.system().wall().minusSeconds(5), Optional.empty()));
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    says(new byte[] {0x0a});
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
  }

  @Test
  void aVoucherMustBeTheRelaysAndForThisNode() throws Exception {
    Instant expires = inAnHour();
    PrivateKey stranger = PrivateKey.generate();
    byte[] ofStranger = new Voucher(stranger.peerId(), node.id(), expires).seal(stranger);
    says(granted(expires, Optional.of(ofStranger)));
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    byte[] forStranger = new Voucher(relay.id(), stranger.peerId(), expires).seal(relay.key);
    says(granted(expires, Optional.of(forStranger)));
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    byte[] good = new Voucher(relay.id(), node.id(), expires).seal(relay.key);
    byte[] broken = good.clone();
    broken[broken.length - 1] ^= 1;
    says(granted(expires, Optional.of(broken)));
    assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
    says(granted(expires, Optional.of(good)));
    assertThat(Nodes.reserve(node, relay).voucher())
        .contains(new Voucher(relay.id(), node.id(), expires));
  }

  /** What a relay may say to do harm: it is no relay of ours then, or is believed for a while. */
  @ParameterizedTest
  @CsvSource({
    // seconds from now, addresses, an answer
    "0, 0, false",
    "-1, 0, false",
    "-9223372036854775808, 0, false",
    "86400, 0, true",
    "31556889864403199, 0, true", // the end of all time there is a word for
    "9223372036854775807, 0, false",
    "3600, 64, true",
    "3600, 500, false", // longer than a message may be
  })
  void aLyingRelayIsNoneOrIsBelievedForADay(long seconds, int addresses, boolean taken)
      throws Exception {
    byte[][] many = new byte[addresses][];
    for (int i = 0; i < addresses; i++) {
      many[i] = Nodes.address("/ip4/192.0.2." + i % 256 + "/tcp/" + (i + 1)).toBytes();
    }
    Instant now = Clock.system().wall();
    long at =
        Math.abs(seconds) < 1_000_000 ? now.getEpochSecond() + seconds : seconds; // else as it is
    says(
        new HopMessage.Status(
                100,
                Optional.of(new ReservationMessage(at, List.of(many), Optional.empty())),
                Optional.empty())
            .toBytes());
    if (!taken) {
      assertThat(failure()).isInstanceOf(ReservationFailure.Malformed.class);
      return;
    }
    Reservation given = Nodes.reserve(node, relay);
    assertThat(given.expires()).isAfter(now).isBefore(now.plus(Duration.ofDays(1)).plusSeconds(60));
    assertThat(given.addresses()).hasSizeLessThanOrEqualTo(PeerMessage.ADDRESSES_MAX);
  }

  @Test
  void aRelayThatIsNoneOrIsNotThere() throws Exception {
    assertThat(failure()).isInstanceOf(ReservationFailure.Unsupported.class);
    Node gone = nodes.node();
    PeerId id = gone.id();
    Multiaddr at = gone.at();
    gone.host.close();
    assertThat(node.client.reservations().reserve(id, List.of(at)).toCompletableFuture())
        .failsWithin(Nodes.WITHIN)
        .withThrowableThat()
        .havingCause()
        .satisfies(
            cause ->
                assertThat(((ReservationException) cause).failure())
                    .isInstanceOf(ReservationFailure.Unreachable.class));
  }

  /**
   * Whoever asks for a place has times of its own: it is told what the relay says, and nothing
   * else.
   */
  @Test
  void aRelayThatIsBackIsAskedAtOnce() throws Exception {
    says(granted(inAnHour(), Optional.empty()));
    Multiaddr at = relay.host.listening().getFirst();
    Multiaddr whole = relay.at();
    relay.host.unlisten(at);
    var reservations = node.client.reservations();
    assertThat(reservations.reserve(relay.id(), List.of(whole)).toCompletableFuture())
        .failsWithin(Nodes.WITHIN)
        .withThrowableOfType(java.util.concurrent.ExecutionException.class);
    Nodes.get(relay.host.listen(at));
    assertThat(reservations.reserve(relay.id(), List.of(whole)).toCompletableFuture())
        .succeedsWithin(Nodes.WITHIN);
  }

  /** What js-libp2p sealed, and the address it wrote. */
  @Test
  void vouchersAndCircuitAddressesOfOthersAreRead() throws Exception {
    Voucher voucher = Voucher.open(vector("envelope.voucher"));
    assertThat(voucher.expiration()).isEqualTo(Instant.ofEpochSecond(1_893_456_000));
    PrivateKey key = PrivateKey.read(vector("key.ed25519.private"));
    assertThat(voucher.relay()).isEqualTo(key.peerId());
    assertThat(voucher.seal(key)).isEqualTo(vector("envelope.voucher"));
    Multiaddr address = Multiaddr.of(vector("multiaddr"));
    assertThat(address.circuit().orElseThrow().relay().flatMap(Multiaddr::peerId))
        .contains(voucher.relay());
    assertThat(address.peerId()).contains(voucher.peer());
    assertThat(StopMessage.PROTOCOL).endsWith("/stop");
  }

  /** The last field of the first record of a name. */
  private static byte[] vector(String name) throws IOException {
    try (InputStream in = Nodes.class.getResourceAsStream("vectors.txt")) {
      String line =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(each -> each.startsWith(name + "\t"))
              .findFirst()
              .orElseThrow();
      return HexFormat.of().parseHex(line.substring(line.lastIndexOf('\t') + 1));
    }
  }
}
