package io.fairlead.registry.evm.abi;

import io.fairlead.registry.model.Keccak256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A function or an event by its canonical signature, e.g. {@code getProxies(uint256,uint256)}.
 *
 * @param name what stands before the parenthesis
 * @param inputs its arguments
 */
public record Signature(String name, AbiType.Tuple inputs) {
  /** A function without arguments has an empty tuple, which {@link AbiType#parse} refuses. */
  private static final AbiType.Tuple NOTHING = new AbiType.Tuple(List.of());

  /**
   * Reads a signature; names of arguments and {@code indexed} may stand in it.
   *
   * @throws BadAbiException it is none
   */
  public static Signature parse(String text) throws BadAbiException {
    String stripped = text.strip();
    int open = stripped.indexOf('(');
    if (open < 1 || !stripped.endsWith(")")) {
      throw new BadAbiException("`" + text + "`: a signature such as getProxies() is expected");
    }
    String name = stripped.substring(0, open).strip();
    if (!name.matches("[A-Za-z_$][A-Za-z0-9_$]{0,99}")) {
      throw new BadAbiException("`" + name + "`: no name of a function or event");
    }
    String list = stripped.substring(open).replaceAll("\\bindexed\\b", "");
    if (list.substring(1, list.length() - 1).isBlank()) return new Signature(name, NOTHING);
    return new Signature(name, AbiType.parseTuple(list));
  }

  /** The same for text that stands in this program. */
  public static Signature of(String text) {
    try {
      return parse(text);
    } catch (BadAbiException wrong) {
      throw new IllegalArgumentException(wrong.getMessage(), wrong);
    }
  }

  public String canonical() {
    return name + (inputs.members().isEmpty() ? "()" : inputs.canonical());
  }

  private byte[] hash() {
    return Keccak256.digest(canonical().getBytes(StandardCharsets.UTF_8));
  }

  /** The first four bytes of a call. */
  public byte[] selector() {
    return Arrays.copyOf(hash(), 4);
  }

  /** First topic of an event, as {@code 0x} and 64 hex digits. */
  public String topic() {
    return "0x" + HexFormat.of().formatHex(hash());
  }

  /** The bytes of a call, as {@code 0x…}. */
  public String call(Object... arguments) {
    byte[] encoded =
        inputs.members().isEmpty()
            ? new byte[0]
            : AbiWriter.write(inputs, Arrays.asList(arguments));
    HexFormat hex = HexFormat.of();
    return "0x" + hex.formatHex(selector()) + hex.formatHex(encoded);
  }
}
