package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.LogFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Asks for the latest block; tells each header since the last one, and each block's logs by its
 * hash. A jump of more than 64 blocks is told as such: whoever wants no hole fills it.
 */
final class BlockPoll implements PollWork {
  private static final int CATCH_UP_MAX = 64;

  private final Node node;
  private final PollPace pace;
  private final Map<String, JsonNode> heads = new LinkedHashMap<>();
  private final Map<String, JsonNode> logs = new LinkedHashMap<>();
  private String lastHash = "";
  private long lastNumber = -1;

  BlockPoll(Node node, PollPace pace) {
    this.node = node;
    this.pace = pace;
  }

  @Override
  public boolean add(String id, JsonNode params, Runnable ready) {
    boolean first = size() == 0;
    switch (params.path(0).asString("")) {
      case "newHeads" -> heads.put(id, params);
      case "logs" -> logs.put(id, params.path(1));
      default -> {
        return false;
      }
    }
    if (!first) {
      ready.run();
      return true;
    }
    lastNumber = -1; // nobody looked for a while: what is there now is where news begin
    lastHash = "";
    poll(ready);
    return true;
  }

  @Override
  public boolean remove(String id) {
    return heads.remove(id) != null || logs.remove(id) != null;
  }

  @Override
  public int size() {
    return heads.size() + logs.size();
  }

  @Override
  public void poll(Runnable done) {
    node.ask(
        "eth_getBlockByNumber",
        List.of("latest", false),
        (block, _) -> {
          if (block == null || !block.isObject()) done.run();
          else latest(block, done);
        });
  }

  private void latest(JsonNode block, Runnable done) {
    long number = number(block);
    String hash = block.path("hash").asString("");
    if (number < 0 || hash.equals(lastHash)) {
      done.run();
      return;
    }
    boolean first = lastNumber < 0;
    if (first) {
      // What was there before somebody subscribed is not news.
      remember(block);
      done.run();
      return;
    }
    List<Long> missing = new ArrayList<>();
    if (number > lastNumber + 1 && number - lastNumber <= CATCH_UP_MAX) {
      for (long each = lastNumber + 1; each < number; each++) missing.add(each);
    }
    ArrayDeque<JsonNode> found = new ArrayDeque<>();
    fetch(missing, 0, found, block, done);
  }

  private void fetch(
      List<Long> missing, int index, ArrayDeque<JsonNode> found, JsonNode last, Runnable done) {
    if (index == missing.size()) {
      found.add(last);
      tell(found, done);
      return;
    }
    node.ask(
        "eth_getBlockByNumber",
        List.of("0x" + Long.toHexString(missing.get(index)), false),
        (block, _) -> {
          if (block != null && block.isObject()) found.add(block);
          fetch(missing, index + 1, found, last, done);
        });
  }

  private void tell(ArrayDeque<JsonNode> blocks, Runnable done) {
    JsonNode block = blocks.poll();
    if (block == null) {
      done.run();
      return;
    }
    remember(block);
    for (String id : List.copyOf(heads.keySet())) node.tell(id, block);
    logs(block, new ArrayDeque<>(logs.keySet()), () -> tell(blocks, done));
  }

  private void logs(JsonNode block, ArrayDeque<String> subscriptions, Runnable done) {
    String id = subscriptions.poll();
    if (id == null || noLogs(block)) {
      done.run();
      return;
    }
    node.ask(
        "eth_getLogs",
        List.of(filter(logs.get(id), block.path("hash").asString(""))),
        (found, _) -> {
          if (found != null && found.isArray()) {
            for (JsonNode each : found) node.tell(id, each);
          }
          logs(block, subscriptions, done);
        });
  }

  private static Map<String, Object> filter(@Nullable JsonNode wanted, String hash) {
    Map<String, Object> filter = new LinkedHashMap<>();
    if (wanted != null && wanted.isObject()) {
      if (!wanted.path("address").isMissingNode()) filter.put("address", wanted.path("address"));
      if (!wanted.path("topics").isMissingNode()) filter.put("topics", wanted.path("topics"));
    } else {
      filter.putAll(LogFilter.all().toJson());
    }
    filter.put("blockHash", hash);
    return filter;
  }

  private void remember(JsonNode block) {
    lastNumber = number(block);
    lastHash = block.path("hash").asString("");
    pace.head(lastNumber, quantity(block.path("timestamp").asString("")));
  }

  private static boolean noLogs(JsonNode block) {
    String bloom = block.path("logsBloom").asString("");
    if (bloom.isEmpty()) return false;
    for (int i = 2; i < bloom.length(); i++) {
      if (bloom.charAt(i) != '0') return false;
    }
    return true;
  }

  private static long number(JsonNode block) {
    return quantity(block.path("number").asString(""));
  }

  /** A quantity, or -1 where there is none. */
  static long quantity(String text) {
    if (!text.startsWith("0x")) return -1;
    try {
      return Long.parseLong(text, 2, text.length(), 16);
    } catch (NumberFormatException _) {
      return -1;
    }
  }
}
