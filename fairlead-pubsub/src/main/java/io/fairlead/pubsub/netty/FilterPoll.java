package io.fairlead.pubsub.netty;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Lets the node keep filters and asks for their changes. A filter the node forgot is made again,
 * and the logs of the blocks between are asked for.
 */
final class FilterPoll implements PollWork {
  private static final int KEYS_MAX = 100_000;

  /** One subscription and the filter it stands on. */
  private static final class Kept {
    final String id;
    final String create;
    final List<Object> params;
    @Nullable String filter;
    long upTo = -1; // the block up to which logs were told
    Set<String> told = Set.of(); // by a fill, and perhaps again by the new filter

    Kept(String id, String create, List<Object> params) {
      this.id = id;
      this.create = create;
      this.params = params;
    }
  }

  private final Node node;
  private final Map<String, Kept> subscriptions = new LinkedHashMap<>();

  FilterPoll(Node node) {
    this.node = node;
  }

  @Override
  public boolean add(String id, JsonNode params, Runnable ready) {
    Kept kept =
        switch (params.path(0).asString("")) {
          case "newHeads" -> new Kept(id, "eth_newBlockFilter", List.of());
          case "newPendingTransactions" ->
              new Kept(id, "eth_newPendingTransactionFilter", List.of());
          case "logs" -> new Kept(id, "eth_newFilter", List.of(object(params.path(1))));
          default -> null;
        };
    if (kept == null) return false;
    subscriptions.put(id, kept);
    create(kept, ready);
    return true;
  }

  private static Object object(JsonNode filter) {
    return filter.isObject() ? filter : Map.of();
  }

  @Override
  public boolean remove(String id) {
    Kept kept = subscriptions.remove(id);
    if (kept == null) return false;
    if (kept.filter != null) node.ask("eth_uninstallFilter", List.of(kept.filter), (_, _) -> {});
    return true;
  }

  @Override
  public int size() {
    return subscriptions.size();
  }

  @Override
  public void poll(Runnable done) {
    next(new ArrayDeque<>(subscriptions.values()), done);
  }

  private void next(ArrayDeque<Kept> rest, Runnable done) {
    Kept kept = rest.poll();
    if (kept == null) done.run();
    else if (!subscriptions.containsKey(kept.id)) next(rest, done);
    else if (kept.filter == null) create(kept, () -> next(rest, done));
    else changes(kept, kept.filter, () -> next(rest, done));
  }

  private void create(Kept kept, Runnable done) {
    node.ask(
        kept.create,
        kept.params,
        (filter, _) -> {
          if (filter != null && filter.isString()) kept.filter = filter.stringValue();
          if (kept.filter != null && kept.upTo >= 0 && kept.create.equals("eth_newFilter"))
            fill(kept, done);
          else done.run();
        });
  }

  private void changes(Kept kept, String filter, Runnable done) {
    // The height is asked for first, so that what is told lies at least up to it.
    node.ask(
        "eth_blockNumber",
        List.of(),
        (height, _) ->
            node.ask(
                "eth_getFilterChanges",
                List.of(filter),
                (found, error) -> {
                  if (found == null) {
                    if (error.contains("not found")) kept.filter = null;
                    done.run();
                    return;
                  }
                  if (height != null)
                    kept.upTo = Math.max(kept.upTo, BlockPoll.quantity(height.asString("")));
                  tell(kept, found, done);
                }));
  }

  private void tell(Kept kept, JsonNode found, Runnable done) {
    ArrayDeque<String> hashes = new ArrayDeque<>();
    for (JsonNode each : found) {
      if (kept.create.equals("eth_newBlockFilter")) hashes.add(each.asString(""));
      else if (!kept.told.contains(key(each))) node.tell(kept.id, each);
    }
    kept.told = Set.of();
    heads(kept, hashes, done);
  }

  private void heads(Kept kept, ArrayDeque<String> hashes, Runnable done) {
    String hash = hashes.poll();
    if (hash == null) {
      done.run();
      return;
    }
    node.ask(
        "eth_getBlockByHash",
        List.of(hash, false),
        (block, _) -> {
          if (block != null && block.isObject()) node.tell(kept.id, block);
          heads(kept, hashes, done);
        });
  }

  /** The logs since the forgotten filter was last asked. */
  private void fill(Kept kept, Runnable done) {
    node.ask(
        "eth_blockNumber",
        List.of(),
        (height, _) -> {
          long to = height == null ? -1 : BlockPoll.quantity(height.asString(""));
          if (to <= kept.upTo) {
            done.run();
            return;
          }
          Map<String, Object> filter = new LinkedHashMap<>();
          if (kept.params.getFirst() instanceof JsonNode wanted) {
            if (!wanted.path("address").isMissingNode())
              filter.put("address", wanted.path("address"));
            if (!wanted.path("topics").isMissingNode()) filter.put("topics", wanted.path("topics"));
          }
          filter.put("fromBlock", "0x" + Long.toHexString(kept.upTo + 1));
          filter.put("toBlock", "0x" + Long.toHexString(to));
          node.ask(
              "eth_getLogs",
              List.of(filter),
              (found, _) -> {
                if (found != null && found.isArray()) {
                  Set<String> told = new HashSet<>();
                  for (JsonNode each : found) {
                    if (told.size() < KEYS_MAX) told.add(key(each));
                    node.tell(kept.id, each);
                  }
                  kept.told = told;
                  kept.upTo = to;
                }
                done.run();
              });
        });
  }

  private static String key(JsonNode log) {
    return log.path("blockHash").asString("") + ":" + log.path("logIndex").asString("");
  }
}
