package io.fairlead.registry.evm;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What matters of a block's header.
 *
 * @param hash and the next are {@code 0x} and 64 lower-case hex digits
 */
record Header(long number, String hash, String parentHash, Instant timestamp) {
  private static final Pattern HASH = Pattern.compile("0x[0-9a-f]{64}");

  /**
   * Reads the answer to {@code eth_getBlockByNumber}.
   *
   * @throws ChainException it is no header
   */
  static Header read(JsonNode block) throws ChainException {
    if (!block.isObject()) {
      throw new ChainException(ChainException.Kind.MALFORMED, "no such block");
    }
    try {
      return new Header(
          Quantity.read(block.path("number")),
          hash(block.path("hash")),
          hash(block.path("parentHash")),
          Instant.ofEpochSecond(Quantity.read(block.path("timestamp"))));
    } catch (DateTimeException beyond) {
      throw new ChainException(ChainException.Kind.MALFORMED, "a time that is none");
    }
  }

  /** Reads a hash. */
  static String hash(JsonNode node) throws ChainException {
    String text = node.asString("");
    if (HASH.matcher(text).matches()) return text;
    throw new ChainException(ChainException.Kind.MALFORMED, "no hash of a block");
  }
}
