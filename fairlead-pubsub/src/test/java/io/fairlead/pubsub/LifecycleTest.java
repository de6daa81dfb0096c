package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Opening, closing, and what must never be seen. */
class LifecycleTest {
  private static final String KEY = "s3cr3tAPIkey0123456789";

  @TempDir Path folder;

  @Test
  void f29AKeyIsNeverSeen() throws Exception {
    Logger root = (Logger) LoggerFactory.getLogger("io.fairlead");
    Level before = root.getLevel();
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    root.setLevel(Level.TRACE);
    root.addAppender(lines);
    List<String> seen = new ArrayList<>();
    try (FakeNode node = FakeNode.ws()) {
      Fast fast = new Fast();
      String url = "ws://user:" + KEY + "@127.0.0.1:" + node.port() + "/v3/" + KEY + "?k=" + KEY;
      WsConnector connector = WsConnector.of(url).field("X-Key", Secret.of(KEY));
      seen.add(connector.toString());
      seen.add(EndpointUrl.parse(url).toString());
      try (PubSubFrontend frontend = fast.connect(connector);
          Subscription<Head> _ = frontend.newHeads(HeadOptions.RAW)) {
        assertThat(node.line().head).contains(KEY).contains("Authorization: Basic");
        for (String answer :
            List.of(
                "HTTP/1.1 503 " + "No\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")) {
          node.upgrade(answer);
          node.line().drop();
          await()
              .atMost(SOON)
              .until(() -> frontend.state() != ServiceState.LIVE && node.connections() > 1);
        }
        await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
        seen.add(failure(() -> frontend.call(Fast.text("eth_call"))));
        seen.add(fast.events.toString());
        seen.add(fast.registry.getMetersAsString());
      }
      for (String broken : List.of("ws://h\u0001ost/" + KEY, "ftp://h/" + KEY, "ws:///" + KEY))
        seen.add(failure(() -> WsConnector.of(broken)));
      seen.add(
          failure(() -> PubSub.connect(WsConnector.of("wss://" + KEY + "@127.0.0.1:1/" + KEY))));
    } finally {
      root.detachAppender(lines);
      root.setLevel(before);
    }
    for (ILoggingEvent line : lines.list)
      seen.add(line.getFormattedMessage() + line.getKeyValuePairs());
    assertThat(lines.list).isNotEmpty();
    assertThat(seen).noneMatch(text -> text.contains(KEY));
  }

  private static String failure(ThrowingCallable call) {
    try {
      call.call();
    } catch (Throwable thrown) {
      ByteArrayOutputStream trace = new ByteArrayOutputStream();
      thrown.printStackTrace(new PrintStream(trace));
      return trace.toString();
    }
    throw new AssertionError("no failure");
  }

  @Test
  void f30ClosingAtAnyMomentLeavesNothingBehind() throws Exception {
    cycles(100);
  }

  @Test
  @Tag("nightly")
  void f30TenThousandCyclesLeaveNothingBehind() throws Exception {
    cycles(10_000);
  }

  /** Closes while connecting, connected, waiting to try again, and asking for what was missed. */
  private void cycles(int count) throws Exception {
    EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "test");
    long used = 0;
    try (FakeNode node = FakeNode.ws()) {
      Connector connector = node.connector();
      for (int i = 0; i < count; i++) {
        Fast fast = new Fast().settings(Fast.SETTINGS.waitFirst(true));
        if (i % 50 == 0) node.forget();
        if (i == count / 10) used = usedBytes();
        node.upgrade(i % 4 == 2 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : "");
        CompletableFuture<PubSubFrontend> connecting =
            fast.builder(connector).loops(loops).connectAsync();
        if (i % 4 == 3) {
          try (PubSubFrontend frontend = connecting.get(30, TimeUnit.SECONDS);
              Subscription<LogEvent> logs =
                  frontend.logs(LogFilter.all(), LogOptions.DEFAULT.fromBlock(0))) {
            assertThat(logs.tryRecv()).isEmpty();
          }
        } else if (i % 4 == 1) {
          try (PubSubFrontend frontend = connecting.get(30, TimeUnit.SECONDS)) {
            // One that comes before the frontend closes would keep the service, as it should.
            var _ =
                frontend
                    .subscribeAsync(SubscribeRequest.newHeads())
                    .thenAccept(Subscription::close);
          }
        } else {
          connecting.cancel(false);
          if (i % 4 == 2) node.upgrade("");
        }
      }
      // Cancelled attempts end when they connect; then nothing is open any more.
      await().atMost(Duration.ofSeconds(60)).until(() -> node.open() == 0);
      node.forget();
      assertThat(usedBytes() - used).as("heap that stays").isLessThan(16L << 20);
    } finally {
      loops.close();
    }
    await()
        .atMost(SOON)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("test-")));
  }

  private static long usedBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  @Test
  void aConnectorOfYourOwnIsUsedLikeAnyOther() throws Exception {
    List<String> asked = new ArrayList<>();
    List<InMemoryConnector.Line> lines = new ArrayList<>();
    InMemoryConnector connector =
        new InMemoryConnector(
            "echo",
            line -> {
              lines.add(line);
              return json -> {
                asked.add(json);
                String id = json.replaceAll(".*\"id\":(\\d+).*", "$1");
                String result =
                    json.contains("x_subscribe")
                        ? "\"0x5\""
                        : json.contains("x_unsubscribe") ? "true" : "\"pong\"";
                line.tell("{\"id\":" + id + ",\"result\":" + result + "}");
                if (json.contains("x_subscribe"))
                  line.tell("{\"params\":{\"subscription\":\"0x5\",\"result\":\"hello\"}}");
              };
            });
    Fast fast = new Fast().identity(ChainIdentity.UNASKED);
    try (PubSubFrontend frontend = fast.connect(connector);
        Subscription<String> items = frontend.subscribe(Fast.custom("x_subscribe"))) {
      assertThat(frontend.call(Fast.text("eth_call"))).isEqualTo("pong");
      assertThat(items.recv(SOON)).isEqualTo("hello");
      lines.getFirst().end(TerminalCause.of(TerminalCause.Kind.TRANSPORT, "pulled"));
      assertThat(items.recv(SOON)).isEqualTo("hello");
      assertThat(lines).hasSize(2);
      assertThat(connector.isLocal()).isTrue();
    }
  }

  @Test
  void aHandleThatIsForgottenIsGivenBack() throws Exception {
    try (FakeNode node = FakeNode.ws();
        PubSubFrontend frontend = new Fast().connect(node.connector())) {
      forget(frontend);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                System.gc();
                return node.asks("eth_unsubscribe").size() == 1;
              });
      // One that somebody waits at is not forgotten, whoever holds it.
      CompletableFuture<Head> waiting = frontend.subscribe(SubscribeRequest.newHeads()).recvAsync();
      System.gc();
      System.gc();
      node.line().notify("\"0xa2\"", FakeNode.block(7, FakeNode.hash(7), FakeNode.hash(6)));
      assertThat(waiting.get(30, TimeUnit.SECONDS).number()).isEqualTo(7);
    }
  }

  private static void forget(PubSubFrontend frontend) throws InterruptedException {
    Subscription<Head> never = frontend.subscribe(SubscribeRequest.newHeads());
    assertThat(never.localId()).isNotNull();
  }

  @Test
  void aConnectorThatRefusesIsToldApart() {
    InMemoryConnector refusing =
        new InMemoryConnector(
            "no",
            _ -> {
              throw new PubSubException.NonRetryable(
                  TerminalCause.of(TerminalCause.Kind.FORBIDDEN, "not you"));
            });
    assertThatThrownBy(() -> new Fast().connect(refusing))
        .isInstanceOf(PubSubException.NonRetryable.class)
        .hasMessageContaining("not you");
  }

  @Test
  void aSocketPathThatIsTooLongIsSaidSo() {
    assertThatThrownBy(() -> IpcConnector.of(Path.of("/tmp/" + "x".repeat(110))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("107");
  }

  @Test
  void f19MessagesOnAPlainStreamAreToldApart() throws Exception {
    try (FakeNode node = FakeNode.unix(folder.resolve("n"))) {
      node.on(
          (line, ask) -> {
            String answer = "{\"id\":" + ask.id() + ",\"result\":\"}{][\\\"\\\\ {\\\"id\\\":1}\"}";
            switch (ask.method()) {
              case "eth_call" -> {
                for (byte each : answer.getBytes()) line.raw(new byte[] {each});
              }
              case "eth_getLogs" -> line.text("{\"id\":4711}" + answer + " \n\t{\"id\":4712}");
              case "eth_getProof" ->
                  line.text("{\"id\":" + ask.id() + ",\"result\":\"" + "{".repeat(4 << 20) + "\"}");
              default -> {
                return false;
              }
            }
            return true;
          });
      try (PubSubFrontend frontend = new Fast().connect(node.connector())) {
        assertThat(frontend.call(Fast.text("eth_call"))).isEqualTo("}{][\"\\ {\"id\":1}");
        assertThat(frontend.call(Fast.text("eth_getLogs"))).isEqualTo("}{][\"\\ {\"id\":1}");
        assertThat(frontend.call(Fast.text("eth_getProof"))).hasSize(4 << 20);
        node.line().text("garbage");
        await().atMost(SOON).until(() -> node.connections() == 2);
      }
    }
  }
}
