package io.fairlead.pubsub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/** The decoders that Ethereum's JSON-RPC needs. All are strict about type and range. */
public final class Decoders {
  private static final int BLOOM_LENGTH = 514;

  private Decoders() {}

  /** The value as it is. */
  public static Decoder<JsonSlice> slice() {
    return json -> json;
  }

  /** A tree. */
  public static Decoder<JsonNode> tree() {
    return Json::tree;
  }

  /** A text. */
  public static Decoder<String> text() {
    return json -> text(Json.tree(json), "");
  }

  /** {@code true} or {@code false}. */
  public static Decoder<Boolean> bool() {
    return json -> {
      JsonNode node = Json.tree(json);
      if (!node.isBoolean()) throw misfit("", "true or false");
      return node.booleanValue();
    };
  }

  /** A quantity below 2^63. */
  public static Decoder<Long> quantity() {
    return json -> quantity(Json.tree(json), "");
  }

  /** A quantity. */
  public static Decoder<U256> u256() {
    return json -> U256.ofQuantity(text(Json.tree(json), ""));
  }

  public static Decoder<Hash> hash() {
    return json -> new Hash(text(Json.tree(json), ""));
  }

  /** A header, or a block without looking at its transactions. */
  public static Decoder<Head> head() {
    return json -> head(Json.tree(json));
  }

  /** The same, where a block that does not exist is {@code null}. */
  public static Decoder<Optional<Head>> optionalHead() {
    return json -> json.isNull() ? Optional.empty() : Optional.of(head(Json.tree(json)));
  }

  public static Decoder<Log> log() {
    return json -> log(Json.tree(json), json);
  }

  /** A list of logs. */
  public static Decoder<List<Log>> logs() {
    return json -> {
      JsonNode node = Json.tree(json);
      if (!node.isArray()) throw misfit("", "an array");
      List<Log> logs = new ArrayList<>(node.size());
      for (JsonNode each : node) logs.add(log(each, Json.write(each)));
      return List.copyOf(logs);
    };
  }

  /** {@code false}, or where the node stands. */
  public static Decoder<SyncStatus> syncStatus() {
    return json -> {
      JsonNode node = Json.tree(json);
      if (node.isBoolean()) {
        return new SyncStatus(
            node.booleanValue(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
      }
      if (!node.isObject()) throw misfit("", "an object or a boolean");
      JsonNode status = node.path("status").isObject() ? node.path("status") : node;
      JsonNode syncing = node.path("syncing");
      return new SyncStatus(
          !syncing.isBoolean() || syncing.booleanValue(),
          optional(status, "startingBlock"),
          optional(status, "currentBlock"),
          optional(status, "highestBlock"));
    };
  }

  private static Head head(JsonNode node) {
    JsonNode bloom = node.path("logsBloom");
    return new Head(
        quantity(node.path("number"), "number"),
        new Hash(text(node.path("hash"), "hash")),
        new Hash(text(node.path("parentHash"), "parentHash")),
        quantity(node.path("timestamp"), "timestamp"),
        bloom.isString() && bloom.stringValue().length() == BLOOM_LENGTH
            ? Optional.of(bloom.stringValue())
            : Optional.empty());
  }

  private static Log log(JsonNode node, JsonSlice raw) {
    List<Hash> topics = new ArrayList<>();
    JsonNode places = node.path("topics");
    if (!places.isArray()) throw misfit("topics", "an array");
    for (JsonNode topic : places) topics.add(new Hash(text(topic, "topics")));
    return new Log(
        new Address(text(node.path("address"), "address")),
        topics,
        text(node.path("data"), "data"),
        quantity(node.path("blockNumber"), "blockNumber"),
        new Hash(text(node.path("blockHash"), "blockHash")),
        new Hash(text(node.path("transactionHash"), "transactionHash")),
        quantity(node.path("transactionIndex"), "transactionIndex"),
        quantity(node.path("logIndex"), "logIndex"),
        node.path("removed").booleanValue(false),
        raw);
  }

  private static OptionalLong optional(JsonNode node, String member) {
    JsonNode value = node.path(member);
    return value.isMissingNode() || value.isNull()
        ? OptionalLong.empty()
        : OptionalLong.of(quantity(value, member));
  }

  private static String text(JsonNode node, String member) {
    if (!node.isString()) throw misfit(member, "a text");
    return node.stringValue();
  }

  private static long quantity(JsonNode node, String member) {
    if (node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0)
      return node.longValue();
    String text = text(node, member);
    if (!text.startsWith("0x") || text.length() < 3) throw misfit(member, "a quantity");
    try {
      return Long.parseLong(text, 2, text.length(), 16);
    } catch (NumberFormatException _) {
      throw misfit(member, "a quantity below 2^63");
    }
  }

  private static IllegalArgumentException misfit(String member, String expected) {
    return new IllegalArgumentException(
        (member.isEmpty() ? "value" : member) + ": (expected: " + expected + ")");
  }
}
