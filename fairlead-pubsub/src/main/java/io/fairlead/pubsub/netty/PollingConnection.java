package io.fairlead.pubsub.netty;

import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.EnvelopeScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Gives a connection that cannot push the looks of one that can: answers subscribing requests
 * itself, asks the node again and again, and tells what it finds as notifications. Requests of its
 * own carry ids from a range of their own. On its event loop.
 */
final class PollingConnection implements ConnectionHandle, PollWork.Node {
  // Nodes written in JavaScript give ids back as doubles, which are exact below 2^53 only.
  private static final long FIRST_ID = 1L << 52;
  private static final String SUBSCRIBE = "\"eth_subscribe\"";
  private static final String UNSUBSCRIBE = "\"eth_unsubscribe\"";
  private static final int SUBSCRIPTIONS_MAX = 1000;

  private final ConnectionHandle node;
  private final Timers timers;
  private final PollWork work;
  private final PollPace pace;
  private final EnvelopeScanner scanner = new EnvelopeScanner();
  private final Map<Long, BiConsumer<@Nullable JsonNode, String>> asked = new HashMap<>();
  private @Nullable FrameSink sink;
  private long nextId = FIRST_ID;
  private long nextSubscription = 1;
  private boolean polling;
  private boolean ended;

  PollingConnection(
      ConnectionHandle node, Timers timers, HttpPollConnector.Kind kind, PollPace pace) {
    this.node = node;
    this.timers = timers;
    this.pace = pace;
    this.work =
        switch (kind) {
          case BLOCKS -> new BlockPoll(this, pace);
          case FILTERS -> new FilterPoll(this);
          case OFF -> throw new IllegalArgumentException("kind: OFF (expected: one that asks)");
        };
    node.terminated().whenComplete((_, _) -> ended = true);
  }

  @Override
  public void send(ByteBuf utf8) {
    String text = utf8.toString(StandardCharsets.UTF_8);
    if (!text.contains(SUBSCRIBE) && !text.contains(UNSUBSCRIBE)) {
      node.send(utf8);
      return;
    }
    utf8.release();
    JsonNode message = Json.tree(JsonSlice.of(text));
    if (!message.isArray()) {
      one(message);
      return;
    }
    for (JsonNode each : message) one(each);
  }

  private void one(JsonNode message) {
    JsonNode params = message.path("params");
    switch (message.path("method").asString("")) {
      case "eth_subscribe" -> {
        String id = "0x" + Long.toHexString(nextSubscription++);
        if (work.size() >= SUBSCRIPTIONS_MAX
            || !work.add(id, params, () -> subscribed(message, id)))
          answer(message, "error", Map.of("code", -32601, "message", "cannot be polled for"));
      }
      case "eth_unsubscribe" -> answer(message, "result", work.remove(params.path(0).asString("")));
      default -> {
        JsonSlice slice = Json.write(message);
        node.send(Unpooled.wrappedBuffer(slice.bytes()));
      }
    }
  }

  private void subscribed(JsonNode question, String id) {
    answer(question, "result", id);
    if (polling) return;
    polling = true;
    timers.after(pace.pause(), this::poll);
  }

  private void answer(JsonNode question, String member, Object value) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("jsonrpc", "2.0");
    answer.put("id", question.path("id"));
    answer.put(member, value);
    // In a turn of its own: an answer inside of the question would surprise.
    timers.after(Duration.ZERO, () -> hand(Json.write(answer)));
  }

  private void hand(JsonSlice message) {
    FrameSink to = sink;
    if (to != null && !ended) to.frame(Unpooled.wrappedBuffer(message.bytes()));
  }

  private void poll() {
    if (ended) return;
    if (work.size() == 0) {
      polling = false;
      return;
    }
    work.poll(() -> timers.after(pace.pause(), this::poll));
  }

  @Override
  public void ask(String method, List<?> params, BiConsumer<@Nullable JsonNode, String> then) {
    long id = nextId++;
    asked.put(id, then);
    JsonSlice request =
        Json.write(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params));
    node.send(Unpooled.wrappedBuffer(request.bytes()));
  }

  @Override
  public void tell(String subscription, JsonNode item) {
    hand(
        Json.write(
            Map.of(
                "jsonrpc",
                "2.0",
                "method",
                "eth_subscription",
                "params",
                Map.of("subscription", subscription, "result", item))));
  }

  private void frame(ByteBuf utf8) {
    byte[] bytes = ByteBufUtil.getBytes(utf8);
    if (scanner.scan(bytes, 0, bytes.length) == EnvelopeScanner.Kind.RESPONSE
        && scanner.id() >= FIRST_ID) {
      var then = asked.remove(scanner.id());
      if (then == null) return;
      if (scanner.hasError()) {
        then.accept(
            null,
            new String(
                bytes,
                scanner.errorFrom(),
                scanner.errorTo() - scanner.errorFrom(),
                StandardCharsets.UTF_8));
      } else {
        JsonNode result;
        try {
          result = Json.tree(JsonSlice.wrap(bytes, 0, bytes.length)).path("result");
        } catch (PubSubException.DecodeError broken) {
          then.accept(null, String.valueOf(broken.getMessage()));
          return;
        }
        then.accept(result, "");
      }
      return;
    }
    FrameSink to = sink;
    if (to != null) to.frame(utf8);
  }

  @Override
  public void onFrame(FrameSink next) {
    sink = next;
    node.onFrame(this::frame);
  }

  @Override
  public CompletionStage<TerminalCause> terminated() {
    return node.terminated();
  }

  @Override
  public long pendingBytes() {
    return node.pendingBytes();
  }

  @Override
  public long receivedBytes() {
    return node.receivedBytes();
  }

  @Override
  public void close() {
    node.close();
  }

  @Override
  public void close(TerminalCause why) {
    node.close(why);
  }
}
