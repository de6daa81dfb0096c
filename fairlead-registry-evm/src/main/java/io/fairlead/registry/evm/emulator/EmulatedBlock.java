package io.fairlead.registry.evm.emulator;

import io.fairlead.registry.model.Keccak256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One block.
 *
 * @param time seconds since 1970
 * @param contracts as they are after it, by address
 */
record EmulatedBlock(
    long number,
    String hash,
    String parent,
    long time,
    List<Mined> transactions,
    Map<String, EmulatedContract> contracts) {
  /**
   * A transaction that was mined.
   *
   * @param to the contract, or the one it made
   * @param worked whether the contract took it
   */
  record Mined(
      String hash,
      String from,
      String to,
      boolean creation,
      boolean worked,
      List<EmulatedContract.Event> events) {}

  /**
   * @param salt makes blocks of the same content differ, as after a reorganisation
   */
  static String hash(long number, String parent, long time, long salt, List<Mined> transactions) {
    StringBuilder whole = new StringBuilder(parent);
    whole.append(' ').append(number).append(' ').append(time).append(' ').append(salt);
    transactions.forEach(each -> whole.append(' ').append(each.hash()));
    return keccak(whole.toString());
  }

  static String keccak(String text) {
    byte[] digest = Keccak256.digest(text.getBytes(StandardCharsets.UTF_8));
    return "0x" + HexFormat.of().formatHex(digest);
  }

  static String quantity(long value) {
    return "0x" + Long.toHexString(value);
  }

  ObjectNode header() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("number", quantity(number)).put("hash", hash).put("parentHash", parent);
    node.put("timestamp", quantity(time));
    ArrayNode hashes = node.putArray("transactions");
    transactions.forEach(each -> hashes.add(each.hash()));
    return node;
  }

  /** Logs of its transactions, in their order. */
  ArrayNode logs() {
    ArrayNode logs = JsonNodeFactory.instance.arrayNode();
    int index = 0;
    for (int at = 0; at < transactions.size(); at++) {
      Mined mined = transactions.get(at);
      for (EmulatedContract.Event event : mined.events()) {
        ObjectNode log = logs.addObject();
        log.put("address", mined.to()).put("data", event.data());
        ArrayNode topics = log.putArray("topics");
        event.topics().forEach(topics::add);
        log.put("blockNumber", quantity(number)).put("blockHash", hash);
        log.put("blockTimestamp", quantity(time));
        log.put("transactionHash", mined.hash()).put("transactionIndex", quantity(at));
        log.put("logIndex", quantity(index++)).put("removed", false);
      }
    }
    return logs;
  }

  ObjectNode receipt(Mined mined) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("transactionHash", mined.hash()).put("blockNumber", quantity(number));
    node.put("blockHash", hash).put("from", mined.from());
    if (mined.creation()) node.put("contractAddress", mined.to());
    else node.put("to", mined.to());
    node.put("status", mined.worked() ? "0x1" : "0x0");
    ArrayNode own = node.putArray("logs");
    for (var log : logs()) {
      if (log.path("transactionHash").asString("").equals(mined.hash())) own.add(log);
    }
    return node;
  }
}
