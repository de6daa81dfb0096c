package io.fairlead.it.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.circuit.Circuit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Circuits with go-libp2p and js-libp2p in each of the three parts. */
class RelayPeersIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Duration HOUR = Duration.ofHours(1);

  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part; (part = parts.poll()) != null; ) part.close();
  }

  private Proc peer(String kind, String security, String... words) throws IOException {
    String dashes = kind.equals("js") ? "--" : "-";
    List<String> command = new ArrayList<>();
    command.add(Peers.require("libp2p-" + kind + "-peer").toString());
    command.add(dashes + "security=" + security);
    command.addAll(List.of(words));
    Proc proc = Proc.start(command.toArray(String[]::new));
    parts.push(proc);
    return proc;
  }

  private OurNode node(String security) throws Exception {
    OurNode node = new OurNode(security);
    parts.push(node);
    return node;
  }

  private static Multiaddr addressOf(Proc listening) throws Exception {
    String line = listening.awaitLine("listening ", WITHIN);
    return Multiaddr.parse(line.substring("listening ".length()));
  }

  private static String resultOf(Proc dialling, String scenario) {
    return dialling
        .stdout()
        .lines()
        .filter(line -> line.startsWith("ok " + scenario))
        .findFirst()
        .orElseThrow(() -> new AssertionError(dialling.stderr()))
        .split(" ")[2];
  }

  private static Multiaddr through(Multiaddr relay, PeerId peer) throws Exception {
    return Multiaddr.parse(relay + "/p2p-circuit").withPeer(peer);
  }

  /** Each of theirs with each of our three parts. */
  @ParameterizedTest
  @CsvSource({
    "us, go, go, noise",
    "go, us, go, noise",
    "go, go, us, noise",
    "us, js, js, noise",
    "js, us, js, noise",
    "js, js, us, noise"
  })
  void twoMeetAtAThird(String relay, String reserving, String dialling, String security)
      throws Exception {
    meet(relay, reserving, dialling, security);
  }

  static Stream<List<String>> all() {
    List<String> kinds = List.of("us", "go", "js");
    return kinds.stream()
        .flatMap(
            relay ->
                kinds.stream()
                    .flatMap(
                        reserving ->
                            kinds.stream()
                                .flatMap(
                                    dialling ->
                                        Stream.of("noise", "tls")
                                            .map(s -> List.of(relay, reserving, dialling, s)))))
        .filter(parts -> parts.contains("us"))
        // js-libp2p's TLS does not work with itself on the older Node releases.
        .filter(parts -> !(parts.contains("js") && parts.contains("tls")));
  }

  @Tag("nightly")
  @ParameterizedTest
  @MethodSource("all")
  void everyoneMeetsEveryoneAtEveryone(List<String> parts) throws Exception {
    meet(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
  }

  private void meet(String relay, String reserving, String dialling, String security)
      throws Exception {
    Multiaddr at = relayAt(relay, security);
    Multiaddr target = reserveAt(reserving, security, at);
    if (dialling.equals("us")) {
      OurNode node = node(security);
      Connection connection = node.dial(target);
      assertThat(connection.limited()).isTrue();
      assertThat(Circuit.of(connection).orElseThrow().limit().bytes()).contains(131_072L);
      node.echo(connection.remote(), "hello".repeat(1000));
      assertThat(node.half(connection.remote(), 20_000)).isEqualTo("20000");
    } else {
      Proc they = peer(dialling, security, "dial", target.toString(), "limited", "echo=1000");
      assertThat(they.awaitExit(WITHIN)).as(they.stderr()).isZero();
      assertThat(resultOf(they, "limited")).isNotIn("no", "false");
    }
  }

  private Multiaddr relayAt(String kind, String security) throws Exception {
    if (!kind.equals("us")) return addressOf(peer(kind, security, "relay"));
    OurNode node = node(security);
    node.serve(HOUR, 120, 131_072);
    return node.at();
  }

  private Multiaddr reserveAt(String kind, String security, Multiaddr relay) throws Exception {
    if (kind.equals("us")) {
      OurNode node = node(security);
      Reservation reservation = node.reserve(relay);
      assertThat(reservation.voucher()).isPresent();
      assertThat(reservation.limit().bytes()).contains(131_072L);
      return through(relay, node.host.id());
    }
    Proc they = peer(kind, security, "reserve", relay.toString());
    Multiaddr at = addressOf(they);
    if (kind.equals("go")) {
      // go-libp2p checks the voucher, and refuses a reservation whose voucher does not hold.
      assertThat(they.stdout()).containsPattern("reserved \\d+ true \\d+ 131072");
    }
    return at;
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"us, js", "us, go", "js, us", "go, us"})
  void whatIsBeyondTheBoundEndsTheCircuit(String relay, String reserving) throws Exception {
    Multiaddr at = relayAt(relay, "noise");
    Multiaddr target = reserveAt(reserving, "noise", at);
    OurNode node = node("noise");
    Connection connection = node.dial(target);
    node.echo(connection.remote(), "x".repeat(20_000));
    assertThatThrownBy(() -> node.half(connection.remote(), 1_000_000))
        .isInstanceOf(Exception.class);
    OurNode.get(connection.closed());
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"go", "js"})
  void ourReservationsAreProlonged(String relay) throws Exception {
    Proc they = peer(relay, "noise", (relay.equals("js") ? "--" : "-") + "ttl=180", "relay");
    Multiaddr at = addressOf(they);
    OurNode node = node("noise");
    Reservation first = node.reserve(at);
    await()
        .atMost(WITHIN)
        .until(() -> Clock.system().wall().isAfter(first.expires().minusSeconds(178)));
    Reservation second = node.reserve(at);
    assertThat(second.expires()).isAfter(first.expires());
    assertThat(node.client.held()).containsExactly(second);
  }

  @Tag("nightly")
  @Test
  void theirReservationsAreProlongedAndLastAsLongAsSaid() throws Exception {
    OurNode relay = node("noise");
    var service = relay.serve(Duration.ofSeconds(4), 120, 131_072);
    Proc they = peer("go", "noise", "reserve", relay.at().toString());
    addressOf(they);
    they.awaitLine("reserved ", WITHIN);
    assertThat(service.places()).hasSize(1);
    they.stdin().write("again\n".getBytes(US_ASCII));
    they.stdin().flush();
    await()
        .atMost(WITHIN)
        .until(() -> they.stdout().lines().filter(l -> l.startsWith("reserved ")).count() == 2);
    assertThat(service.places()).hasSize(1);
    await().atMost(WITHIN).until(() -> service.places().isEmpty());
    OurNode dialling = node("noise");
    assertThatThrownBy(() -> dialling.dial(addressOf(they)))
        .hasStackTraceContaining("NO_RESERVATION");
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"go", "js"})
  void aRelayThatStartsAgainIsAskedAgain(String kind) throws Exception {
    Proc first = peer(kind, "noise", "relay");
    Multiaddr at = addressOf(first);
    OurNode node = node("noise");
    node.reserve(at);
    first.close();
    await().atMost(WITHIN).until(() -> node.client.held().isEmpty());
    Multiaddr again = addressOf(peer(kind, "noise", "relay"));
    node.reserve(again);
    OurNode dialling = node("noise");
    Connection connection = dialling.dial(through(again, node.host.id()));
    dialling.echo(connection.remote(), "there again");
  }
}
