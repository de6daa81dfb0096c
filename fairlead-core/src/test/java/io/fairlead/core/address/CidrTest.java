package io.fairlead.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 42, 20261122})
  void containsWhatArithmeticSays(long seed) throws Exception {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    for (int i = 0; i < 20_000; i++) {
      int bytes = random.nextBoolean() ? 4 : 16;
      byte[] network = new byte[bytes];
      random.nextBytes(network);
      byte[] other = network.clone();
      // Near the network: most random addresses differ in the first bits and prove little.
      int bit = random.nextInt(bytes * 8 + 1);
      if (bit < bytes * 8) other[bit / 8] ^= (byte) (0x80 >> (bit % 8));
      int prefix = random.nextInt(bytes * 8 + 1);
      Cidr cidr = Cidr.around(InetAddress.getByAddress(network), prefix);
      int host = bytes * 8 - prefix;
      BigInteger block = new BigInteger(1, network).shiftRight(host);
      boolean expected = block.equals(new BigInteger(1, other).shiftRight(host));
      InetAddress address = InetAddress.getByAddress(other);
      // A mapped IPv6 address turns into an IPv4 one, and then no IPv6 block covers it.
      if (address.getAddress().length != bytes) continue;
      assertThat(cidr.contains(address))
          .as("seed %d: %s contains %s", seed, cidr, address.getHostAddress())
          .isEqualTo(expected);
      assertThat(new BigInteger(1, cidr.network().getAddress())).isEqualTo(block.shiftLeft(host));
      if (bytes == cidr.network().getAddress().length) {
        assertThat(Cidr.parse(cidr.toString())).as("seed %d", seed).contains(cidr);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0/8",
    "0.0.0.0/0, 0.0.0.0/0",
    "192.0.2.7, 192.0.2.7/32",
    "::/0, 0:0:0:0:0:0:0:0/0",
    "fd00::/8, fd00:0:0:0:0:0:0:0/8",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1/128",
    "::ffff:10.0.0.0/104, 10.0.0.0/8"
  })
  void readsBlocks(String text, String canonical) {
    assertThat(Cidr.parse(text)).map(Cidr::toString).contains(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0/8",
            "10.1.2.3/8",
        "010.0.0.0/8", "::/129", "fd00::1/8", "fe80::1%eth0", "localhost", "10.0.0.0/8/8", "1",
            ":::/0"
      })
  void refusesOtherText(String text) {
    assertThat(Cidr.parse(text)).isEmpty();
  }

  @Test
  void familiesDoNotMix() throws Exception {
    Cidr everything = Cidr.parse("0.0.0.0/0").orElseThrow();
    assertThat(everything.contains(InetAddress.ofLiteral("::1"))).isFalse();
    assertThat(everything.contains(InetAddress.ofLiteral("::ffff:1.2.3.4"))).isTrue();
    assertThat(Arrays.equals(everything.network().getAddress(), new byte[4])).isTrue();
  }
}
