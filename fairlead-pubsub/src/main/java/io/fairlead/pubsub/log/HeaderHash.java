package io.fairlead.pubsub.log;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Keccak256;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Works out a header's hash: keccak256 of the recursive length prefixes of its fields, which are
 * those of the first blocks and one group more for each of some later changes of the rules
 * (EIP-1559, 4895, 4844, 4788, 7685). Stateless.
 */
public final class HeaderHash {
  /** What a header's hash is worth. */
  public enum Verdict {
    /** It is that of the fields. */
    PROVEN,
    /** It is not, and nothing explains that. */
    FALSE,
    /** Fields are missing, or there are some whose place in the hash is not known. */
    UNPROVEN
  }

  private enum Form {
    /** A number, without zeros in front. */
    QUANTITY,
    /** Bytes as they are. */
    BYTES
  }

  /**
   * @param length of its bytes; 0 for any
   */
  private record FieldForm(String name, Form form, int length) {}

  private static final int HASH = 32;
  private static final FieldForm[] FIELDS = {
    bytes("parentHash", HASH),
    bytes("sha3Uncles", HASH),
    bytes("miner", 20),
    bytes("stateRoot", HASH),
    bytes("transactionsRoot", HASH),
    bytes("receiptsRoot", HASH),
    bytes("logsBloom", 256),
    quantity("difficulty"),
    quantity("number"),
    quantity("gasLimit"),
    quantity("gasUsed"),
    quantity("timestamp"),
    bytes("extraData", 0),
    bytes("mixHash", HASH),
    bytes("nonce", 8),
    quantity("baseFeePerGas"),
    bytes("withdrawalsRoot", HASH),
    quantity("blobGasUsed"),
    quantity("excessBlobGas"),
    bytes("parentBeaconBlockRoot", HASH),
    bytes("requestsHash", HASH),
  };
  private static final int ALWAYS_THERE = 15;
  private static final int HASH_AT = FIELDS.length;
  private static final Set<String> NOT_HASHED =
      Set.of("size", "totalDifficulty", "transactions", "uncles", "withdrawals");
  private static final int VALUE_MAX = 2 + 2 * 1024;

  private HeaderHash() {}

  private static FieldForm bytes(String name, int length) {
    return new FieldForm(name, Form.BYTES, length);
  }

  private static FieldForm quantity(String name) {
    return new FieldForm(name, Form.QUANTITY, 0);
  }

  /** Judges a header, or a block, as a node tells it. */
  public static Verdict judge(JsonSlice json) {
    byte[] text = json.bytes();
    @Nullable String[] values = new @Nullable String[FIELDS.length + 1];
    boolean strange = false;
    try (JsonParser parser = ChainJson.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return Verdict.UNPROVEN;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        int at = place(name);
        if (at < 0) {
          strange |= !NOT_HASHED.contains(name);
          parser.skipChildren();
        } else if (value == JsonToken.VALUE_STRING) {
          // Twice the same member: which of them counts is not for the sender to choose.
          if (values[at] != null) return Verdict.FALSE;
          values[at] = parser.getString();
        } else {
          parser.skipChildren();
        }
      }
    } catch (JacksonException _) {
      return Verdict.UNPROVEN;
    }
    Optional<BlockHash> claimed = Optional.ofNullable(values[HASH_AT]).flatMap(BlockHash::parse);
    Optional<BlockHash> worked = hash(values);
    if (claimed.isEmpty() || worked.isEmpty()) return Verdict.UNPROVEN;
    if (claimed.equals(worked)) return Verdict.PROVEN;
    return strange ? Verdict.UNPROVEN : Verdict.FALSE;
  }

  private static int place(String name) {
    if (name.equals("hash")) return HASH_AT;
    for (int i = 0; i < FIELDS.length; i++) {
      if (FIELDS[i].name.equals(name)) return i;
    }
    return -1;
  }

  /** Empty when a field is missing, has another form, or comes after one that is missing. */
  private static Optional<BlockHash> hash(@Nullable String[] values) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(640);
    boolean over = false;
    for (int i = 0; i < FIELDS.length; i++) {
      String value = values[i];
      if (value == null) {
        if (i < ALWAYS_THERE) return Optional.empty();
        over = true;
        continue;
      }
      if (over) return Optional.empty();
      byte[] bytes = read(FIELDS[i], value);
      if (bytes == null) return Optional.empty();
      if (bytes.length != 1 || bytes[0] < 0) prefix(body, 0x80, bytes.length);
      body.writeBytes(bytes);
    }
    ByteArrayOutputStream list = new ByteArrayOutputStream(4);
    prefix(list, 0xc0, body.size());
    return Optional.of(BlockHash.of(Keccak256.digest(list.toByteArray(), body.toByteArray())));
  }

  private static byte @Nullable [] read(FieldForm field, String value) {
    if (!value.startsWith("0x") || value.length() > VALUE_MAX) return null;
    try {
      String digits = value.substring(2);
      if (field.form == Form.BYTES) {
        byte[] bytes = HexFormat.of().parseHex(digits);
        return field.length == 0 || bytes.length == field.length ? bytes : null;
      }
      byte[] bytes = HexFormat.of().parseHex((digits.length() % 2 == 0 ? "" : "0") + digits);
      int from = 0;
      while (from < bytes.length && bytes[from] == 0) from++;
      return Arrays.copyOfRange(bytes, from, bytes.length);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** Short ones carry their length in the first byte, others the number of its bytes. */
  private static void prefix(ByteArrayOutputStream out, int base, int length) {
    if (length < 56) {
      out.write(base + length);
    } else if (length < 256) {
      out.write(base + 56);
      out.write(length);
    } else {
      out.write(base + 57);
      out.write(length >>> 8);
      out.write(length);
    }
  }
}
