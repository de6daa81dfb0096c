package io.fairlead.registry.evm.abi;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A type of the ABI. Values are plain objects:
 *
 * <pre>
 * uintN, intN           BigInteger
 * bool                  Boolean
 * address, bytesN       byte[] of exactly that length
 * bytes, string         byte[]: a contract may store text that is not UTF-8
 * T[], T[n], (T1, T2)   List
 * </pre>
 */
public sealed interface AbiType {
  int WORD = 32;

  /** Whether its place in the head is an offset. */
  boolean dynamic();

  /** Bytes in the head; {@value #WORD} when dynamic. */
  int headSize();

  /** As it stands in a signature. */
  String canonical();

  /** {@code uintN} or {@code intN}. */
  record Int(boolean signed, int bits) implements AbiType {
    @Override
    public boolean dynamic() {
      return false;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return (signed ? "int" : "uint") + bits;
    }
  }

  /** {@code bool}. */
  record Bool() implements AbiType {
    @Override
    public boolean dynamic() {
      return false;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return "bool";
    }
  }

  /** {@code address}. */
  record Address() implements AbiType {
    public static final int BYTES = 20;

    @Override
    public boolean dynamic() {
      return false;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return "address";
    }
  }

  /** {@code bytesN}. */
  record FixedBytes(int bytes) implements AbiType {
    @Override
    public boolean dynamic() {
      return false;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return "bytes" + bytes;
    }
  }

  /** {@code bytes} or {@code string}. */
  record Octets(boolean text) implements AbiType {
    @Override
    public boolean dynamic() {
      return true;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return text ? "string" : "bytes";
    }
  }

  /** {@code T[]}. */
  record Array(AbiType element) implements AbiType {
    @Override
    public boolean dynamic() {
      return true;
    }

    @Override
    public int headSize() {
      return WORD;
    }

    @Override
    public String canonical() {
      return element.canonical() + "[]";
    }
  }

  /** {@code T[n]}, with n at least 1. */
  record FixedArray(AbiType element, int length) implements AbiType {
    @Override
    public boolean dynamic() {
      return element.dynamic();
    }

    @Override
    public int headSize() {
      return dynamic() ? WORD : element.headSize() * length;
    }

    @Override
    public String canonical() {
      return element.canonical() + "[" + length + "]";
    }
  }

  /** {@code (T1, T2)}, at least one. */
  record Tuple(List<Member> members) implements AbiType {
    public Tuple {
      members = List.copyOf(members);
    }

    @Override
    public boolean dynamic() {
      return members.stream().anyMatch(member -> member.type().dynamic());
    }

    @Override
    public int headSize() {
      return dynamic() ? WORD : innerHeadSize();
    }

    int innerHeadSize() {
      return members.stream().mapToInt(member -> member.type().headSize()).sum();
    }

    @Override
    public String canonical() {
      return members.stream()
          .map(member -> member.type().canonical())
          .collect(Collectors.joining(",", "(", ")"));
    }
  }

  /**
   * One component of a tuple.
   *
   * @param name empty when it has none
   */
  record Member(String name, AbiType type) {}

  /**
   * Reads a type as people write it: {@code uint64}, {@code string[]}, {@code (address owner,
   * string endpoint)[]}; {@code uint} and {@code int} are those of 256 bits, and {@code tuple} may
   * stand before a parenthesis.
   *
   * @throws BadAbiException it is none, or nested deeper or larger than anyone needs
   */
  static AbiType parse(String text) throws BadAbiException {
    return new TypeParser(text).whole();
  }

  /** Reads a list of types, with or without parentheses, as a tuple. */
  static Tuple parseTuple(String text) throws BadAbiException {
    String list = text.strip();
    AbiType type = parse(list.startsWith("(") ? list : "(" + list + ")");
    return type instanceof Tuple tuple ? tuple : new Tuple(List.of(new Member("", type)));
  }

  /** The same for text that stands in this program. */
  static Tuple tuple(String text) {
    try {
      return parseTuple(text);
    } catch (BadAbiException wrong) {
      throw new IllegalArgumentException(wrong.getMessage(), wrong);
    }
  }
}
