package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nodes that tell headers whose hash is not that of their fields. */
class FalseHeaderTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Fast fast = new Fast();

  private static String block() throws IOException {
    try (InputStream in = FalseHeaderTest.class.getResourceAsStream("/headers/prague.json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String lie() throws IOException {
    return block().replaceFirst("\"stateRoot\": \"0x.", "\"stateRoot\": \"0x_").replace('_', '0');
  }

  /** A node that was at its first block, and tells another one once it is asked to follow. */
  private static FakeNode node(String pushed) throws IOException {
    return FakeNode.ws()
        .on(
            (line, ask) -> {
              if (ask.method().equals("eth_getBlockByNumber") && !ask.param(0).equals("0x0")) {
                line.result(ask, FakeNode.block(0, FakeNode.GENESIS, FakeNode.GENESIS));
                return true;
              }
              if (!ask.method().equals("eth_subscribe")) return false;
              line.result(ask, "\"0x5\"");
              line.notify("\"0x5\"", pushed);
              return true;
            });
  }

  private static boolean told(Fast fast, String endpoint) {
    return fast.events.stream()
        .anyMatch(
            each ->
                each instanceof ServiceEvent.Disconnected gone
                    && gone.endpoint().equals(endpoint)
                    && gone.cause().kind() == TerminalCause.Kind.FALSE_HEADER);
  }

  @Test
  void anEndpointThatTellsAFalseHeaderIsNamedAndLeft() throws Exception {
    try (FakeNode liar = node(lie());
        FakeNode honest = node(block());
        PubSubFrontend frontend =
            fast.connect(
                MultiConnector.failover(
                    List.of(
                        Endpoint.of("liar", liar.connector()),
                        Endpoint.of("honest", honest.connector()).priority(2))));
        Subscription<Head> heads = frontend.newHeads(HeadOptions.DEFAULT)) {
      await().atMost(SOON).until(() -> told(fast, "liar"));
      await().atMost(SOON).until(() -> honest.asks("eth_subscribe").size() == 1);
      assertThat(heads.tryRecv()).isEmpty();
      assertThat(fast.count("headers", "verdict", "false")).isGreaterThanOrEqualTo(1);
    }
  }

  @Test
  void aNodeThatIsAloneEndsTheServiceWithThatReason() throws Exception {
    try (FakeNode liar = node(lie());
        PubSubFrontend frontend = fast.connect(liar.connector());
        Subscription<Head> heads = frontend.newHeads(HeadOptions.DEFAULT)) {
      assertThatThrownBy(() -> heads.recv(SOON))
          .isInstanceOf(PubSubException.SubscriptionEnded.class);
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
      assertThatThrownBy(() -> frontend.call(Fast.text("eth_call")))
          .hasMessageContaining("the hash of block 1 is not that of its fields");
    }
  }

  @Test
  void whereItIsSetSoOnlyProvenHeadersAreTaken() throws Exception {
    fast.settings(Fast.SETTINGS.headerCheck(HeaderCheck.REQUIRE));
    try (FakeNode bare = node(FakeNode.block(1, FakeNode.hash(7), FakeNode.GENESIS));
        PubSubFrontend frontend = fast.connect(bare.connector())) {
      assertThatThrownBy(() -> frontend.newHeads(HeadOptions.DEFAULT))
          .isInstanceOf(PubSubException.class);
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
    }
  }

  @Test
  void whereItIsOffNodesAreBelieved() throws Exception {
    fast.settings(Fast.SETTINGS.headerCheck(HeaderCheck.OFF));
    String lie = lie().replaceFirst("(\"parentHash\": \")0x[0-9a-f]+", "$1" + FakeNode.GENESIS);
    try (FakeNode liar = node(lie);
        PubSubFrontend frontend = fast.connect(liar.connector());
        Subscription<Head> heads = frontend.newHeads(HeadOptions.DEFAULT)) {
      assertThat(heads.recv(SOON).number()).isEqualTo(1);
      assertThat(fast.count("headers")).isZero();
    }
  }
}
