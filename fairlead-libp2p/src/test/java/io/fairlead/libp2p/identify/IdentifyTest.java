package io.fairlead.libp2p.identify;

import static io.fairlead.libp2p.PeerSamples.address;
import static io.fairlead.libp2p.PeerSamples.addresses;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PrivateKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentifyTest {
  private static final PrivateKey KEY = PrivateKey.generate();
  private static final Multiaddr REMOTE = address("/ip4/127.0.0.1/tcp/9");

  private final ManualClock clock = new ManualClock();

  @Test
  void aLongStatementIsCutAndReadsBackWhole() throws MalformedException {
    byte[] record = new PeerRecord(KEY.peerId(), 1, addresses("/ip4/192.0.2.1/tcp/1")).seal(KEY);
    IdentifyMessage statement =
        new IdentifyMessage(
            Optional.of(KEY.publicKey().toBytes()),
            IntStream.range(0, 300).mapToObj(i -> addressBytes(i)).toList(),
            IntStream.range(0, 200).mapToObj(i -> "/protocol/number/" + i).toList(),
            Optional.of(REMOTE.toBytes()),
            Optional.of("ipfs/0.1.0"),
            Optional.of("fairlead/test"),
            Optional.of(record));
    List<byte[]> frames = IdentifyParts.frames(statement);
    assertThat(frames).hasSizeBetween(3, IdentifyParts.MESSAGES_MAX);
    assertThat(frames).allSatisfy(frame -> assertThat(frame.length).isLessThanOrEqualTo(4096 + 2));

    IdentifyParts parts = new IdentifyParts();
    ByteBuf stream = Unpooled.wrappedBuffer(frames.toArray(byte[][]::new));
    while (stream.isReadable()) parts.add(Delimited.read(stream, 8192).orElseThrow());
    assertThat(parts.whole()).usingRecursiveComparison().isEqualTo(statement);
  }

  @Test
  void aShortStatementWithARecordIsTwoMessages() {
    IdentifyMessage statement =
        new IdentifyMessage(
            Optional.of(KEY.publicKey().toBytes()),
            List.of(addressBytes(1)),
            List.of("/a"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new byte[100]));
    assertThat(IdentifyParts.frames(statement)).hasSize(2);
  }

  @Test
  void whatCannotBeSaidInTenMessagesIsLeftOut() {
    IdentifyMessage endless =
        new IdentifyMessage(
            Optional.empty(),
            List.of(),
            IntStream.range(0, 5000).mapToObj(i -> "/protocol/number/" + i).toList(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("kept"),
            Optional.of(new byte[100]));
    assertThat(IdentifyParts.frames(endless)).hasSize(IdentifyParts.MESSAGES_MAX);
  }

  @Test
  void anEleventhMessageIsRefused() throws MalformedException {
    IdentifyParts parts = new IdentifyParts();
    for (int i = 0; i < 9; i++) assertThat(parts.add(new byte[0])).isTrue();
    assertThat(parts.add(new byte[0])).isFalse();
    assertThatThrownBy(() -> parts.add(new byte[0])).isInstanceOf(MalformedException.class);
  }

  @Test
  void theKeyMustBeTheConnections() {
    IdentifyMessage said = statement(List.of(), Optional.empty());
    assertThatThrownBy(() -> Learned.from(said, peer(1), REMOTE))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("another peer");
  }

  @Test
  void aSignedRecordOfThePeerCountsMoreThanTheList() throws MalformedException {
    byte[] own = new PeerRecord(KEY.peerId(), 7, addresses("/ip4/192.0.2.1/tcp/1")).seal(KEY);
    Learned learned =
        Learned.from(statement(List.of(addressBytes(1)), Optional.of(own)), KEY.peerId(), REMOTE);
    assertThat(learned.addresses()).isEqualTo(addresses("/ip4/192.0.2.1/tcp/1"));
    assertThat(learned.signed().orElseThrow().record().sequence()).isEqualTo(7);

    PrivateKey other = PrivateKey.generate();
    byte[] foreign =
        new PeerRecord(other.peerId(), 7, addresses("/ip4/192.0.2.2/tcp/1")).seal(other);
    for (byte[] useless : List.of(foreign, new byte[5], Arrays.copyOf(own, own.length - 1))) {
      Learned listed =
          Learned.from(
              statement(List.of(addressBytes(1)), Optional.of(useless)), KEY.peerId(), REMOTE);
      assertThat(listed.signed()).isEmpty();
      assertThat(listed.addresses()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/tcp/9, 3",
    "/ip4/10.9.9.9/tcp/9, 2",
    "/ip4/8.8.8.8/tcp/9, 1",
    "/dns4/example.org/tcp/9, 1",
  })
  void addressesMustFitTheOtherEnd(String remote, int kept) {
    List<Multiaddr> claimed =
        addresses("/ip4/8.8.4.4/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1");
    assertThat(Learned.believable(claimed, address(remote))).isEqualTo(claimed.subList(0, kept));
  }

  @Test
  void anAgentIsPrintableAndShort() throws MalformedException {
    IdentifyMessage said =
        new IdentifyMessage(
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.of(new byte[] {1}),
            Optional.empty(),
            Optional.of("a\u001b[31m" + "x".repeat(1000)),
            Optional.empty());
    Learned learned = Learned.from(said, KEY.peerId(), REMOTE);
    assertThat(learned.agent().orElseThrow()).startsWith("a?[31mxx").hasSize(256);
    assertThat(learned.observed()).isEmpty();
  }

  @Test
  void pushesFromOneNetworkAreTenAndThenOneInFiveSeconds() throws Exception {
    PushThrottle throttle = new PushThrottle(clock);
    InetAddress[] neighbours = {ip("192.0.2.1"), ip("192.0.2.200")};
    for (int i = 0; i < 10; i++) assertThat(throttle.admit(neighbours[i % 2])).isTrue();
    assertThat(throttle.admit(neighbours[0])).isFalse();
    assertThat(throttle.admit(ip("198.51.100.1"))).isTrue();
    clock.advance(Duration.ofSeconds(5));
    assertThat(throttle.admit(neighbours[1])).isTrue();
    assertThat(throttle.admit(neighbours[1])).isFalse();
    for (int i = 0; i < 5000; i++) assertThat(throttle.admit(ip("127.0.0.1"))).isTrue();
  }

  @Test
  void aLargerNetworkOfIpv6IsBoundedToo() throws Exception {
    PushThrottle throttle = new PushThrottle(clock);
    int admitted = 0;
    for (int i = 0; i < 40; i++) {
      // each from a /56 of its own within one /48
      if (throttle.admit(ip("2001:db8:1:" + Integer.toHexString(i << 8) + "::1"))) admitted++;
    }
    assertThat(admitted).isEqualTo(20);
  }

  @Test
  void allTogetherAreBounded() throws Exception {
    PushThrottle throttle = new PushThrottle(clock);
    int admitted = 0;
    for (int i = 0; i < 4000; i++) {
      if (throttle.admit(ip("10." + (i >> 8) + "." + (i & 255) + ".1"))) admitted++;
    }
    assertThat(admitted).isEqualTo(3000);
  }

  @Test
  void anAddressIsBelievedWhenFourNetworksSaySo() {
    ObservedAddresses observed = new ObservedAddresses(clock);
    Multiaddr listener = address("/ip4/10.0.0.1/tcp/4001");
    Multiaddr ours = address("/ip4/8.8.8.8/tcp/4001");
    for (int i = 1; i <= 3; i++) {
      assertThat(observed.heard(listener, ours, address("/ip4/9.0.0." + i + "/tcp/1"))).isFalse();
      // the same network again changes nothing
      assertThat(observed.heard(listener, ours, address("/ip4/9.0.0." + i + "/tcp/2"))).isFalse();
    }
    assertThat(observed.believed()).isEmpty();
    assertThat(observed.heard(listener, ours, address("/ip6/2a00:1::1/tcp/1"))).isTrue();
    assertThat(observed.believed(listener)).containsExactly(ours);
    assertThat(observed.heard(listener, ours, address("/ip6/2a00:1:0:ff::9/tcp/1"))).isFalse();
    assertThat(observed.believed()).containsExactly(ours);
    clock.advance(Duration.ofMinutes(30));
    assertThat(observed.believed()).isEmpty();
    assertThat(observed.believed(address("/ip4/10.0.0.2/tcp/1"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/tcp/4001, /ip4/9.0.0.1/tcp/1",
    "/ip4/192.0.2.1/tcp/4001, /ip4/9.0.0.1/tcp/1",
    "/ip4/8.8.8.8/tcp/4001, /ip4/9.0.0.1/tcp/1/p2p/QmaozNR7DZHQK1ZcU9p7QdrshMvXqWK6gpu5rmrkPdT3L4/p2p-circuit",
    "/ip4/8.8.8.8/tcp/4001/ws, /ip4/9.0.0.1/tcp/1",
    "/ip6/2a00::1/tcp/4001, /ip4/9.0.0.1/tcp/1",
    "/p2p-circuit, /ip4/9.0.0.1/tcp/1",
    "/ip4/8.8.8.8/tcp/4001, /dns4/example.org/tcp/1",
  })
  void someWordsCountForNothing(String said, String remote) {
    ObservedAddresses observed = new ObservedAddresses(clock);
    Multiaddr listener = address("/ip4/10.0.0.1/tcp/4001");
    for (int i = 0; i < 8; i++) {
      String from = remote.replace("9.0.0.1", "9.0.0." + i);
      observed.heard(listener, address(said), address(from));
    }
    assertThat(observed.believed()).isEmpty();
  }

  @Test
  void threeAreBelievedAndThoseSaidMostOften() {
    ObservedAddresses observed = new ObservedAddresses(clock);
    Multiaddr listener = address("/ip4/10.0.0.1/tcp/4001");
    for (int ours = 1; ours <= 5; ours++) {
      for (int i = 0; i < 3 + ours; i++) {
        observed.heard(
            listener,
            address("/ip4/8.8.8." + ours + "/tcp/4001"),
            address("/ip4/9.0.0." + i + "/tcp/1"));
      }
    }
    assertThat(observed.believed())
        .isEqualTo(
            addresses("/ip4/8.8.8.5/tcp/4001", "/ip4/8.8.8.4/tcp/4001", "/ip4/8.8.8.3/tcp/4001"));
    observed.retain(List.of());
    assertThat(observed.believed()).isEmpty();
    assertThat(observed.said()).isEmpty();
  }

  @Test
  void whatOnePeerSaysIsKnownButNotBelieved() {
    ObservedAddresses observed = new ObservedAddresses(clock);
    Multiaddr listener = address("/ip4/10.0.0.1/tcp/4001");
    for (int ours = 1; ours <= 4; ours++) {
      observed.heard(
          listener, address("/ip4/8.8.8." + ours + "/tcp/4001"), address("/ip4/9.0.0.1/tcp/1"));
    }
    observed.heard(listener, address("/ip4/8.8.8.4/tcp/4001"), address("/ip4/9.0.0.2/tcp/1"));
    assertThat(observed.believed()).isEmpty();
    assertThat(observed.said()).hasSize(3).startsWith(address("/ip4/8.8.8.4/tcp/4001"));
  }

  private static IdentifyMessage statement(List<byte[]> addresses, Optional<byte[]> record) {
    return new IdentifyMessage(
        Optional.of(KEY.publicKey().toBytes()),
        addresses,
        List.of("/a"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        record);
  }

  private static byte[] addressBytes(int number) {
    return address("/ip4/10.0." + (number >> 8) + "." + (number & 255) + "/tcp/4001").toBytes();
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }
}
