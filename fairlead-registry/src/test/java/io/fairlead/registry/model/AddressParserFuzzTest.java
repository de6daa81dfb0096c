package io.fairlead.registry.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the text, reading ends with an address whose text reads back the same, or is refused.
 */
class AddressParserFuzzTest {
  private static final String[] SAMPLES = {
    "1.2.3.4:80",
    "[2001:db8::1]:443",
    "[fe80::1%eth0]:1",
    "a.example.org.:8500",
    "/ip4/1.2.3.4/tcp/1",
    "/dns/x.y/udp/9/quic-v1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
    "a:1,b:2"
  };

  @FuzzTest(maxDuration = "60s")
  void neverThrowsAnythingElse(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    String spice = "0123456789abcdefx.:[]/%,-_ü\0";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(SAMPLES[random.nextInt(SAMPLES.length)]);
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        int at = random.nextInt(text.length());
        char c = spice.charAt(random.nextInt(spice.length()));
        if (random.nextBoolean()) text.setCharAt(at, c);
        else text.insert(at, c);
      }
      check(text.toString());
    }
  }

  private static void check(String text) {
    try {
      for (CanonicalAddress address : AddressParser.ofOperator().node(text)) {
        CanonicalAddress again = AddressParser.ofOperator().parse(address.text());
        assertThat(again).isEqualTo(address);
        assertThat(address.port()).isBetween(1, 65_535);
      }
    } catch (BadAddressException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }
}
