package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The example of the book: a transport of one's own. It pushes frames, says why it ended, and sees
 * that it is no longer wanted.
 */
class OwnTransportTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  // What docs/book/pubsub.md shows begins here.

  /** Connections of a transport that is made of two method calls. */
  private static final class Own implements CustomConnector {
    final List<OwnLine> lines = new CopyOnWriteArrayList<>();

    @Override
    public CompletionStage<ConnectionHandle> connect() {
      OwnLine line = new OwnLine();
      lines.add(line);
      return CompletableFuture.completedFuture(line);
    }
  }

  private static final class OwnLine implements ConnectionHandle {
    private final CompletableFuture<TerminalCause> terminated = new CompletableFuture<>();
    private volatile @Nullable FrameSink sink;
    volatile boolean shut;

    @Override
    public void send(ByteBuf utf8) {
      String request = utf8.toString(StandardCharsets.UTF_8);
      utf8.release(); // it is ours now
      String id = request.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
      push("{\"id\":" + id + ",\"result\":\"0x7\"}");
    }

    /** From any thread: one whole message. */
    void push(String message) {
      FrameSink to = sink;
      if (to != null) to.frame(Unpooled.wrappedBuffer(message.getBytes(StandardCharsets.UTF_8)));
    }

    /** The transport broke: the service makes another connection. */
    void broke() {
      terminated.complete(TerminalCause.of(TerminalCause.Kind.TRANSPORT, "cable pulled"));
    }

    @Override
    public void onFrame(FrameSink to) {
      sink = to;
    }

    @Override
    public CompletionStage<TerminalCause> terminated() {
      return terminated;
    }

    /** The service is done with it. */
    @Override
    public void close() {
      shut = true;
      terminated.complete(TerminalCause.of(TerminalCause.Kind.CLOSED, ""));
    }
  }

  // It ends here.

  @Test
  void pushesFramesSaysWhyItEndedAndSeesTheEnd() throws Exception {
    Own own = new Own();
    Fast fast = new Fast().identity(ChainIdentity.UNASKED);
    try (PubSubFrontend frontend = fast.connect(own);
        Subscription<String> items = frontend.subscribe(Fast.custom("x_subscribe"))) {
      own.lines.getFirst().push("{\"params\":{\"subscription\":\"0x7\",\"result\":\"one\"}}");
      assertThat(items.recv(SOON)).isEqualTo("one");
      own.lines.getFirst().broke();
      await().atMost(SOON).until(() -> own.lines.size() == 2);
      await()
          .atMost(SOON)
          .until(
              () -> {
                own.lines.get(1).push("{\"params\":{\"subscription\":\"0x7\",\"result\":\"two\"}}");
                return items.raw().size() > 0;
              });
      assertThat(items.recv(SOON)).isEqualTo("two");
      assertThat(fast.events.toString()).contains("cable pulled");
    }
    await().atMost(SOON).until(() -> own.lines.get(1).shut);
  }
}
