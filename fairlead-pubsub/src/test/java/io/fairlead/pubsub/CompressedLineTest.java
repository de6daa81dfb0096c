package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that compresses what it sends. */
class CompressedLineTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int PACKED_TEXT = 0x41;

  private final Fast fast = new Fast();

  private static Connector connector(FakeNode node) throws Exception {
    return WsConnector.of("ws://127.0.0.1:" + node.port()).compression(true);
  }

  @Test
  void whatItSendsIsUnpacked() throws Exception {
    try (FakeNode node = FakeNode.ws().extensions("permessage-deflate; server_max_window_bits=12");
        PubSubFrontend frontend = fast.connect(connector(node));
        Subscription<String> items = frontend.subscribe(Fast.custom("x_subscribe"))) {
      assertThat(node.line().head)
          .contains("Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n");
      String told = "{\"params\":{\"subscription\":\"x_subscribe\",\"result\":\"packed\"}}";
      node.line()
          .raw(FakeNode.frame(PACKED_TEXT, Packed.of(told.getBytes(StandardCharsets.UTF_8))));
      node.line().notify("\"x_subscribe\"", "\"plain\"");
      assertThat(items.recv(SOON)).isEqualTo("packed");
      assertThat(items.recv(SOON)).isEqualTo("plain");
    }
  }

  @Test
  void oneThatDoesNotAgreeIsUnderstoodAllTheSame() throws Exception {
    try (FakeNode node = FakeNode.ws();
        PubSubFrontend frontend = fast.connect(connector(node))) {
      assertThat(frontend.call(Fast.text("eth_call"))).isEqualTo("eth_call");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate, permessage-deflate",
        "x-webkit-deflate-frame"
      })
  void anAnswerThatWasNotOfferedEndsTheAttempt(String answer) throws Exception {
    try (FakeNode node = FakeNode.ws().extensions(answer)) {
      fast.settings(Fast.SETTINGS.reconnect(Fast.SETTINGS.reconnect().maxAttempts(1)));
      assertThatThrownBy(() -> fast.connect(connector(node)))
          .isInstanceOf(PubSubException.class)
          .hasMessageContaining("not for our key");
    }
  }

  @Test
  void aBombEndsTheConnectionWithinTheBoundOfAMessage() throws Exception {
    fast.settings(
        Fast.SETTINGS.bounds(ServiceSettings.Bounds.DEFAULT.message(1024 * 1024, 1024 * 1024)));
    try (FakeNode node = FakeNode.ws().extensions("permessage-deflate");
        PubSubFrontend frontend = fast.connect(connector(node))) {
      assertThat(frontend.call(Fast.text("eth_call"))).isEqualTo("eth_call");
      node.line().raw(FakeNode.frame(PACKED_TEXT, Packed.of(new byte[32 * 1024 * 1024])));
      await()
          .atMost(SOON)
          .until(
              () ->
                  fast.events.stream()
                      .anyMatch(
                          each ->
                              each instanceof ServiceEvent.Disconnected gone
                                  && gone.cause().kind() == TerminalCause.Kind.FRAME_TOO_LARGE));
      await().atMost(SOON).until(() -> node.connections() == 2);
      assertThat(fast.refused("pubsub_message")).isEqualTo(1);
    }
  }
}
