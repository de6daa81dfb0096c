package io.fairlead.app.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.InMemoryConnector;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.ServiceSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Requests in, answers out, with the ids that were given. */
class PubSubPipeTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final List<InMemoryConnector.Line> lines = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /**
   * Answers with the method's name; refuses {@code bad}; a subscription tells one item and ends.
   */
  private InMemoryConnector node() {
    return new InMemoryConnector(
        "echo",
        line -> {
          lines.add(line);
          return json -> {
            String id = json.replaceAll(".*\"id\":(\\d+).*", "$1");
            String method = json.replaceAll(".*\"method\":\"([^\"]+)\".*", "$1");
            switch (method) {
              case "bad" ->
                  line.tell(
                      "{\"id\":"
                          + id
                          + ",\"error\":{\"code\":-32601,\"message\":\"no\",\"data\":7}}");
              case "eth_subscribe" -> {
                line.tell("{\"id\":" + id + ",\"result\":\"0x5\"}");
                line.tell("{\"params\":{\"subscription\":\"0x5\",\"result\":\"item\"}}");
              }
              default -> line.tell("{\"id\":" + id + ",\"result\":\"" + method + "\"}");
            }
          };
        });
  }

  private List<String> piped(String input) throws Exception {
    return piped(new ByteArrayInputStream(input.getBytes(UTF_8)));
  }

  private List<String> piped(InputStream input) throws Exception {
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, UTF_8),
            new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
            false,
            false,
            true);
    try (PubSubFrontend frontend =
        PubSub.builder()
            .connector(node())
            .identity(ChainIdentity.UNASKED)
            .settings(ServiceSettings.DEFAULT.heads(false))
            .connect()) {
      new PubSubPipe(frontend, terminal, Optional.empty()).run(input);
    }
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void everyRequestIsAnsweredUnderItsOwnId() throws Exception {
    assertThat(
            piped(
                """
                {"id":"mine","method":"eth_call","params":[]}

                {"id":{"any":1},"method":"bad"}
                {"method":"net_version"}
                no json
                {"id":4}
                """))
        .containsExactlyInAnyOrder(
            "{\"id\":\"mine\",\"jsonrpc\":\"2.0\",\"result\":\"eth_call\"}",
            "{\"error\":{\"code\":-32601,\"data\":7,\"message\":\"no\"},\"id\":{\"any\":1},"
                + "\"jsonrpc\":\"2.0\"}",
            "{\"id\":null,\"jsonrpc\":\"2.0\",\"result\":\"net_version\"}",
            "{\"error\":{\"code\":-32700,\"message\":\"no JSON\"},\"id\":null,"
                + "\"jsonrpc\":\"2.0\"}",
            "{\"error\":{\"code\":-32600,\"message\":\"no request: a method is expected\"},"
                + "\"id\":4,\"jsonrpc\":\"2.0\"}");
  }

  @Test
  void whatASubscriptionTellsFollowsItsAnswer() throws Exception {
    PipedOutputStream input = new PipedOutputStream();
    PipedInputStream read = new PipedInputStream(input);
    CompletableFuture<List<String>> piped = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                piped.complete(piped(read));
              } catch (Exception failure) {
                piped.completeExceptionally(failure);
              }
            });
    input.write("{\"id\":1,\"method\":\"eth_subscribe\",\"params\":[1]}\n".getBytes(US_ASCII));
    input.flush();
    await().atMost(SOON).until(() -> out.toString(UTF_8).contains("item"));
    lines
        .getLast()
        .tell(
            "{\"params\":{\"subscription\":\"0x5\",\"error\":{\"code\":1,\"message\":\"over\"}}}");
    input.close();
    List<String> told = piped.get(60, TimeUnit.SECONDS);
    assertThat(told).hasSize(3);
    String local = told.get(0).replaceAll(".*\"result\":\"(0x[0-9a-f]+)\".*", "$1");
    assertThat(told.get(1)).contains("\"data\":\"item\"").contains(local);
    assertThat(told.get(2)).contains("\"t\":\"ended\"").contains("over");
  }
}
