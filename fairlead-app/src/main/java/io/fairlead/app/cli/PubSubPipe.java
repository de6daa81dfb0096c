package io.fairlead.app.cli;

import io.fairlead.core.time.Pause;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RawRequest;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.Response;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.request.SubscribeMethods;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code pubsub raw -}: a request object a line on standard input, answers as they come with the
 * ids that were given. What a subscription tells follows its answer, which is its local id. Ends
 * when the input does and every answer came, with a subscription only when it is told to. One use.
 */
final class PubSubPipe {
  private static final int LINE_MAX = 16 * 1024 * 1024;
  private static final int OPEN_MAX = 1_000;
  private static final Duration LOOK = Duration.ofMillis(250);

  private final PubSubFrontend node;
  private final Terminal terminal;
  private final Optional<Duration> duration;
  private final Semaphore room = new Semaphore(OPEN_MAX);
  private final Phaser answers = new Phaser(1);
  private final AtomicInteger following = new AtomicInteger();

  /**
   * @param duration how long to go on after the input ended
   */
  PubSubPipe(PubSubFrontend node, Terminal terminal, Optional<Duration> duration) {
    this.node = node;
    this.terminal = terminal;
    this.duration = duration;
  }

  void run(InputStream input) throws InterruptedException, CommandFailure {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) ask(line);
      }
    } catch (IOException unreadable) {
      throw new CommandFailure(
          Exit.NO_INPUT, "no_input", "standard input: " + unreadable.getMessage(), "");
    }
    answers.awaitAdvanceInterruptibly(answers.arrive());
    if (duration.isPresent() && following.get() > 0) Pause.system().sleep(duration.get());
    else while (following.get() > 0) Pause.system().sleep(LOOK);
  }

  private void ask(String line) throws InterruptedException {
    JsonNode request;
    try {
      if (line.length() > LINE_MAX) throw new IllegalArgumentException("longer than 16 MiB");
      request = Json.tree(JsonSlice.of(line));
    } catch (PubSubException | IllegalArgumentException bad) {
      error(null, -32700, "no JSON", null);
      return;
    }
    JsonNode id = request.path("id");
    String method = request.path("method").asString("");
    if (!request.isObject() || method.isEmpty()) {
      error(id, -32600, "no request: a method is expected", null);
      return;
    }
    JsonNode params = request.path("params");
    JsonSlice given = params.isMissingNode() ? Json.array() : Json.write(params);
    room.acquire();
    answers.register();
    node.sendRawAsync(new RawRequest(method, given))
        .whenComplete(
            (response, failure) -> {
              try {
                if (failure == null) answer(id, method, response);
                else error(id, -32000, plain(failure), null);
              } finally {
                room.release();
                answers.arriveAndDeregister();
              }
            });
  }

  private static String plain(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause.getMessage());
  }

  private void answer(JsonNode id, String method, Response response) {
    switch (response) {
      case Response.Success(JsonSlice result) -> {
        Map<String, Object> line = line(id);
        line.put("result", Json.tree(result));
        print(line);
        if (SubscribeMethods.DEFAULT.unsubscribe(method).isPresent()) follow(result);
      }
      case Response.Failure(PubSubException.RpcError error) ->
          error(id, error.code(), error.text(), error.data().map(Json::tree).orElse(null));
    }
  }

  private void follow(JsonSlice result) {
    following.incrementAndGet();
    String id = Json.tree(result).asString("");
    Thread.ofVirtual()
        .name("pubsub-pipe")
        .start(
            () -> {
              try (RawSubscription items = node.getSubscription(U256.ofQuantity(id))) {
                while (true) {
                  JsonSlice item = items.recv();
                  Map<String, Object> line = new LinkedHashMap<>();
                  line.put("t", "item");
                  line.put("id", id);
                  line.put("data", Json.tree(item));
                  print(line);
                }
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
              } catch (PubSubException ended) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("t", "ended");
                line.put("id", id);
                line.put("reason", String.valueOf(ended.getMessage()));
                print(line);
              } finally {
                following.decrementAndGet();
              }
            });
  }

  private void error(@Nullable JsonNode id, long code, String message, @Nullable JsonNode data) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", code);
    error.put("message", message);
    if (data != null) error.put("data", data);
    Map<String, Object> line = line(id);
    line.put("error", error);
    print(line);
  }

  private static Map<String, Object> line(@Nullable JsonNode id) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("jsonrpc", "2.0");
    line.put("id", id == null || id.isMissingNode() ? Json.NULL : id);
    return line;
  }

  private synchronized void print(Map<String, Object> line) {
    terminal.data(Json.write(line).toString());
    terminal.out().flush();
  }
}
