package io.fairlead.relay.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.random.Randomness;
import io.fairlead.libp2p.address.Multiaddr;
import java.io.BufferedReader;
import java.io.StringReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AsnTableTest {
  private static AsnTable table(String... lines) throws Exception {
    return AsnTable.read(new BufferedReader(new StringReader(String.join("\n", lines))));
  }

  private static Optional<Long> at(Networks table, String address) {
    return table.of(InetAddress.ofLiteral(address));
  }

  @Test
  void readsPrefixesAndRanges() throws Exception {
    AsnTable table =
        table(
            "# who is where",
            "",
            "192.0.2.0/24 64500",
            "198.51.100.0/24\tAS64501",
            "203.0.113.0\t203.0.113.99\t64502\tZZ\tEXAMPLE Some words",
            "2001:db8::/32 64503",
            "2001:db9::\t2001:db9:ffff:ffff:ffff:ffff:ffff:ffff\t4294967295\tZZ\tLAST");
    assertThat(at(table, "192.0.2.0")).hasValue(64_500L);
    assertThat(at(table, "192.0.2.255")).hasValue(64_500L);
    assertThat(at(table, "192.0.3.0")).isEmpty();
    assertThat(at(table, "192.0.1.255")).isEmpty();
    assertThat(at(table, "198.51.100.7")).hasValue(64_501L);
    assertThat(at(table, "203.0.113.99")).hasValue(64_502L);
    assertThat(at(table, "203.0.113.100")).isEmpty();
    assertThat(at(table, "2001:db8:ffff::1")).hasValue(64_503L);
    assertThat(at(table, "2001:db9::1")).hasValue(4_294_967_295L);
    assertThat(at(table, "2001:dba::")).isEmpty();
    assertThat(at(table, "::ffff:192.0.2.1")).hasValue(64_500L);
    assertThat(at(table(), "192.0.2.1")).isEmpty();
  }

  @Test
  void theNarrowestPrefixCountsAndZeroIsNobody() throws Exception {
    AsnTable table =
        table("10.1.2.0/24 3", "10.0.0.0/8 1", "10.1.0.0/16 2", "10.1.2.128/25 0", "0.0.0.0/0 9");
    assertThat(at(table, "10.255.0.1")).hasValue(1L);
    assertThat(at(table, "10.1.255.255")).hasValue(2L);
    assertThat(at(table, "10.1.2.1")).hasValue(3L);
    assertThat(at(table, "10.1.2.200")).isEmpty();
    assertThat(at(table, "10.1.3.0")).hasValue(2L);
    assertThat(at(table, "255.255.255.255")).hasValue(9L);
    assertThat(at(table, "::1")).isEmpty();
  }

  private record Block(Cidr cidr, long asn) {}

  /** Against the plain way to do it, over a thousand tables of many prefixes in few addresses. */
  @Test
  void findsWhatTheLongestPrefixSays() throws Exception {
    for (int seed = 0; seed < 1000; seed++) {
      RandomGenerator random = Randomness.seeded(seed).generator();
      boolean v4 = random.nextBoolean();
      List<Block> blocks = new ArrayList<>();
      List<String> lines = new ArrayList<>();
      for (int i = random.nextInt(40); i >= 0; i--) {
        Cidr cidr = Cidr.around(any(random, v4), (v4 ? 24 : 120) + random.nextInt(9));
        if (blocks.stream().anyMatch(each -> each.cidr().equals(cidr))) continue;
        blocks.add(new Block(cidr, random.nextInt(5)));
        lines.add(cidr + " " + blocks.getLast().asn());
      }
      AsnTable table = table(lines.toArray(String[]::new));
      for (int i = 0; i < 256; i++) {
        InetAddress address = any(random, v4);
        Optional<Long> expected =
            blocks.stream()
                .filter(each -> each.cidr().contains(address))
                .max(Comparator.comparingInt(each -> each.cidr().prefixLength()))
                .map(Block::asn)
                .filter(asn -> asn != 0);
        assertThat(table.of(address)).as("seed %d, %s", seed, address).isEqualTo(expected);
      }
    }
  }

  private static InetAddress any(RandomGenerator random, boolean v4) {
    int last = random.nextInt(256);
    return InetAddress.ofLiteral(
        v4 ? "192.0.2." + last : "2001:db8::" + Integer.toString(last, 16));
  }

  @Test
  void aLineThatSaysNothingIsNamed() {
    for (String bad :
        List.of(
            "192.0.2.0/24",
            "192.0.2.0/33 1",
            "192.0.2.0/24 one",
            "192.0.2.0/24 4294967296",
            "192.0.2.0/24 -1",
            "192.0.2.9 192.0.2.1 1",
            "192.0.2.1 2001:db8::1 1",
            "example.org 192.0.2.1 1",
            "{\"asn\": 1}")) {
      assertThatThrownBy(() -> table("192.0.2.0/24 1", "# so far so good", bad))
          .isInstanceOf(AsnTable.BadTableException.class)
          .hasMessage("line 3: " + bad + " (expected: PREFIX ASN, or FIRST LAST ASN)");
    }
  }

  @Test
  void aLongLineIsCutWhereItIsTold() {
    assertThatThrownBy(() -> table("x".repeat(100_000)))
        .isInstanceOf(AsnTable.BadTableException.class)
        .hasMessageContaining("x…")
        .message()
        .hasSizeLessThan(200);
  }

  @Test
  void addressesOfARelayAreLookedUpByTheirFirstPart() throws Exception {
    AsnTable table = table("192.0.2.0/24 1", "2001:db8::/32 2");
    List<Multiaddr> addresses = new ArrayList<>();
    for (String each :
        List.of(
            "/ip4/192.0.2.7/tcp/4001",
            "/ip4/192.0.2.8/tcp/4001/ws",
            "/ip6/2001:db8::1/tcp/4001",
            "/ip4/198.51.100.1/tcp/4001",
            "/dns4/relay.example.org/tcp/4001")) {
      addresses.add(Multiaddr.parse(each));
    }
    assertThat(table.ofAll(addresses)).containsExactlyInAnyOrder(1L, 2L);
    assertThat(Networks.NONE.ofAll(addresses)).isEmpty();
  }

  @Test
  void aFileIsReadAgainOnlyWhereItChanged(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("table.tsv");
    Files.writeString(file, "192.0.2.0/24 1\n");
    AsnFile networks = new AsnFile();
    assertThat(at(networks, "192.0.2.1")).isEmpty();
    AsnFile.Table first = networks.read(file);
    networks.use(Optional.of(first));
    assertThat(at(networks, "192.0.2.1")).hasValue(1L);
    assertThat(networks.read(file)).isSameAs(first);

    Files.writeString(file, "192.0.2.0/24 2\n");
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_000_000)));
    networks.use(Optional.of(networks.read(file)));
    assertThat(at(networks, "192.0.2.1")).hasValue(2L);

    Files.writeString(file, "nonsense\n");
    assertThatThrownBy(() -> networks.read(file)).isInstanceOf(AsnTable.BadTableException.class);
    assertThat(at(networks, "192.0.2.1")).hasValue(2L);
    networks.use(Optional.empty());
    assertThat(at(networks, "192.0.2.1")).isEmpty();
  }
}
