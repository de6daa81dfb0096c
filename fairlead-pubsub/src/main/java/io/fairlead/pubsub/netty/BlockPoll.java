package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.LogFilter;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Asks for the latest block; tells each header since the last one, and each block's logs by its
 * hash, 64 blocks at a time. Only a jump of more than 1024 blocks is told as such: ranges of so
 * many are cheaper to ask for than each of them, and whoever wants no hole does.
 */
final class BlockPoll implements PollWork {
  private static final int STEP_MAX = 64;
  private static final int CATCH_UP_MAX = 1024;

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
    if (number - lastNumber <= CATCH_UP_MAX) step(block, done);
    else then(block, done).accept(new ArrayDeque<>());
  }

  /** What lies before a block, a part at a time, then the block itself. */
  private void step(JsonNode block, Runnable done) {
    long to = Math.min(number(block) - 1, lastNumber + STEP_MAX);
    boolean last = to >= number(block) - 1;
    fetch(
        lastNumber + 1,
        to,
        new ArrayDeque<>(),
        last
            ? then(block, done)
            : found -> {
              // A node that does not know one of them any more has another chain now: look anew,
              // later.
              if (found.isEmpty()) done.run();
              else tell(found, () -> step(block, done));
            });
  }

  private Consumer<ArrayDeque<JsonNode>> then(JsonNode block, Runnable done) {
    return found -> {
      found.add(block);
      tell(found, done);
    };
  }

  private void fetch(
      long from, long to, ArrayDeque<JsonNode> found, Consumer<ArrayDeque<JsonNode>> done) {
    if (from > to) {
      done.accept(found);
      return;
    }
    node.ask(
        "eth_getBlockByNumber",
        List.of("0x" + Long.toHexString(from), false),
        (block, _) -> {
          if (block != null && block.isObject()) found.add(block);
          fetch(from + 1, to, found, done);
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
