package io.fairlead.registry.evm.abi;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes values; the inverse of {@link AbiReader}, with the same objects. Pure. */
public final class AbiWriter {
  private static final int WORD = AbiType.WORD;

  private AbiWriter() {}

  /**
   * Encodes values of a tuple, as arguments of a function or as {@code abi.encode} of them.
   *
   * @throws IllegalArgumentException a value does not fit its type
   */
  public static byte[] write(AbiType.Tuple type, List<?> values) {
    return tuple(type, values);
  }

  private static byte[] tuple(AbiType.Tuple type, List<?> values) {
    if (values.size() != type.members().size()) {
      throw new IllegalArgumentException(
          "values: " + values.size() + " (expected: " + type.members().size() + ")");
    }
    return sequence(type.members().stream().map(AbiType.Member::type).toList(), values);
  }

  private static byte[] sequence(List<AbiType> types, List<?> values) {
    int headSize = types.stream().mapToInt(AbiType::headSize).sum();
    ByteArrayOutputStream head = new ByteArrayOutputStream(headSize);
    List<byte[]> tails = new ArrayList<>();
    int tailAt = headSize;
    for (int i = 0; i < types.size(); i++) {
      byte[] encoded = value(types.get(i), values.get(i));
      if (types.get(i).dynamic()) {
        head.writeBytes(word(BigInteger.valueOf(tailAt)));
        tails.add(encoded);
        tailAt += encoded.length;
      } else {
        head.writeBytes(encoded);
      }
    }
    tails.forEach(head::writeBytes);
    return head.toByteArray();
  }

  private static byte[] value(AbiType type, Object value) {
    return switch (type) {
      case AbiType.Int number -> number(number, (BigInteger) value);
      case AbiType.Bool _ -> word((Boolean) value ? BigInteger.ONE : BigInteger.ZERO);
      case AbiType.Address _ -> leftPadded(exactly((byte[]) value, AbiType.Address.BYTES));
      case AbiType.FixedBytes bytes -> Arrays.copyOf(exactly((byte[]) value, bytes.bytes()), WORD);
      case AbiType.Octets _ -> octets((byte[]) value);
      case AbiType.Array array -> array(array, (List<?>) value);
      case AbiType.FixedArray array -> elements(array.element(), array.length(), (List<?>) value);
      case AbiType.Tuple tuple -> tuple(tuple, (List<?>) value);
    };
  }

  private static byte[] array(AbiType.Array type, List<?> values) {
    byte[] elements = elements(type.element(), values.size(), values);
    return joined(word(BigInteger.valueOf(values.size())), elements);
  }

  private static byte[] elements(AbiType element, int length, List<?> values) {
    if (values.size() != length) {
      throw new IllegalArgumentException(
          "elements: " + values.size() + " (expected: " + length + ")");
    }
    List<AbiType> types = new ArrayList<>(length);
    for (int i = 0; i < length; i++) types.add(element);
    return sequence(types, values);
  }

  private static byte[] octets(byte[] value) {
    int padded = (value.length + WORD - 1) / WORD * WORD;
    return joined(word(BigInteger.valueOf(value.length)), Arrays.copyOf(value, padded));
  }

  private static byte[] number(AbiType.Int type, BigInteger value) {
    boolean fits =
        type.signed()
            ? value.bitLength() < type.bits()
            : value.signum() >= 0 && value.bitLength() <= type.bits();
    if (!fits) {
      throw new IllegalArgumentException(
          "number: " + value + " (expected: " + type.canonical() + ")");
    }
    byte[] word = word(value);
    return word;
  }

  private static byte[] exactly(byte[] value, int length) {
    if (value.length != length) {
      throw new IllegalArgumentException("bytes: " + value.length + " (expected: " + length + ")");
    }
    return value;
  }

  private static byte[] leftPadded(byte[] value) {
    byte[] word = new byte[WORD];
    System.arraycopy(value, 0, word, WORD - value.length, value.length);
    return word;
  }

  private static byte[] word(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] word = new byte[WORD];
    if (value.signum() < 0) Arrays.fill(word, (byte) 0xFF);
    int length = Math.min(bytes.length, WORD); // a leading zero byte of a full word is dropped
    System.arraycopy(bytes, bytes.length - length, word, WORD - length, length);
    return word;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
