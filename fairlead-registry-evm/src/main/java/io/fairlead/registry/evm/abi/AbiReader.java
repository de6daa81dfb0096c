package io.fairlead.registry.evm.abi;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads values strictly: numbers within their range, padding of zeros, offsets in steps of a word
 * behind the head they stand in, and no word read twice. So the work and the memory are bounded by
 * the length of the bytes, whatever they claim. One object reads one answer.
 */
public final class AbiReader {
  private static final int WORD = AbiType.WORD;

  private final byte[] data;
  private int words; // that may still be read

  private AbiReader(byte[] data) {
    this.data = data;
    this.words = data.length / WORD;
  }

  /**
   * Reads what a function returned.
   *
   * @param data borrows
   * @return values as {@link AbiType} says
   */
  public static List<Object> read(AbiType.Tuple type, byte[] data) throws BadAbiException {
    if (data.length % WORD != 0) {
      throw new BadAbiException(data.length + " bytes are no whole number of words");
    }
    return new AbiReader(data).tuple(type, 0);
  }

  private List<Object> tuple(AbiType.Tuple type, int base) throws BadAbiException {
    need(base, type.innerHeadSize());
    List<Object> values = new ArrayList<>(type.members().size());
    int head = base;
    for (AbiType.Member member : type.members()) {
      values.add(member(member.type(), base, head, type.innerHeadSize()));
      head += member.type().headSize();
    }
    return values;
  }

  /** A value whose place in a head is at {@code head}, of a head of that size at {@code base}. */
  private Object member(AbiType type, int base, int head, int headSize) throws BadAbiException {
    if (!type.dynamic()) return value(type, head);
    long offset = smallNumber(head);
    if (offset < headSize || offset % WORD != 0 || offset > data.length - base) {
      throw new BadAbiException("an offset of " + offset + " leads out of the answer");
    }
    return value(type, base + (int) offset);
  }

  private Object value(AbiType type, int at) throws BadAbiException {
    return switch (type) {
      case AbiType.Int number -> number(number, at);
      case AbiType.Bool _ -> bool(at);
      case AbiType.Address _ -> padded(at, WORD - AbiType.Address.BYTES, WORD);
      case AbiType.FixedBytes bytes -> padded(at, 0, bytes.bytes());
      case AbiType.Octets _ -> octets(at);
      case AbiType.Array array -> array(array, at);
      case AbiType.FixedArray array -> elements(array.element(), array.length(), at);
      case AbiType.Tuple tuple -> tuple(tuple, at);
    };
  }

  private List<Object> array(AbiType.Array type, int at) throws BadAbiException {
    long length = smallNumber(at);
    int from = at + WORD;
    if (length > (data.length - from) / type.element().headSize()) {
      throw new BadAbiException("an array of " + length + " is longer than the answer");
    }
    return elements(type.element(), (int) length, from);
  }

  private List<Object> elements(AbiType element, int length, int from) throws BadAbiException {
    int headSize = element.headSize() * length;
    need(from, headSize);
    // Each element costs at least one word: where there are fewer left, nothing is allocated.
    if (length > words) throw overlapping();
    List<Object> values = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      values.add(member(element, from, from + i * element.headSize(), headSize));
    }
    return values;
  }

  private byte[] octets(int at) throws BadAbiException {
    long length = smallNumber(at);
    int from = at + WORD;
    if (length > data.length - from) {
      throw new BadAbiException(length + " octets are more than the answer");
    }
    int end = from + (int) length;
    int padded = from + ((int) length + WORD - 1) / WORD * WORD;
    spend((padded - from) / WORD);
    need(from, padded - from);
    zeros(end, padded);
    return Arrays.copyOfRange(data, from, end);
  }

  private BigInteger number(AbiType.Int type, int at) throws BadAbiException {
    byte[] word = word(at);
    BigInteger value = type.signed() ? new BigInteger(word) : new BigInteger(1, word);
    boolean fits =
        type.signed() ? value.bitLength() < type.bits() : value.bitLength() <= type.bits();
    if (!fits) throw new BadAbiException("a number is no " + type.canonical());
    return value;
  }

  private Boolean bool(int at) throws BadAbiException {
    long value = smallNumber(at);
    if (value > 1) throw new BadAbiException("a bool is " + value);
    return value == 1;
  }

  /** The bytes of a word from the first to before the second place; the others must be zero. */
  private byte[] padded(int at, int first, int second) throws BadAbiException {
    byte[] word = word(at);
    zeros(at, at + first);
    zeros(at + second, at + WORD);
    return Arrays.copyOfRange(word, first, second);
  }

  /** A length or an offset; what is beyond an int is too large for any answer. */
  private long smallNumber(int at) throws BadAbiException {
    need(at, WORD);
    spend(1);
    for (int i = at; i < at + WORD - 4; i++) {
      if (data[i] != 0)
        throw new BadAbiException("a length or an offset is larger than the answer");
    }
    long value = 0;
    for (int i = at + WORD - 4; i < at + WORD; i++) value = value << 8 | (data[i] & 0xFF);
    return value;
  }

  private byte[] word(int at) throws BadAbiException {
    need(at, WORD);
    spend(1);
    return Arrays.copyOfRange(data, at, at + WORD);
  }

  private void zeros(int from, int to) throws BadAbiException {
    for (int i = from; i < to; i++) {
      if (data[i] != 0) throw new BadAbiException("padding that is not zero");
    }
  }

  private void need(int at, int length) throws BadAbiException {
    if (at > data.length - length) {
      throw new BadAbiException("the answer ends at " + data.length + ", before its values do");
    }
  }

  private void spend(int count) throws BadAbiException {
    if (count > words) throw overlapping();
    words -= count;
  }

  private static BadAbiException overlapping() {
    return new BadAbiException("two values share the same bytes");
  }
}
