package io.fairlead.registry.evm.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of a hostile endpoint end in an error, and cost no more than their own length. */
class AbiReaderTest {
  private static final String PAGES =
      "((bytes32,address,uint32,uint8,uint16,uint64,uint64,string,bytes,string)[],uint256,uint64)";

  private static String word(String hex) {
    return "0".repeat(64 - hex.length()) + hex;
  }

  private static List<Object> read(String type, String... words) throws BadAbiException {
    return AbiReader.read(
        AbiType.parseTuple(type), HexFormat.of().parseHex(String.join("", words)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          uint8    | 100                                                              | a number is no uint8
          int8     | 80                                                               | a number is no int8
          bool     | 2                                                                | a bool is 2
          address  | ff0000000000000000000000000000000000000000                       | padding
          bytes4   | 1                                                                | padding
          string   | 20                                                               | ends at
          string   | 0                                                                | leads out
          string   | 21                                                               | leads out
          string   | ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff | larger than
          string   | 80000000                                                         | leads out
          """)
  void aWordThatDoesNotFitItsTypeIsRefused(String type, String hex, String why) {
    assertThatThrownBy(() -> read(type, word(hex)))
        .isInstanceOf(BadAbiException.class)
        .hasMessageContaining(why);
  }

  @Test
  void lengthsBeyondTheAnswerAreRefusedBeforeAnythingIsAllocated() {
    for (String length : List.of("2", "7fffffff", "ffffffff", "ffffffffffffffff")) {
      assertThatThrownBy(() -> read("uint8[]", word("20"), word(length), word("1")))
          .isInstanceOf(BadAbiException.class);
      assertThatThrownBy(() -> read("string", word("20"), word(length + "1"), word("0")))
          .isInstanceOf(BadAbiException.class);
    }
  }

  @Test
  void twoElementsMayNotShareBytes() throws Exception {
    String honest = word("40") + word("80") + word("1") + "61" + "0".repeat(62) + word("1");
    assertThat(read("(string,string)", honest, "62" + "0".repeat(62))).hasSize(2);
    assertThatThrownBy(
            () -> read("(string,string)", word("40"), word("40"), word("1"), "61" + "0".repeat(62)))
        .isInstanceOf(BadAbiException.class)
        .hasMessageContaining("share");
  }

  @Test
  void anAnswerOfOverlappingListsCostsNoMoreThanItsLength() throws Exception {
    // 4096 lists that all point at the same 4096 words would be 16 million values.
    int lists = 4096;
    StringBuilder hex = new StringBuilder(word("20") + word(Integer.toHexString(lists)));
    for (int i = 0; i < lists; i++) hex.append(word(Integer.toHexString(lists * 32)));
    hex.append(word(Integer.toHexString(lists)));
    hex.append(word("1").repeat(lists));
    byte[] answer = HexFormat.of().parseHex(hex);
    AbiType.Tuple type = AbiType.parseTuple("uint8[][]");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> AbiReader.read(type, answer)).isInstanceOf(BadAbiException.class);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16L * answer.length);
  }

  @Test
  void paddingOfTextsIsZero() {
    assertThatThrownBy(() -> read("string", word("20"), word("1"), "6161" + "0".repeat(60)))
        .isInstanceOf(BadAbiException.class)
        .hasMessageContaining("padding");
  }

  @Test
  void numbersKeepTheirSign() throws Exception {
    assertThat(read("int8", "f".repeat(64))).containsExactly(BigInteger.valueOf(-1));
    assertThat(read("uint256", "f".repeat(64)))
        .containsExactly(BigInteger.TWO.pow(256).subtract(BigInteger.ONE));
  }

  @FuzzTest(maxDuration = "60s")
  void neverThrowsAnythingElse(byte[] bytes) throws Exception {
    check(AbiType.parseTuple(PAGES), bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long given) throws Exception {
    long seed = Long.getLong("fairlead.seed", given);
    Random random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      AbiType.Tuple type = AbiOracleTest.tuple(random, 0);
      byte[] bytes = AbiWriter.write(type, AbiOracleTest.values(type, random));
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      check(type, bytes);
      int cut = random.nextInt(bytes.length + 1);
      check(type, java.util.Arrays.copyOf(bytes, cut));
    }
  }

  private static void check(AbiType.Tuple type, byte[] bytes) {
    List<Object> values;
    try {
      values = AbiReader.read(type, bytes);
    } catch (BadAbiException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
      return;
    }
    // What was read can be written, in at most as many bytes.
    assertThat(AbiWriter.write(type, values).length).isLessThanOrEqualTo(bytes.length);
  }
}
