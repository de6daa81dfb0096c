package io.fairlead.net.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.core.dial.DialException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyGuardTest {
  private static final int OWN_PORT = 8081;
  private static final int CONTROL_PORT = 8837;
  private static final OwnAddresses OWN =
      new OwnAddresses() {
        @Override
        public boolean isOwn(InetSocketAddress address) {
          return address.getPort() == OWN_PORT && address.getAddress().isLoopbackAddress();
        }

        @Override
        public boolean isControl(InetSocketAddress address) {
          return address.getPort() == CONTROL_PORT && address.getAddress().isLoopbackAddress();
        }
      };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:0:ffff::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "::10.1.2.3",
        "64:ff9b::7f00:1",
        "64:ff9b::a01:203",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a01:203::1",
        "2002:c0a8:101::1",
        "2002:a9fe:a9fe::"
      })
  void refusesPrivateAndLocalAddresses(String address) {
    assertThat(check(DestinationPolicy.DEFAULTS, "example.test", 443, address)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:1::1",
        "2001:db8::1",
        "fbff::1",
        "2002:101:101::1",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1"
      })
  void letsPublicAddressesThrough(String address) {
    assertThat(check(DestinationPolicy.DEFAULTS, "example.test", 443, address)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x7f.1",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "127.0.0.1.",
        "127.0.0.01",
        "1.2.3.4.5",
        "example.0x7f",
        "256.1.1.1",
        "fe80::1%eth0",
        "a b",
        "a..b",
        ".a",
        "x/y",
        "1.",
        "A.test"
      })
  void refusesOddSpellings(String host) {
    PolicyGuard guard = new PolicyGuard(DestinationPolicy.DEFAULTS, OWN);
    assertThat(guard.checkName(new HostPort(host, 443))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"example.test", "a-b_c.test", "1and1.test", "127.0.0.1", "::1", "x.test."})
  void acceptsOrdinarySpellings(String host) {
    PolicyGuard guard = new PolicyGuard(DestinationPolicy.DEFAULTS, OWN);
    assertThat(guard.checkName(new HostPort(host, 443))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // allow rule | host | port | address | allowed
        "10.1.2.3:80     |10.1.2.3        |80  |10.1.2.3       |true",
        "10.1.2.3:80     |10.1.2.3        |81  |10.1.2.3       |false",
        "10.0.0.0/8      |db.test         |443 |10.9.9.9       |true",
        "10.0.0.0/8      |db.test         |80  |10.9.9.9       |false",
        "10.0.0.0/8:80   |db.test         |80  |10.9.9.9       |true",
        "10.0.0.0/8:80   |db.test         |80  |1.1.1.1        |false",
        "db.test         |db.test         |443 |10.9.9.9       |true",
        "db.test         |db.test.        |443 |10.9.9.9       |true",
        "db.test         |xdb.test        |443 |10.9.9.9       |false",
        "*.corp.test:8443|a.corp.test     |8443|10.9.9.9       |true",
        "*.corp.test:8443|corp.test       |8443|10.9.9.9       |false",
        "*.corp.test     |a.corp.test     |443 |127.0.0.1      |false",
        "*.corp.test     |a.corp.test     |443 |169.254.1.1    |false",
        "169.254.0.0/16  |x.test          |443 |169.254.169.254|false",
        "169.254.169.254 |x.test          |443 |169.254.169.254|true",
        "meta.test       |meta.test       |443 |169.254.169.254|false",
        "127.0.0.1:8081  |127.0.0.1       |8081|127.0.0.1      |true",
        "127.0.0.1:8837  |127.0.0.1       |8837|127.0.0.1      |false",
        "x.test:25       |x.test          |25  |1.1.1.1        |true",
      })
  void allowOpensWhatItNames(String rule, String host, int port, String address, boolean allowed) {
    DestinationPolicy policy = policy(true, false, rule);
    assertThat(check(policy, host, port, address).isEmpty()).isEqualTo(allowed);
  }

  @Test
  void openPolicyStillRefusesMetadataMailAndOurselves() {
    DestinationPolicy open = policy(false, true);
    assertThat(check(open, "x.test", 12345, "10.0.0.1")).isEmpty();
    assertThat(check(open, "x.test", 12345, "127.0.0.1")).isEmpty();
    assertThat(check(open, "x.test", 80, "169.254.169.254")).isPresent();
    assertThat(check(open, "x.test", 80, "64:ff9b::a9fe:a9fe")).isPresent();
    assertThat(check(open, "x.test", 25, "1.1.1.1")).isPresent();
    assertThat(check(open, "x.test", OWN_PORT, "127.0.0.1")).isPresent();
    assertThat(check(open, "x.test", CONTROL_PORT, "127.0.0.1")).isPresent();
    assertThat(check(open, "x.test", CONTROL_PORT, "::1")).isPresent();
  }

  @Test
  void denyWinsOverAllow() {
    DestinationPolicy policy =
        new DestinationPolicy(
            true,
            List.of(new PortRange(443, 443)),
            false,
            List.of(rule("*.test"), rule("10.0.0.0/8")),
            List.of(rule("bad.test"), rule("10.6.6.0/24"), rule("1.1.1.1")));
    assertThat(check(policy, "bad.test", 443, "9.9.9.9")).isPresent();
    assertThat(check(policy, "good.test", 443, "10.6.6.6")).isPresent();
    assertThat(check(policy, "good.test", 443, "2002:101:101::1")).isPresent();
    assertThat(check(policy, "good.test", 443, "10.6.7.6")).isEmpty();
  }

  @Test
  void aRefusalNamesKeyAndValue() {
    PolicyGuard guard =
        new PolicyGuard(DestinationPolicy.DEFAULTS, OWN, "forward.egress.destinations");
    HostPort destination = new HostPort("db.test", 443);
    DialException.Forbidden refusal =
        guard
            .checkAddress(
                destination, new InetSocketAddress(InetAddress.ofLiteral("10.1.2.3"), 443))
            .orElseThrow();
    assertThat(refusal.fix())
        .isEqualTo("add \"10.1.2.3:443\" to forward.egress.destinations.allow");
    assertThat(guard.checkName(new HostPort("db.test", 8443)).orElseThrow().fix())
        .isEqualTo(
            "add 8443 to forward.egress.destinations.connect_ports,"
                + " or \"db.test:8443\" to forward.egress.destinations.allow");
  }

  /** Following the advice of any refusal must lift it, except for what can never be lifted. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theAdviceOfARefusalWorks(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      if (random.nextInt(4) == 0 && bytes.length == 16) {
        System.arraycopy(
            new byte[] {0, 0x64, -1, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 0, bytes, 0, 12);
      }
      if (random.nextInt(3) == 0) bytes[bytes.length - 4] = 10;
      InetAddress address = InetAddress.getByAddress(bytes);
      String text = address.getHostAddress();
      Optional<DialException.Forbidden> refusal =
          check(DestinationPolicy.DEFAULTS, "x.test", 443, text);
      boolean forbidden = referenceForbids(address);
      assertThat(refusal.isPresent()).as("seed %d address %s", seed, text).isEqualTo(forbidden);
      if (refusal.isEmpty()) continue;
      String advised = refusal.get().fix().replaceAll("add \"(.*)\" to .*", "$1");
      assertThat(check(policy(true, false, advised), "x.test", 443, text))
          .as("seed %d advice %s", seed, advised)
          .isEmpty();
    }
  }

  /** The list again, with big integers and none of the code under test. */
  private static boolean referenceForbids(InetAddress address) {
    byte[] b = address.getAddress();
    if (b.length == 16) {
      BigInteger value = new BigInteger(1, b);
      BigInteger low32 = value.and(BigInteger.valueOf(0xFFFF_FFFFL));
      BigInteger high = value.shiftRight(32);
      if (high.equals(new BigInteger("64ff9b0000000000000000", 16))
          || high.equals(BigInteger.ZERO) && low32.compareTo(BigInteger.valueOf(255)) > 0
          || high.equals(BigInteger.valueOf(0xFFFF))) {
        return v4Forbidden(low32.longValue());
      }
      if (value.shiftRight(112).intValue() == 0x2002) {
        return v4Forbidden(value.shiftRight(80).and(BigInteger.valueOf(0xFFFF_FFFFL)).longValue());
      }
      return value.bitLength() <= 1
          || value.shiftRight(121).intValue() == 0xfc >> 1
          || value.shiftRight(118).intValue() == 0xfe80 >> 6
          || value.shiftRight(118).intValue() == 0xfec0 >> 6
          || value.shiftRight(120).intValue() == 0xff
          || value.shiftRight(96).longValue() == 0x2001_0000L
          || value.shiftRight(80).equals(new BigInteger("64ff9b0001", 16));
    }
    return v4Forbidden(new BigInteger(1, b).longValue());
  }

  private static boolean v4Forbidden(long ip) {
    long[][] blocks = {
      {0x00000000L, 8}, {0x0A000000L, 8}, {0x64400000L, 10}, {0x7F000000L, 8}, {0xA9FE0000L, 16},
      {0xAC100000L, 12}, {0xC0000000L, 24}, {0xC0A80000L, 16}, {0xC6120000L, 15}, {0xE0000000L, 4},
      {0xF0000000L, 4}, {0xA83F8110L, 32}
    };
    return Stream.of(blocks).anyMatch(b -> ip >>> (32 - b[1]) == b[0] >>> (32 - b[1]));
  }

  private static Optional<DialException.Forbidden> check(
      DestinationPolicy policy, String host, int port, String address) {
    PolicyGuard guard = new PolicyGuard(policy, OWN);
    HostPort destination = new HostPort(host, port);
    return guard
        .checkName(destination)
        .or(
            () ->
                guard.checkAddress(
                    destination, new InetSocketAddress(InetAddress.ofLiteral(address), port)));
  }

  private static DestinationPolicy policy(boolean denyPrivate, boolean allPorts, String... allow) {
    return new DestinationPolicy(
        denyPrivate,
        List.of(new PortRange(443, 443)),
        allPorts,
        Stream.of(allow).map(PolicyGuardTest::rule).toList(),
        List.of());
  }

  private static DestinationRule rule(String text) {
    return DestinationRule.parse(text).orElseThrow();
  }
}
