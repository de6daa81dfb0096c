package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Anvil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a consumer of log events holds, and whether that is what the node has. */
final class HeldLogs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final Map<String, Log> held = new TreeMap<>();
  final List<String> events = new ArrayList<>();
  final List<Long> removedBlocks = new ArrayList<>();
  long added;
  long removed;
  long checkpoint = -1;

  /** Works events off until it holds so many logs, and the node's own list says the same. */
  void takeUntil(Subscription<LogEvent> logs, Anvil node, String contract) throws Exception {
    Map<String, Log> wanted = onNode(node, contract);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!held.keySet().equals(wanted.keySet())) {
      assertThat(System.nanoTime() - deadline)
          .as("held %d of %d; last %s", held.size(), wanted.size(), last())
          .isNegative();
      take(logs.recv(PATIENCE));
    }
    // Nothing comes on top of it.
    while (true) {
      var next = logs.tryRecv();
      if (next.isEmpty()) break;
      take(next.get());
    }
    assertThat(held.keySet()).isEqualTo(onNode(node, contract).keySet());
  }

  void take(LogEvent event) {
    switch (event) {
      case LogEvent.Added(Log log, LogEvent.Origin origin) -> {
        added++;
        events.add("+" + log.blockNumber() + ":" + log.logIndex() + " " + origin);
        assertThat(held.put(key(log), log)).as("told twice: " + log.block()).isNull();
      }
      case LogEvent.Removed(Log log, LogEvent.Reason reason) -> {
        removed++;
        removedBlocks.add(log.blockNumber());
        events.add("-" + log.blockNumber() + ":" + log.logIndex() + " " + reason);
        assertThat(held.remove(key(log))).as("not held: " + log.block()).isNotNull();
      }
      case LogEvent.Gap gap -> throw new AssertionError(gap);
      case LogEvent.Checkpoint(BlockRef upTo) -> checkpoint = upTo.number();
    }
  }

  static Map<String, Log> onNode(Anvil node, String contract) throws Exception {
    String filter =
        "[{\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"address\":\"" + contract + "\"}]";
    Map<String, Log> logs = new TreeMap<>();
    for (Log log : Decoders.logs().decode(JsonSlice.of(node.rpc("eth_getLogs", filter)))) {
      logs.put(key(log), log);
    }
    return logs;
  }

  private static String key(Log log) {
    return log.blockHash() + ":" + log.logIndex();
  }

  private List<String> last() {
    return events.subList(Math.max(0, events.size() - 10), events.size());
  }
}
