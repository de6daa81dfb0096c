package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What a node that is polled tells when its chain grew by many blocks at once. */
class PollJumpTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Fast fast = new Fast();
  private final AtomicLong height = new AtomicLong(100);
  private HttpServer node;

  @BeforeEach
  void start() throws Exception {
    node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.createContext(
        "/",
        exchange -> {
          JsonNode ask =
              Json.tree(
                  JsonSlice.of(
                      new String(
                          exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          String result =
              switch (ask.path("method").asString("")) {
                case "eth_chainId" -> "\"0x7a69\"";
                case "eth_getBlockByNumber" -> block(ask.path("params").path(0).asString(""));
                default -> "[]";
              };
          byte[] answer =
              ("{\"id\":" + ask.path("id") + ",\"result\":" + result + "}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    node.start();
  }

  private String block(String number) {
    long wanted = number.equals("latest") ? height.get() : Long.parseLong(number.substring(2), 16);
    if (wanted == 0) return FakeNode.block(0, FakeNode.GENESIS, FakeNode.GENESIS);
    return FakeNode.block(wanted, FakeNode.hash(wanted), FakeNode.hash(wanted - 1));
  }

  @AfterEach
  void stop() {
    node.stop(0);
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "65, 1", "300, 1", "1024, 1", "1025, 1025"})
  void everyBlockOfAJumpIsToldUnlessItIsAVeryLargeOne(long jump, long first) throws Exception {
    try (PubSubFrontend frontend =
            fast.connect(
                HttpPollConnector.of("http://127.0.0.1:" + node.getAddress().getPort())
                    .interval(Duration.ofMillis(10)));
        RawSubscription heads =
            frontend
                .subscribe(
                    SubscribeRequest.custom(
                            "eth_subscribe",
                            "eth_unsubscribe",
                            List.of("newHeads"),
                            Decoders.slice())
                        .onLag(LagPolicy.BLOCK))
                .raw()) {
      height.addAndGet(jump);
      for (long number = 100 + first; number <= 100 + jump; number++) {
        JsonNode told = Json.tree(heads.recv(SOON));
        assertThat(told.path("number").asString("")).isEqualTo("0x" + Long.toHexString(number));
      }
      assertThat(heads.tryRecv()).isEmpty();
    }
  }
}
