package io.fairlead.pubsub.log;

import io.fairlead.pubsub.JsonSlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads from logs and headers what following a chain needs, without building trees: the members
 * that say where an entry belongs, and the entry's own text as a copy of its range. Anything that
 * does not fit is empty, never an exception. Stateless.
 */
public final class ChainJson {
  private static final int DEPTH_MAX = 64;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(64 * 1024 * 1024)
                  .build())
          .build();

  /** A log as it was pushed. */
  public record PushedLog(ChainEntry entry, boolean removed) {}

  private ChainJson() {}

  /** Of one log; empty when it is none, or belongs to no block yet. */
  public static Optional<PushedLog> log(JsonSlice json) {
    byte[] bytes = json.bytes();
    try (JsonParser parser = parser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return Optional.empty();
      return Optional.ofNullable(readLog(parser, bytes));
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  /** Of an array of logs, without those marked as removed; empty when one of them is no log. */
  public static Optional<List<ChainEntry>> logs(JsonSlice json) {
    byte[] bytes = json.bytes();
    try (JsonParser parser = parser(bytes)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) return Optional.empty();
      List<ChainEntry> entries = new ArrayList<>();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        if (token != JsonToken.START_OBJECT) return Optional.empty();
        PushedLog log = readLog(parser, bytes);
        if (log == null) return Optional.empty();
        if (!log.removed()) entries.add(log.entry());
      }
      return Optional.of(entries);
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  /** Of a header or a block; empty for {@code null} and for what is none. */
  public static Optional<BlockHeader> header(JsonSlice json) {
    byte[] bytes = json.bytes();
    try (JsonParser parser = parser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return Optional.empty();
      return Optional.ofNullable(readHeader(parser, bytes));
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  static JsonParser parser(byte[] bytes) {
    return FACTORY.createParser(ObjectReadContext.empty(), bytes, 0, bytes.length);
  }

  private static @Nullable PushedLog readLog(JsonParser parser, byte[] bytes) {
    int from = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    long number = -1;
    long index = -1;
    boolean removed = false;
    BlockHash hash = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "blockNumber" -> number = quantity(parser, value);
        case "logIndex" -> index = quantity(parser, value);
        case "blockHash" -> hash = hash(parser, value);
        case "removed" -> removed = value == JsonToken.VALUE_TRUE;
        default -> parser.skipChildren();
      }
    }
    int to = Math.toIntExact(parser.currentLocation().getByteOffset());
    if (number < 0 || index < 0 || index > Integer.MAX_VALUE || hash == null) return null;
    byte[] text = Arrays.copyOfRange(bytes, from, to);
    return new PushedLog(new ChainEntry(number, hash, (int) index, text), removed);
  }

  private static @Nullable BlockHeader readHeader(JsonParser parser, byte[] bytes) {
    long number = -1;
    BlockHash hash = null;
    BlockHash parent = null;
    Bloom bloom = Bloom.UNKNOWN;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "number" -> number = quantity(parser, value);
        case "hash" -> hash = hash(parser, value);
        case "parentHash" -> parent = hash(parser, value);
        case "logsBloom" -> {
          if (value == JsonToken.VALUE_STRING) bloom = Bloom.parse(parser.getString());
        }
        default -> parser.skipChildren();
      }
    }
    if (number < 0 || hash == null || parent == null) return null;
    return new BlockHeader(number, hash, parent, bloom, bytes);
  }

  private static @Nullable BlockHash hash(JsonParser parser, JsonToken value) {
    return value == JsonToken.VALUE_STRING
        ? BlockHash.parse(parser.getString()).orElse(null)
        : null;
  }

  /** A quantity below 2^63, or -1. */
  private static long quantity(JsonParser parser, JsonToken value) {
    if (value != JsonToken.VALUE_STRING) return -1;
    String text = parser.getString();
    if (!text.startsWith("0x") || text.length() < 3 || text.length() > 18) return -1;
    try {
      long parsed = Long.parseUnsignedLong(text, 2, text.length(), 16);
      return parsed < 0 ? -1 : parsed;
    } catch (NumberFormatException _) {
      return -1;
    }
  }
}
