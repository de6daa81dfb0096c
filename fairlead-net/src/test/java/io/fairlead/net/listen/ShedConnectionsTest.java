package io.fairlead.net.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.NetFixture;
import io.fairlead.net.budget.ShedClass;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that are not let in: what they are told, and that telling them is bounded. */
class ShedConnectionsTest {
  private final AtomicReference<ShedClass> shed = new AtomicReference<>();
  private final NetFixture net = new NetFixture(TransportKind.AUTO, work -> work == shed.get());

  @AfterEach
  void close() {
    net.close();
  }

  /** Keeps what comes in open and silent. */
  private record Silent(boolean speaksHttp) implements Face {
    @Override
    public void attach(Channel channel, LiveConnection connection) {
      channel
          .pipeline()
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                  ctx.close(); // the client's end
                }
              });
      channel.config().setAutoRead(true);
    }
  }

  private void listen(boolean http, ListenerLimits limits) throws Exception {
    net.listen(
        new ListenerSpec(
            "a",
            new ListenAddress.Host("127.0.0.1", 0),
            new Silent(http),
            Optional.empty(),
            limits));
  }

  private RawClient connect() throws IOException {
    return RawClient.connect("127.0.0.7", new InetSocketAddress("127.0.0.1", net.port("a")));
  }

  private static void assert503(RawClient client) throws IOException {
    // The request is on its way when the connection is refused: the answer must survive that.
    StrictHttpParser.Response answer =
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.field("retry-after")).contains("1");
    assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
  }

  @Test
  void httpIsAnswered503WhenOneSourceHasTooMany() throws Exception {
    net.limits.set(new ProcessLimits(Limit.OFF, Limit.atMost(1), Limit.OFF, 1));
    listen(true, ListenerLimits.DEFAULTS);
    try (RawClient first = connect()) {
      await().until(() -> net.connections.size() == 1);
      for (int i = 0; i < 5; i++) {
        try (RawClient second = connect()) {
          assert503(second);
        }
      }
      assertThat(first.silentFor(Duration.ofMillis(50))).isTrue();
    }
    assertThat(net.counter("limit.rejections", "limit", "connections_per_ip")).isEqualTo(5);
  }

  @Test
  void httpIsAnswered503WhenTheListenerIsFull() throws Exception {
    listen(true, new ListenerLimits(Limit.atMost(1), Limit.OFF, DrainTimes.DEFAULTS));
    try (RawClient first = connect();
        RawClient second = connect()) {
      assert503(second);
      assertThat(first.silentFor(Duration.ofMillis(50))).isTrue();
    }
    assertThat(net.counter("limit.rejections", "limit", "listener_connections")).isEqualTo(1);
  }

  @Test
  void aListenerMayAllowOneSourceLessThanTheProcess() throws Exception {
    listen(true, new ListenerLimits(Limit.OFF, Limit.atMost(1), DrainTimes.DEFAULTS));
    try (RawClient first = connect();
        RawClient second = connect()) {
      assert503(second);
      assertThat(first.silentFor(Duration.ofMillis(50))).isTrue();
    }
  }

  @Test
  void newConnectionsAreRefusedWhileMemoryIsShort() throws Exception {
    listen(true, ListenerLimits.DEFAULTS);
    try (RawClient before = connect()) {
      await().until(() -> net.connections.size() == 1);
      shed.set(ShedClass.NEW_CONNECTIONS);
      try (RawClient during = connect()) {
        assert503(during);
      }
      assertThat(before.silentFor(Duration.ofMillis(50))).isTrue();
      shed.set(null);
      try (RawClient after = connect()) {
        await().until(() -> net.connections.size() == 2);
        assertThat(after.silentFor(Duration.ofMillis(50))).isTrue();
      }
    }
    assertThat(net.counter("limit.rejections", "limit", "memory")).isEqualTo(1);
  }

  @Test
  void otherProtocolsAreClosedWithoutAWord() throws Exception {
    listen(false, new ListenerLimits(Limit.atMost(1), Limit.OFF, DrainTimes.DEFAULTS));
    try (RawClient first = connect();
        RawClient second = connect()) {
      assertThat(second.drainToEnd()).isNotNull();
      assertThat(first.silentFor(Duration.ofMillis(50))).isTrue();
    }
  }

  @Test
  void aFloodGetsNoAnswers() throws Exception {
    net.limits.set(new ProcessLimits(Limit.OFF, Limit.OFF, Limit.atMost(1), 1));
    listen(true, ListenerLimits.DEFAULTS);
    try (RawClient first = connect();
        RawClient second = connect()) {
      second.drainToEnd();
      assertThat(first.silentFor(Duration.ofMillis(50))).isTrue();
    }
    assertThat(net.counter("limit.rejections", "limit", "new_connections_per_ip")).isEqualTo(1);
  }

  @Test
  void answersAreBoundedAndEndByThemselves() throws Exception {
    net.limits.set(new ProcessLimits(Limit.OFF, Limit.atMost(1), Limit.OFF, 1));
    listen(true, ListenerLimits.DEFAULTS);
    List<RawClient> all = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * Farewells.MAX; i++) all.add(connect());
      // Nobody reads and nobody leaves: the gateway closes them all the same.
      await()
          .atMost(Duration.ofSeconds(5))
          .until(
              () ->
                  net.counter("limit.rejections", "limit", "connections_per_ip")
                      == 3 * Farewells.MAX - 1);
      int answered = 0;
      for (RawClient client : all.subList(1, all.size())) {
        client.timeout(Duration.ofSeconds(5));
        try {
          if (client.readAllText().startsWith("HTTP/1.1 503 ")) answered++;
        } catch (IOException _) {
          // closed without an answer
        }
      }
      assertThat(answered).isBetween(1, 3 * Farewells.MAX - 1);
      assertThat(net.loops.descriptors().taken()).isEqualTo(1);
    } finally {
      for (RawClient client : all) client.close();
    }
  }

  @Test
  void descriptorsAreGivenBackWithTheirConnections() throws Exception {
    listen(true, ListenerLimits.DEFAULTS);
    for (int i = 0; i < 20; i++) connect().close();
    await().until(() -> net.loops.descriptors().taken() == 0);
  }
}
