package io.fairlead.app.pubsub;

import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.service.ServiceReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Messages about one chain, as JSON. The {@code seq} of a log grows with every message about its
 * place in the chain: block, index in the block, and how often that place changed before. Confined
 * to the thread of one subscription.
 */
final class ChainPayloads {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int PLACES_MAX = 65_536;

  private record Place(long block, long index) {}

  private final String chain;
  private final Supplier<String> gateway;
  private final EventAbi abi;
  // Only of places where something was taken back.
  private final Map<Place, Integer> changes =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Integer> eldest) {
          return size() > PLACES_MAX;
        }
      };

  /**
   * @param gateway its name, in each message
   */
  ChainPayloads(String chain, Supplier<String> gateway, EventAbi abi) {
    this.chain = chain;
    this.gateway = gateway;
    this.abi = abi;
  }

  /** A log of the subscription of that name. */
  TopicOut.Letter log(String name, LogEvent.Added added, int qos) {
    Map<String, Object> line = raw(added.log());
    line.put("origin", added.origin().name().toLowerCase(Locale.ROOT));
    return log(name, added.log(), line, false, qos);
  }

  /** A log that is gone. */
  TopicOut.Letter log(String name, LogEvent.Removed removed, int qos) {
    Map<String, Object> line = raw(removed.log());
    line.put("removed", true);
    line.put("reason", removed.reason().name().toLowerCase(Locale.ROOT));
    return log(name, removed.log(), line, true, qos);
  }

  private TopicOut.Letter log(
      String name, Log log, Map<String, Object> line, boolean removed, int qos) {
    String key = log.blockHash().hex() + ":" + log.logIndex() + ":" + (removed ? "R" : "A");
    line.put("seq", List.of(log.blockNumber(), log.logIndex(), change(log, removed)));
    line.put("key", key);
    line.put("chain", chain);
    line.put("gateway", gateway.get());
    abi.decode(log)
        .ifPresent(
            decoded -> {
              line.put("event", decoded.event());
              line.put("args", decoded.args());
            });
    String topic0 = log.topics().isEmpty() ? "none" : log.topics().getFirst().hex();
    String topic = chain + "/logs/" + name + "/" + log.address().hex() + "/" + topic0;
    return new TopicOut.Letter(topic, bytes(line), qos, false, key);
  }

  /** Even for what is there, odd for what is gone. */
  private int change(Log log, boolean removed) {
    Place place = new Place(log.blockNumber(), log.logIndex());
    int before = changes.getOrDefault(place, 0);
    int now = removed ? before | 1 : before + (before & 1);
    if (now > 0) changes.put(place, now);
    return now;
  }

  private static Map<String, Object> raw(Log log) {
    Map<String, Object> line = new LinkedHashMap<>();
    JsonNode tree = Json.tree(log.raw());
    for (Map.Entry<String, JsonNode> each : tree.properties())
      line.put(each.getKey(), each.getValue());
    return line;
  }

  TopicOut.Letter head(Head head, boolean retain, int qos) {
    return head(head, false, retain, qos);
  }

  TopicOut.Letter goneHead(Head head, int qos) {
    return head(head, true, false, qos);
  }

  private TopicOut.Letter head(Head head, boolean removed, boolean retain, int qos) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("number", head.number());
    line.put("hash", head.hash().hex());
    line.put("parentHash", head.parentHash().hex());
    line.put("timestamp", head.timestampSeconds());
    if (removed) line.put("removed", true);
    String key = head.hash().hex() + ":" + (removed ? "R" : "A");
    line.put("key", key);
    line.put("chain", chain);
    line.put("gateway", gateway.get());
    return new TopicOut.Letter(chain + "/heads", bytes(line), qos, retain, key);
  }

  /** Blocks of which the subscription of that name could not tell. */
  TopicOut.Letter gap(String name, long from, long to, LogEvent.GapReason reason, int qos) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("subscription", name);
    line.put("from", from);
    line.put("to", to);
    line.put("reason", reason.name().toLowerCase(Locale.ROOT));
    line.put("chain", chain);
    line.put("gateway", gateway.get());
    return new TopicOut.Letter(chain + "/gap", bytes(line), qos, false, "");
  }

  /** How the chain's service is. */
  TopicOut.Letter status(ServiceReport report, int qos) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("state", report.state().name().toLowerCase(Locale.ROOT));
    line.put("endpoint", report.endpoint());
    line.put("head_number", report.headNumber());
    line.put("head_age_seconds", report.headAgeSeconds());
    line.put("chain", chain);
    line.put("gateway", gateway.get());
    return new TopicOut.Letter(chain + "/status", bytes(line), qos, true, "");
  }

  private static byte[] bytes(Map<String, Object> line) {
    // Maps, lists, trees and scalars only: nothing of ours is mapped by reflection.
    return JSON.writeValueAsBytes(JSON.valueToTree(line));
  }
}
