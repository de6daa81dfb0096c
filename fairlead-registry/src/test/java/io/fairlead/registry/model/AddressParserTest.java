package io.fairlead.registry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressParserTest {
  private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  @ParameterizedTest
  @CsvSource({
    "1.2.3.4:80, 1.2.3.4:80",
    "[2001:DB8:0:0:0:0:0:1]:80, [2001:db8::1]:80",
    "[2001:db8:0:1:1:1:1:1]:80, [2001:db8:0:1:1:1:1:1]:80",
    "[2001:0:0:1:0:0:0:1]:80, [2001:0:0:1::1]:80",
    "[1:0:0:2:2:0:0:2]:80, [1::2:2:0:0:2]:80",
    "[::]:80, [::]:80",
    "[::1]:80, [::1]:80",
    "[::ffff:1.2.3.4]:80, 1.2.3.4:80",
    "[fe80::1%eth0]:80, [fe80::1%eth0]:80",
    "Example.ORG:443, example.org:443",
    "example.org.:443, example.org:443",
    "bücher.example:443, xn--bcher-kva.example:443",
    "my_service:1, my_service:1",
    "1a.example:65535, 1a.example:65535",
    "/ip4/1.2.3.4/tcp/80, /ip4/1.2.3.4/tcp/80",
    "/ip6/2001:DB8::1/tcp/80/ws, /ip6/2001:db8::1/tcp/80/ws",
    "/dns4/Example.org/tcp/443/wss, /dns/example.org/tcp/443/wss",
    "/ip4/1.2.3.4/udp/4001/quic-v1/p2p/" + PEER + ", /ip4/1.2.3.4/udp/4001/quic-v1/p2p/" + PEER,
  })
  void readsOneForm(String text, String canonical) throws BadAddressException {
    CanonicalAddress address = AddressParser.ofOperator().parse(text);
    assertThat(address.text()).isEqualTo(canonical);
    assertThat(AddressParser.ofOperator().parse(canonical)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.1:80",
        "2130706433:80",
        "0x7f.1:80",
        "0x7f000001:80",
        "010.0.0.1:80",
        "1.2.3:80",
        "1.2.3.4.5:80",
        "256.1.1.1:80",
        "1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:0",
        "1.2.3.4:080",
        "1.2.3.4:65536",
        "1.2.3.4:99999999999",
        "1.2.3.4:-1",
        "1.2.3.4:+1",
        ":80",
        "",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[::1:80",
        "[1.2.3.4]:80",
        "[fe80::1%]:80",
        "[2001:db8::1%eth0]:80",
        "[fe80::1%a b]:80",
        "a..b:80",
        "-a.b:80",
        "a-.b:80",
        "a b:80",
        "a/b:80",
        "user@host:80",
        "example.0x1:80",
        "/ip4/1.2.3.4/tcp/0",
        "/ip4/127.1/tcp/80",
        "/ip4/::1/tcp/80",
        "/ip6/1.2.3.4/tcp/80",
        "/ip4/1.2.3.4/tcp/80/p2p/nonsense",
        "/ip4/1.2.3.4/tcp/80/p2p/" + PEER + "/p2p-circuit",
        "/ip4/1.2.3.4/sctp/80",
        "/ip4/1.2.3.4/tcp",
        "/",
      })
  void refusesWhatCouldBeReadTwice(String text) {
    assertThat(
            catchThrowableOfType(
                BadAddressException.class, () -> AddressParser.ofOperator().parse(text)))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254:80",
        "127.0.0.1:80",
        "0.0.0.0:80",
        "10.1.2.3:80",
        "100.64.0.1:80",
        "172.16.0.1:80",
        "192.168.0.1:80",
        "192.0.2.1:80",
        "198.51.100.1:80",
        "203.0.113.9:80",
        "224.0.0.1:80",
        "255.255.255.255:80",
        "[::1]:80",
        "[::]:80",
        "[fe80::1]:80",
        "[fc00::1]:80",
        "[ff02::1]:80",
        "[2001:db8::1]:80",
        "[::ffff:127.0.0.1]:80",
        "[::127.0.0.1]:80",
        "[64:ff9b::7f00:1]:80",
        "[2002:7f00:1::]:80",
        "localhost:80",
        "api.localhost:80",
        "/ip4/10.0.0.1/tcp/80",
      })
  void strangersMayNameOnlyPublicPlaces(String text) throws BadAddressException {
    BadAddressException refused =
        catchThrowableOfType(
            BadAddressException.class, () -> AddressParser.ofStrangers(false).parse(text));
    assertThat(refused.reason()).isEqualTo(BadAddressException.Reason.NOT_PUBLIC);
    assertThat(AddressParser.ofStrangers(true).parse(text)).isNotNull();
  }

  @Test
  void strangersMayNameOtherPlaces() throws BadAddressException {
    for (String text : new String[] {"8.8.8.8:53", "[2606:4700::1]:443", "example.org:1"}) {
      assertThat(AddressParser.ofStrangers(false).parse(text).text()).isEqualTo(text);
    }
  }

  @Test
  void aNodeHasSeveralAddressesOnce() throws BadAddressException {
    assertThat(AddressParser.ofOperator().node("a:1, B:2,a:1"))
        .extracting(CanonicalAddress::text)
        .containsExactly("a:1", "b:2");
  }

  @Test
  void theDefaultPortStepsIn() throws BadAddressException {
    AddressParser parser = AddressParser.ofOperator().withDefaultPort(OptionalInt.of(8500));
    assertThat(parser.parse("10.0.0.1").text()).isEqualTo("10.0.0.1:8500");
    assertThat(parser.parse("[::1]").text()).isEqualTo("[::1]:8500");
    assertThat(parser.parse("10.0.0.1:1").text()).isEqualTo("10.0.0.1:1");
    assertThat(
            catchThrowableOfType(BadAddressException.class, () -> parser.parse("10.0.0.1:"))
                .reason())
        .isEqualTo(BadAddressException.Reason.PORT);
  }

  @Test
  void samePlaceMeansSameTransportAndNoOtherPeer() throws BadAddressException {
    AddressParser parser = AddressParser.ofOperator();
    CanonicalAddress plain = parser.parse("1.2.3.4:80");
    CanonicalAddress multi = parser.parse("/ip4/1.2.3.4/tcp/80");
    CanonicalAddress named = parser.parse("/ip4/1.2.3.4/tcp/80/p2p/" + PEER);
    CanonicalAddress other =
        parser.parse("/ip4/1.2.3.4/tcp/80/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N");
    CanonicalAddress web = parser.parse("/ip4/1.2.3.4/tcp/80/ws");
    assertThat(plain.sameAs(multi)).isTrue();
    assertThat(plain.sameAs(named)).isTrue();
    assertThat(named.sameAs(other)).isFalse();
    assertThat(plain.sameAs(web)).isFalse();
  }

  @Test
  void namesAndEndpointsHaveTheirLengths() {
    AddressParser parser = AddressParser.ofOperator();
    String label = "a".repeat(63);
    assertThat(catchThrowableOfType(BadAddressException.class, () -> parser.parse(label + ":1")))
        .isNull();
    assertThat(
            catchThrowableOfType(BadAddressException.class, () -> parser.parse("a" + label + ":1")))
        .isNotNull();
    String name = String.join(".", label, label, label, "b".repeat(60));
    assertThat(name.length()).isEqualTo(252);
    assertThat(catchThrowableOfType(BadAddressException.class, () -> parser.parse(name + ":1")))
        .isNull();
    assertThat(
            catchThrowableOfType(
                    BadAddressException.class, () -> parser.parse("c".repeat(300) + ":1"))
                .reason())
        .isEqualTo(BadAddressException.Reason.TOO_LONG);
  }
}
