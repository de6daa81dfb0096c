package io.fairlead.it.chain;

import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** A node over HTTP that tells of the chain, or lies about it. */
final class LyingNode implements AutoCloseable {
  /** What it says that is not so. */
  enum Lie {
    NONE,
    /** Entries that the fingerprint counts do not come. */
    DROPPED_PAGE,
    /** A page whose first offset leads beyond everything. */
    HUGE_OFFSET,
    /** Another chain's number. */
    WRONG_CHAIN,
    /** The contract's address is empty. */
    NO_CODE,
    /** Its newest block is an old one. */
    STALE,
    /** Every block has another hash. */
    FORKED,
    /** Calls are not answered. */
    SLOW,
    /** A consistent registry without entries, many revisions later. */
    EMPTY
  }

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String REVISION = RegistryAbi.REVISION.call();
  private static final String DIGEST = RegistryAbi.DIGEST.call();
  private static final String COUNT = RegistryAbi.COUNT.call();
  private static final String PAGE =
      RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, BigInteger.ONE).substring(0, 10);
  private static final int REVISIONS_LATER = 1_000;
  private static final int BLOCKS_BACK = 10;
  private static final int SECONDS_BACK = 3_600;

  /** A lie, and when it ends. */
  private record Telling(Lie lie, CountDownLatch ended) {}

  private final ChainWorld world;
  private final RecordingServer server;
  private final Map<String, String> trueHashes = new ConcurrentHashMap<>();
  private volatile Telling telling = new Telling(Lie.NONE, new CountDownLatch(1));

  LyingNode(ChainWorld world) throws IOException {
    this.world = world;
    this.server = RecordingServer.http(this::answer);
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  void says(Lie next) {
    Telling former = telling;
    telling = new Telling(next, new CountDownLatch(1));
    former.ended().countDown();
  }

  private String answer(StrictHttpParser.Request request) throws Exception {
    JsonNode asked = JSON.readTree(request.text());
    JsonNode answered;
    if (asked.isArray()) {
      ArrayNode all = JSON.createArrayNode();
      for (JsonNode each : asked) all.add(one(each));
      answered = all;
    } else {
      answered = one(asked);
    }
    return RecordingServer.response(
        200, JSON.writeValueAsString(answered), "Content-Type: application/json");
  }

  private JsonNode one(JsonNode request) throws Exception {
    Telling now = telling;
    String text = request.toString();
    String method = request.path("method").asString("");
    boolean call = method.equals("eth_call");
    boolean block = method.startsWith("eth_getBlockBy");
    return switch (now.lie()) {
      case NONE -> world.chain().answer(request);
      case DROPPED_PAGE ->
          call && text.contains(PAGE)
              ? result(request, "0x" + word(96) + word(count()) + word(revision()) + word(0))
              : world.chain().answer(request);
      case HUGE_OFFSET ->
          call && text.contains(PAGE)
              ? result(request, "0x7" + "f".repeat(63) + word(count()) + word(revision()))
              : world.chain().answer(request);
      case WRONG_CHAIN ->
          method.equals("eth_chainId") ? result(request, "0x1") : world.chain().answer(request);
      case NO_CODE -> call ? result(request, "0x") : world.chain().answer(request);
      case STALE -> block && text.contains("latest") ? old(request) : world.chain().answer(request);
      case FORKED -> forked(request);
      case SLOW -> {
        if (call) {
          boolean over = now.ended().await(60, TimeUnit.SECONDS);
          if (!over) throw new IOException("the lie did not end");
        }
        yield world.chain().answer(request);
      }
      case EMPTY -> {
        if (call && text.contains(REVISION))
          yield result(request, "0x" + word(revision() + REVISIONS_LATER));
        if (call && (text.contains(DIGEST) || text.contains(COUNT)))
          yield result(request, "0x" + word(0));
        if (call && text.contains(PAGE)) {
          yield result(
              request, "0x" + word(96) + word(0) + word(revision() + REVISIONS_LATER) + word(0));
        }
        yield world.chain().answer(request);
      }
    };
  }

  private JsonNode old(JsonNode request) throws Exception {
    long head = world.chain().head();
    ObjectNode block =
        (ObjectNode)
            world
                .chain()
                .call("eth_getBlockByNumber", "0x" + Long.toHexString(head - BLOCKS_BACK), false)
                .deepCopy();
    long timestamp = Long.decode(block.path("timestamp").asString("0x0"));
    block.put("timestamp", "0x" + Long.toHexString(timestamp - SECONDS_BACK));
    return result(request, block);
  }

  /** Knows blocks by the hashes it invented only. */
  private JsonNode forked(JsonNode request) throws Exception {
    String text = request.toString();
    for (Map.Entry<String, String> each : trueHashes.entrySet())
      text = text.replace(each.getKey(), each.getValue());
    JsonNode answer = world.chain().answer(JSON.readTree(text)).deepCopy();
    if (answer.path("result") instanceof ObjectNode block && block.has("hash")) {
      for (String field : new String[] {"hash", "parentHash"}) {
        String hash = block.path(field).asString("");
        String invented = "0xbad" + hash.substring(5);
        trueHashes.put(invented, hash);
        block.put(field, invented);
      }
    }
    return answer;
  }

  private long revision() throws Exception {
    return Long.parseLong(world.asked(REVISION).substring(50), 16);
  }

  private long count() throws Exception {
    return Long.parseLong(world.asked(COUNT).substring(50), 16);
  }

  private static String word(long value) {
    return String.format("%064x", value);
  }

  private static JsonNode result(JsonNode request, String text) {
    return result(request, StringNode.valueOf(text));
  }

  private static JsonNode result(JsonNode request, JsonNode result) {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("jsonrpc", "2.0");
    answer.set("id", request.path("id"));
    answer.set("result", result);
    return answer;
  }

  @Override
  public void close() throws IOException {
    says(Lie.NONE);
    server.close();
  }
}
