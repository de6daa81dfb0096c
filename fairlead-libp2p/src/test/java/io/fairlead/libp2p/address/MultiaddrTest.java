package io.fairlead.libp2p.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultiaddrTest {
  private static final String PEER = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";

  static List<List<String>> vectors() {
    return Vectors.all("multiaddr");
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void theVectorsReadAndWriteBack(List<String> vector) throws MalformedException {
    byte[] bytes = HexFormat.of().parseHex(vector.get(1));
    Multiaddr parsed = Multiaddr.parse(vector.getFirst());
    assertThat(parsed.toBytes()).isEqualTo(bytes);
    assertThat(Multiaddr.of(bytes)).isEqualTo(parsed).hasToString(vector.getFirst());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ip4/0.0.0.0/tcp/0",
        "/ip6/::/udp/65535/quic",
        "/ip6/::1/tcp/1",
        "/ip6/1::/tcp/1",
        "/ip6/::ffff:192.0.2.1/tcp/1",
        "/ip6/2001:db8:0:1:1:1:1:1/tcp/1",
        "/ip6/2001:db8::1:0:0:1/tcp/1",
        "/ip4/10.0.0.0/ipcidr/8",
        "/dns/a.example/udp/1/webrtc-direct",
        "/dns6/a.example/tcp/1/http",
        "/dns4/a.example/tcp/1/tls/http/http-path/a%2Fb%20c",
        "/unix/a/b/c",
        "/memory/18446744073709551615",
        "/ip4/1.2.3.4/udp/1/quic-v1/webtransport/certhash/uEiAsGPzpiPGQzSlVHRXrUCT5EkTV7YFrV4VZ3hpEKTd_zg",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234",
        "/ip4/1.2.3.4/sctp/5/dccp/6",
        "/dnsaddr/bootstrap.example.org/p2p/" + PEER,
      })
  void textReadsBack(String text) throws MalformedException {
    Multiaddr address = Multiaddr.parse(text);
    assertThat(address).hasToString(text);
    assertThat(Multiaddr.of(address.toBytes())).isEqualTo(address);
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/1.2.3.4/tcp/1/, /ip4/1.2.3.4/tcp/1",
    "/ip6/2001:DB8:0:0:0:0:0:1/tcp/1, /ip6/2001:db8::1/tcp/1",
    "/ipfs/" + PEER + ", /p2p/" + PEER,
    "/ip6/::ffff:0102:0304/tcp/1, /ip6/::ffff:1.2.3.4/tcp/1",
    "/dns/a/tcp/007, /dns/a/tcp/7",
  })
  void otherSpellingsBecomeOne(String text, String spelled) throws MalformedException {
    assertThat(Multiaddr.parse(text)).hasToString(spelled);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "ip4/1.2.3.4",
        "//ip4/1.2.3.4",
        "/ip4",
        "/ip4/",
        "/ip4/1.2.3",
        "/ip4/1.2.3.256",
        "/ip4/::1",
        "/ip6/1.2.3.4",
        "/ip6/fe80::1%eth0",
        "/ip4/1.2.3.4/tcp",
        "/ip4/1.2.3.4/tcp/",
        "/ip4/1.2.3.4/tcp/65536",
        "/ip4/1.2.3.4/tcp/-1",
        "/ip4/1.2.3.4/tcp/+1",
        "/ip4/1.2.3.4/tcp/1/unknown",
        "/ip4/1.2.3.4/tcp/1/ws/x",
        "/ip4/10.0.0.0/ipcidr/256",
        "/dns4//tcp/1",
        "/p2p/",
        "/p2p/abc",
        "/unix/",
        "/http-path/%zz",
        "/http-path/",
        "/certhash/x123",
        "/memory/18446744073709551616",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:0",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd",
        "/dns4/a\tb/tcp/1",
      })
  void whatIsNoAddressIsRefused(String text) {
    assertThatThrownBy(() -> Multiaddr.parse(text)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "04c00002", // cut off
        "11", // 17, udp of an old table
        "060fa1ff", // a code without end
        "8400c0000201", // a code that is not minimal
        "3605612f62", // longer than what is there
        "36036f2f62", // a slash in a name
        "3600", // an empty name
        "a503021234", // no peer id
        "3601ff", // not UTF-8
      })
  void otherBytesAreRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> Multiaddr.of(bytes)).isInstanceOf(MalformedException.class);
  }

  @Test
  void lengthAndPartsAreBounded() throws MalformedException {
    String parts = "/ws".repeat(Multiaddr.COMPONENTS_MAX);
    Multiaddr longest = Multiaddr.parse(parts);
    assertThatThrownBy(() -> Multiaddr.parse(parts + "/ws")).hasMessageContaining("parts");
    assertThatThrownBy(() -> longest.followedBy(longest))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Multiaddr.parse("/dns4/" + "a".repeat(Multiaddr.BYTES_MAX)))
        .hasMessageContaining("bytes");
    assertThatThrownBy(() -> Multiaddr.of(new byte[Multiaddr.BYTES_MAX + 1]))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void unreadableAddressesOfAListArePassedOver() throws MalformedException {
    Multiaddr good = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
    assertThat(Multiaddr.readable(List.of(new byte[] {17, 0, 1}, good.toBytes(), new byte[0])))
        .containsExactly(good);
  }

  @Test
  void aCircuitIsSplitAtItsFirstHop() throws MalformedException {
    String other = "16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY";
    Multiaddr address =
        Multiaddr.parse(
            "/ip4/192.0.2.1/tcp/1/p2p/" + PEER + "/p2p-circuit/p2p/" + other + "/p2p-circuit");
    Multiaddr.Circuit circuit = address.circuit().orElseThrow();
    assertThat(circuit.relay()).contains(Multiaddr.parse("/ip4/192.0.2.1/tcp/1/p2p/" + PEER));
    assertThat(circuit.behind()).contains(Multiaddr.parse("/p2p/" + other + "/p2p-circuit"));
    assertThat(address.relayed()).isTrue();
    assertThat(address.peerId()).isEmpty();

    Multiaddr.Circuit bare = Multiaddr.parse("/p2p-circuit").circuit().orElseThrow();
    assertThat(bare.relay()).isEmpty();
    assertThat(bare.behind()).isEmpty();
    assertThat(Multiaddr.parse("/ip4/192.0.2.1/tcp/1").circuit()).isEmpty();
  }

  @Test
  void thePeerAtTheEndComesAndGoes() throws MalformedException {
    Multiaddr plain = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
    PeerId peer = PeerId.parse(PEER);
    Multiaddr whole = plain.withPeer(peer);
    assertThat(whole).hasToString("/ip4/192.0.2.1/tcp/1/p2p/" + PEER);
    assertThat(whole.withPeer(peer)).isSameAs(whole);
    assertThat(whole.peerId()).contains(peer);
    assertThat(whole.withoutPeer()).contains(plain);
    assertThat(plain.withoutPeer()).contains(plain);
    assertThat(Multiaddr.parse("/p2p/" + PEER).withoutPeer()).isEmpty();
    assertThat(plain.first(AddressProtocol.TCP).orElseThrow().number()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "/dns4/a/tcp/1/wss, /dns4/a/tcp/1/tls/ws",
    "/dns4/a/tcp/1/tls/wss, /dns4/a/tcp/1/tls/ws",
    "/dns4/a/tcp/1/tls/ws, /dns4/a/tcp/1/tls/ws",
    "/ip4/1.2.3.4/tcp/1/wss/p2p/" + PEER + ", /ip4/1.2.3.4/tcp/1/tls/ws/p2p/" + PEER,
  })
  void wssIsTlsAndWs(String text, String same) throws MalformedException {
    assertThat(Multiaddr.parse(text).normal()).isEqualTo(Multiaddr.parse(same));
  }

  @Test
  void orderIsThatOfUnsignedBytes() throws MalformedException {
    Multiaddr low = Multiaddr.parse("/ip4/1.0.0.1/tcp/1");
    Multiaddr high = Multiaddr.parse("/ip4/200.0.0.1/tcp/1");
    assertThat(low).isLessThan(high);
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/tcp/1, PRIVATE",
    "/ip4/10.1.2.3/tcp/1, PRIVATE",
    "/ip4/100.64.0.1/tcp/1, PRIVATE",
    "/ip4/100.128.0.1/tcp/1, PUBLIC",
    "/ip4/172.31.0.1/tcp/1, PRIVATE",
    "/ip4/172.32.0.1/tcp/1, PUBLIC",
    "/ip4/192.168.1.1/tcp/1, PRIVATE",
    "/ip4/169.254.1.1/tcp/1, PRIVATE",
    "/ip4/0.0.0.0/tcp/1, UNROUTABLE",
    "/ip4/192.0.0.10/tcp/1, UNROUTABLE",
    "/ip4/192.0.0.64/tcp/1, PUBLIC",
    "/ip4/192.0.2.1/tcp/1, UNROUTABLE",
    "/ip4/198.19.0.1/tcp/1, UNROUTABLE",
    "/ip4/224.0.0.1/udp/1, UNROUTABLE",
    "/ip4/255.255.255.255/udp/1, UNROUTABLE",
    "/ip4/8.8.8.8/udp/1/quic-v1, PUBLIC",
    "/ip6/::1/tcp/1, PRIVATE",
    "/ip6/fd00::1/tcp/1, PRIVATE",
    "/ip6/fe80::1/tcp/1, PRIVATE",
    "/ip6zone/eth0/ip6/fe80::1/tcp/1, PRIVATE",
    "/ip6/ff02::1/tcp/1, UNROUTABLE",
    "/ip6/2001:db8::1/tcp/1, UNROUTABLE",
    "/ip6/2606:4700::1/tcp/1, PUBLIC",
    "/ip6/64:ff9b::808:808/tcp/1, PUBLIC",
    "/ip6/5000::1/tcp/1, UNKNOWN",
    "/dns4/localhost/tcp/1, PRIVATE",
    "/dns/a.LOCALHOST./tcp/1, PRIVATE",
    "/dns6/a.invalid/tcp/1, UNROUTABLE",
    "/dns/1.0.0.127.in-addr.arpa/tcp/1, UNROUTABLE",
    "/dnsaddr/printer.local/tcp/1, UNKNOWN",
    "/dns/a.test/tcp/1, UNKNOWN",
    "/dns/router.home.arpa/tcp/1, UNKNOWN",
    "/dns/libp2p.internal/tcp/1, PUBLIC",
    "/p2p-circuit, UNKNOWN",
    "/unix/a, UNKNOWN",
  })
  void theScopeIsThatOfTheFirstPart(String text, AddressScope scope) throws MalformedException {
    assertThat(AddressScope.of(Multiaddr.parse(text))).isEqualTo(scope);
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.8.0.1/tcp/1, true",
    "/ip6zone/lo/ip6/::1/tcp/1, true",
    "/dns/localhost/tcp/1, true",
    "/ip4/10.0.0.1/tcp/1, false",
    "/p2p-circuit, false",
  })
  void loopbackIsThisMachine(String text, boolean loopback) throws MalformedException {
    assertThat(AddressScope.loopback(Multiaddr.parse(text))).isEqualTo(loopback);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void damageEndsInAnAddressOrARefusal(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    List<byte[]> good =
        vectors().stream().map(vector -> HexFormat.of().parseHex(vector.get(1))).toList();
    int read = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = good.get(random.nextInt(good.size())).clone();
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length) + 1);
      for (int n = random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (readsBack(bytes)) read++;
    }
    assertThat(read).as("seed " + seed).isBetween(1, 49_999);
  }

  static boolean readsBack(byte[] bytes) {
    Multiaddr address;
    try {
      address = Multiaddr.of(bytes);
    } catch (MalformedException refused) {
      return false;
    }
    try {
      if (!Multiaddr.parse(address.toString()).equals(address)) {
        throw new AssertionError(HexFormat.of().formatHex(bytes) + " is " + address);
      }
    } catch (MalformedException notText) {
      throw new AssertionError(HexFormat.of().formatHex(bytes) + " is " + address, notText);
    }
    AddressScope.of(address);
    address.circuit();
    return true;
  }

  @Test
  void theRecordOfAnotherImplementationOpensAndIsMadeByteForByte() throws Exception {
    PrivateKey key = PrivateKey.read(Vectors.bytes("key.ed25519.private"));
    PeerRecord record = PeerRecord.open(Vectors.bytes("envelope.peerrecord"));
    assertThat(record.peer()).isEqualTo(key.peerId());
    assertThat(record.sequence()).isEqualTo(1);
    assertThat(record.addresses())
        .extracting(Multiaddr::toString)
        .containsExactly("/ip4/192.0.2.1/tcp/4001", "/ip4/192.0.2.1/udp/4001/quic-v1");
    assertThat(record.seal(key)).isEqualTo(Vectors.bytes("envelope.peerrecord"));
    assertThat(record.newerThan(0)).isTrue();
    assertThat(record.newerThan(-1)).isFalse();
    assertThatThrownBy(() -> record.seal(PrivateKey.generate()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PeerRecord.open(Vectors.bytes("envelope.voucher")))
        .isInstanceOf(MalformedException.class);
  }
}
