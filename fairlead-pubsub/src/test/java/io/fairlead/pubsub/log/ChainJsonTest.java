package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainJsonTest {
  private static final String HASH = "0x" + "a1".repeat(32);
  private static final String LOG =
      "{\"address\":\"0xé\",\"blockHash\":\""
          + HASH
          + "\",\"blockNumber\":\"0x10\",\"topics\":[\"}\",[{\"removed\":true}]],\"logIndex\":\"0x2\"}";

  @Test
  void readsALogAndKeepsItsText() {
    ChainJson.PushedLog log = ChainJson.log(JsonSlice.of(" " + LOG)).orElseThrow();
    assertThat(log.removed()).isFalse();
    assertThat(log.entry().blockNumber()).isEqualTo(16);
    assertThat(log.entry().index()).isEqualTo(2);
    assertThat(log.entry().blockHash().toString()).isEqualTo(HASH);
    assertThat(new String(log.entry().json(), StandardCharsets.UTF_8)).isEqualTo(LOG);
  }

  @Test
  void readsLogsWithoutRemovedOnes() {
    String removed = LOG.replace("\"0x2\"", "\"0x3\",\"removed\":true");
    List<ChainEntry> logs =
        ChainJson.logs(JsonSlice.of("[" + LOG + " ,\n" + removed + "," + LOG + "]")).orElseThrow();
    assertThat(logs).hasSize(2);
    for (ChainEntry entry : logs) {
      assertThat(new String(entry.json(), StandardCharsets.UTF_8)).isEqualTo(LOG);
    }
    assertThat(ChainJson.logs(JsonSlice.of("[]"))).contains(List.of());
  }

  @Test
  void readsAHeader() {
    String bloom = "0x" + "00".repeat(255) + "01";
    String json =
        "{\"number\":\"0xff\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"logsBloom\":\"%s\",\"uncles\":[]}"
            .formatted(HASH, HASH.replace('a', 'b'), bloom);
    BlockHeader header = ChainJson.header(JsonSlice.of(json)).orElseThrow();
    assertThat(header.number()).isEqualTo(255);
    assertThat(header.parent().toString()).isEqualTo(HASH.replace('a', 'b'));
    assertThat(header.bloom().has(0)).isTrue();
    assertThat(header.bloom().has(1)).isFalse();
    BlockHeader bare =
        ChainJson.header(JsonSlice.of(json.replace("logsBloom", "other"))).orElseThrow();
    assertThat(bare.bloom().known()).isFalse();
    assertThat(bare.bloom().has(1)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{}",
        "{",
        "7",
        "{\"blockNumber\":null,\"blockHash\":null,\"logIndex\":null}",
        "{\"blockNumber\":\"0x1\",\"blockHash\":\"0x12\",\"logIndex\":\"0x1\"}",
        "{\"blockNumber\":\"-0x1\",\"blockHash\":\"%s\",\"logIndex\":\"0x1\"}",
        "{\"blockNumber\":\"0xffffffffffffffff\",\"blockHash\":\"%s\",\"logIndex\":\"0x1\"}",
        "{\"blockNumber\":\"0x1\",\"blockHash\":\"%s\",\"logIndex\":\"0x100000000\"}",
        "{\"blockNumber\":1,\"blockHash\":\"%s\",\"logIndex\":2}"
      })
  void whatIsNoLogIsNone(String json) {
    assertThat(ChainJson.log(JsonSlice.of(json.replace("%s", HASH)))).isEmpty();
    assertThat(ChainJson.logs(JsonSlice.of("[" + json.replace("%s", HASH) + "]"))).isEmpty();
  }

  @Test
  void anyBytesAreNoHeader() {
    Seeds.run(
        2_000,
        random -> {
          byte[] bytes = Seeds.bytes(random, 200);
          assertThat(ChainJson.header(JsonSlice.wrap(bytes, 0, bytes.length))).isEmpty();
          assertThat(ChainJson.log(JsonSlice.wrap(bytes, 0, bytes.length))).isEmpty();
        });
  }

  @Test
  void everyCutOfALogIsNone() {
    byte[] bytes = LOG.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < bytes.length; length++) {
      assertThat(ChainJson.log(JsonSlice.wrap(bytes, 0, length))).isEmpty();
    }
  }

  @Test
  void aBloomHasThreeBitsOfAValuesHash() {
    // Keccak-256 of "test" begins 9c22 ff5f 21f0.
    assertThat(BloomProbe.bits("test".getBytes(StandardCharsets.US_ASCII)))
        .containsExactly(0x422, 0x75f, 0x1f0);
    byte[] bloom = new byte[256];
    for (int bit : new int[] {0x422, 0x75f, 0x1f0}) bloom[255 - bit / 8] |= (byte) (1 << bit % 8);
    Bloom read = Bloom.parse("0x" + HexFormat.of().formatHex(bloom));
    byte[] test = "test".getBytes(StandardCharsets.US_ASCII);
    byte[] other = "other".getBytes(StandardCharsets.US_ASCII);
    assertThat(BloomProbe.of(List.of(List.of(other, test), List.of())).mayMatch(read)).isTrue();
    assertThat(BloomProbe.of(List.of(List.of(test), List.of(other))).mayMatch(read)).isFalse();
    assertThat(BloomProbe.ANY.mayMatch(Bloom.of(new byte[256]))).isTrue();
    assertThat(BloomProbe.of(List.of(List.of(other))).mayMatch(Bloom.UNKNOWN)).isTrue();
  }
}
