package io.fairlead.registry.evm.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Tuple;
import com.esaulpaugh.headlong.abi.TupleType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another implementation writes what ours writes, and reads what ours reads. */
class AbiOracleTest {
  private static final int ROUNDS = 300;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void randomTypesAndValuesAgree(long given) throws Exception {
    long seed = Long.getLong("fairlead.seed", given);
    Random random = new Random(seed);
    for (int i = 0; i < ROUNDS; i++) {
      AbiType.Tuple type = tuple(random, 0);
      List<Object> values = values(type, random);
      byte[] ours = AbiWriter.write(type, values);
      TupleType<Tuple> other = TupleType.parse(type.canonical());
      assertThat(ours)
          .as("seed %d round %d %s", seed, i, type.canonical())
          .isEqualTo(other.encode(other.decode(ours)).array());
      assertThat(AbiReader.read(type, ours))
          .as("seed %d round %d %s", seed, i, type.canonical())
          .usingRecursiveComparison()
          .isEqualTo(values);
      assertThat(AbiType.parse(type.canonical()).canonical()).isEqualTo(type.canonical());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "transfer(address,uint256)",
        "getProxies(uint256,uint256)",
        "f((uint8,string)[],bytes4,bool[3][])",
        "supportsInterface(bytes4)"
      })
  void selectorsAgree(String signature) throws Exception {
    assertThat(HexFormat.of().formatHex(Signature.parse(signature).selector()))
        .isEqualTo(new Function(signature).selectorHex());
  }

  @Test
  void namesOfMembersAreKeptAndNotPartOfTheSignature() throws Exception {
    AbiType.Tuple type = AbiType.parseTuple("(string endpoint, uint status)[]");
    AbiType.Array array = (AbiType.Array) type.members().getFirst().type();
    assertThat(((AbiType.Tuple) array.element()).members())
        .extracting(AbiType.Member::name)
        .containsExactly("endpoint", "status");
    assertThat(type.canonical()).isEqualTo("((string,uint256)[])");
    assertThat(Signature.parse("ProxyAdded(bytes32 indexed id, string where)").canonical())
        .isEqualTo("ProxyAdded(bytes32,string)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "()",
        "uint7",
        "uint264",
        "bytes0",
        "bytes33",
        "string[0]",
        "string[99999]",
        "(a)",
        "uint8[1024][1024]",
        "uint8,string",
        "((((((((uint8))))))))",
        "fixed128x18",
        "string[",
        "(string",
        "uint8[][][][][][][][]"
      })
  void whatIsNoTypeIsRefused(String text) {
    assertThatThrownBy(() -> AbiType.parse(text)).isInstanceOf(BadAbiException.class);
  }

  static AbiType.Tuple tuple(Random random, int depth) {
    List<AbiType.Member> members = new ArrayList<>();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      members.add(new AbiType.Member("", type(random, depth + 1)));
    }
    return new AbiType.Tuple(members);
  }

  private static AbiType type(Random random, int depth) {
    return switch (random.nextInt(depth > 3 ? 7 : 10)) {
      case 0 -> new AbiType.Int(false, 8 * (1 + random.nextInt(32)));
      case 1 -> new AbiType.Int(true, 8 * (1 + random.nextInt(32)));
      case 2 -> new AbiType.Bool();
      case 3 -> new AbiType.Address();
      case 4 -> new AbiType.FixedBytes(1 + random.nextInt(32));
      case 5 -> new AbiType.Octets(true);
      case 6 -> new AbiType.Octets(false);
      case 7 -> new AbiType.Array(type(random, depth + 1));
      case 8 -> new AbiType.FixedArray(type(random, depth + 1), 1 + random.nextInt(3));
      default -> tuple(random, depth);
    };
  }

  static List<Object> values(AbiType.Tuple type, Random random) {
    List<Object> values = new ArrayList<>();
    for (AbiType.Member member : type.members()) values.add(value(member.type(), random));
    return values;
  }

  private static Object value(AbiType type, Random random) {
    return switch (type) {
      case AbiType.Int number -> {
        BigInteger value =
            new BigInteger(number.signed() ? number.bits() - 1 : number.bits(), random);
        yield number.signed() && random.nextBoolean()
            ? value.negate().subtract(BigInteger.ONE)
            : value;
      }
      case AbiType.Bool _ -> random.nextBoolean();
      case AbiType.Address _ -> bytes(20, random);
      case AbiType.FixedBytes fixed -> bytes(fixed.bytes(), random);
      case AbiType.Octets octets ->
          octets.text()
              ? "a text, ä"
                  .repeat(random.nextInt(9))
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8)
              : bytes(random.nextInt(80), random);
      case AbiType.Array array -> elements(array.element(), random.nextInt(4), random);
      case AbiType.FixedArray array -> elements(array.element(), array.length(), random);
      case AbiType.Tuple tuple -> values(tuple, random);
    };
  }

  private static List<Object> elements(AbiType element, int length, Random random) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < length; i++) values.add(value(element, random));
    return values;
  }

  private static byte[] bytes(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
