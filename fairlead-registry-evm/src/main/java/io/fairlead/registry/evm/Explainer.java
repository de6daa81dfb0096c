package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.model.Origin;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Finds which transaction changed which entry, from the contract's logs. What it does not find is
 * not told; nothing waits long for it. Owned by whoever reads.
 */
final class Explainer {
  private static final Logger log = LoggerFactory.getLogger(Explainer.class);
  private static final int WORD = 32;
  private static final int KNOWN_MAX = 10_000;
  private static final long RANGE_MAX = 2_000;
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final Map<String, Origin> byEntry =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Origin> eldest) {
          return size() > KNOWN_MAX;
        }
      };
  private Optional<Long> upTo = Optional.empty();
  private Map<String, Origin> origins = Map.of();

  /** What changed entries last, as far as it is known. */
  Map<String, Origin> origins() {
    return origins;
  }

  /** Blocks after that one are no longer on the chain. */
  void rewind(long block) {
    byEntry.values().removeIf(origin -> origin.block() > block);
    upTo = upTo.map(known -> Math.min(known, block));
    origins = Map.copyOf(byEntry);
  }

  /** Nothing changed up to that block. */
  void quiet(Header block) {
    upTo = Optional.of(block.number());
  }

  /**
   * Reads the logs up to a block whose list was just read.
   *
   * @param since the block accepted before, when there was one
   */
  void explain(
      EndpointReader endpoint,
      Header block,
      Optional<Long> since,
      List<String> topics,
      Deadline deadline)
      throws InterruptedException {
    long from = upTo.or(() -> since).map(last -> last + 1).orElse(block.number());
    if (from > block.number()) return;
    try {
      JsonNode logs =
          endpoint.logs(
              Math.max(from, block.number() - RANGE_MAX),
              block.number(),
              topics,
              deadline.atMost(PATIENCE));
      for (JsonNode each : logs) note(each, block);
      quiet(block);
    } catch (ChainException unknown) {
      log.atDebug()
          .addKeyValue("endpoint", endpoint.alias())
          .addKeyValue("why", unknown.getMessage())
          .log("transactions of registry changes not found");
    }
    origins = Map.copyOf(byEntry);
  }

  private void note(JsonNode each, Header block) throws ChainException {
    JsonNode topics = each.path("topics");
    if (topics.size() < 2 || each.path("removed").asBoolean(false)) return;
    String entry = Header.hash(topics.get(1));
    long number = Quantity.read(each.path("blockNumber"));
    byEntry.remove(entry);
    byEntry.put(
        entry,
        new Origin(
            number,
            Header.hash(each.path("blockHash")),
            // The log does not say when; for the block that was read it is known.
            number == block.number() ? block.timestamp() : time(each, block),
            revision(each.path("data")),
            Optional.of(Header.hash(each.path("transactionHash"))),
            OptionalLong.of(Quantity.read(each.path("logIndex")))));
  }

  private static Instant time(JsonNode each, Header block) {
    try {
      return Instant.ofEpochSecond(Quantity.read(each.path("blockTimestamp")));
    } catch (ChainException notSaid) {
      return block.timestamp();
    }
  }

  /** The last word of the fixed part of every event of the contract is its revision. */
  private static long revision(JsonNode data) throws ChainException {
    // removed: revision. status: previous, next, revision. added, updated: roles, offset, revision.
    byte[] bytes = Quantity.bytes(data);
    int words = Math.min(bytes.length / WORD, 3);
    if (words < 1) return 0;
    BigInteger value =
        new BigInteger(1, Arrays.copyOfRange(bytes, WORD * (words - 1), WORD * words));
    return value.bitLength() < Long.SIZE ? value.longValue() : 0;
  }
}
