package io.fairlead.registry.evm.contract;

import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.AbiWriter;
import io.fairlead.registry.model.Keccak256;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One entry as the contract stores it. Its texts are bytes: an operator may store what is not
 * UTF-8, and the digest is over the bytes.
 *
 * @param values of the tuple {@code Proxy}, in its order
 * @param leaf Keccak-256 of their encoding, what the contract's digest adds up
 */
public record ProxyRow(List<Object> values, BigInteger leaf) {
  /** The tuple {@code Proxy}; the order is part of the interface. */
  public static final AbiType.Tuple TYPE =
      AbiType.tuple(
          "(bytes32 id,address operator,uint32 roles,uint8 status,uint16 weight,uint64 validUntil,"
              + "uint64 updatedBlock,string endpoint,bytes publicKey,string group)");

  /** An entry without an address, such as a client's. */
  public static final String NO_ENDPOINT = "-";

  private static final AbiType.Tuple ENCODED =
      new AbiType.Tuple(List.of(new AbiType.Member("", TYPE)));

  /** What no parser of addresses takes, in place of bytes that are no text. */
  private static final String UNREADABLE = "\uFFFD";

  /** A row of values in the order of {@link #TYPE}. */
  public static ProxyRow of(List<Object> values) {
    byte[] encoded = AbiWriter.write(ENCODED, List.of(values));
    return new ProxyRow(values, new BigInteger(1, Keccak256.digest(encoded)));
  }

  /** {@code 0x} and 64 hex digits. */
  public String id() {
    return hex(0);
  }

  public int roles() {
    return number(2).intValue();
  }

  public int status() {
    return number(3).intValue();
  }

  public BigInteger validUntil() {
    return number(5);
  }

  /** Bytes of its texts and key. */
  public int size() {
    return octets(7).length + octets(8).length + octets(9).length;
  }

  /**
   * Members as {@code EntryReader} takes them.
   *
   * @param roles and the next two in place of what the row says
   */
  public Map<String, Object> members(int roles, int status, BigInteger validUntil) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", id());
    if (!number(1).equals(BigInteger.ZERO)) members.put("operator", hex(1));
    members.put("roles", roles);
    members.put("status", status);
    members.put("weight", number(4).longValue());
    members.put("valid_until", seconds(validUntil));
    members.put("updated", seconds(number(6)));
    String endpoint = text(7).orElse(UNREADABLE);
    if (!endpoint.equals(NO_ENDPOINT)) members.put("endpoints", List.of(endpoint));
    byte[] key = octets(8);
    if (key.length > 0) members.put("public_key", "0x" + HexFormat.of().formatHex(key));
    members.put("group", text(9).orElse(""));
    return members;
  }

  /** A time beyond what a long holds is as good as for ever. */
  private static long seconds(BigInteger value) {
    return value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
  }

  private BigInteger number(int index) {
    return values.get(index) instanceof BigInteger number
        ? number
        : new BigInteger(1, octets(index));
  }

  private byte[] octets(int index) {
    return (byte[]) values.get(index);
  }

  private String hex(int index) {
    return "0x" + HexFormat.of().formatHex(octets(index));
  }

  private Optional<String> text(int index) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets(index))).toString());
    } catch (CharacterCodingException notText) {
      return Optional.empty();
    }
  }
}
