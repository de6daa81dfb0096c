package io.fairlead.net.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.NetFixture;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Event loops made late on purpose. */
class SheddingEdgeTest {
  private final NetFixture net = new NetFixture(TransportKind.AUTO);
  private final AtomicBoolean busy = new AtomicBoolean();

  @AfterEach
  void close() {
    busy.set(false);
    net.close();
  }

  private void serve() throws Exception {
    net.loops.observe(net.meters);
    net.loops.delayMax(Duration.ofMillis(20));
    SheddingEdge edge =
        new SheddingEdge(new Http1Edge(net.clock, net.meters), net.loops, net.meters);
    net.listen(
        NetFixture.local(
            "a",
            (channel, live) ->
                edge.attach(
                    channel,
                    live,
                    HttpSettings.DEFAULTS,
                    exchange -> exchange.respond(Answer.text(200, "served")),
                    Unpooled.EMPTY_BUFFER)));
  }

  /** Keeps a loop from its timers, as too many ready connections would. */
  private void burden(EventLoop loop) {
    loop.execute(
        () -> {
          LockSupport.parkNanos(Duration.ofMillis(250).toNanos());
          if (busy.get())
            loop.schedule(() -> burden(loop), 1, java.util.concurrent.TimeUnit.MILLISECONDS);
        });
  }

  @Test
  void requestsOnALateLoopAreAnswered503AndServedAgainAfterwards() throws Exception {
    serve();
    try (RawClient client = RawClient.connect(net.port("a"))) {
      assertThat(get(client).status()).isEqualTo(200);
      busy.set(true);
      for (EventLoop loop : net.loops.loops()) burden(loop);
      await()
          .until(() -> net.loops.loops().stream().allMatch(loop -> net.loops.delay(loop).late()));
      StrictHttpParser.Response refused = get(client);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.field("x-fairlead-error")).contains("overload");
      assertThat(refused.field("retry-after")).contains("1");
      assertThat(net.counter("limit.rejections", "limit", "event_loop_delay")).isPositive();
      busy.set(false);
      // On the same connection. A busy machine is late by itself for a while.
      await().atMost(Duration.ofSeconds(60)).until(() -> get(client).status() == 200);
    }
  }

  @Test
  void offNeverRefuses() throws Exception {
    serve();
    net.loops.delayMax(io.fairlead.core.unit.TimeLimit.NEVER);
    busy.set(true);
    for (EventLoop loop : net.loops.loops()) burden(loop);
    try (RawClient client = RawClient.connect(net.port("a"))) {
      for (int i = 0; i < 5; i++) assertThat(get(client).status()).isEqualTo(200);
    }
  }

  @Test
  void flowsAreNotOpenedFromALateLoop() throws Exception {
    serve();
    SheddingDials dials = new SheddingDials(net.dialer, net.loops, net.meters);
    EventLoop loop = net.loops.next();
    DestinationGuard any = DestinationGuard.operatorChosen(OwnAddresses.NONE);
    Destination.HostPort to = new Destination.HostPort("127.0.0.1", net.port("a"));
    dials
        .on(loop, any, DialOptions.NONE)
        .dial(to, Duration.ofSeconds(5))
        .toCompletableFuture()
        .join()
        .close();
    busy.set(true);
    burden(loop);
    await().until(() -> net.loops.delay(loop).late());
    assertThatThrownBy(
            () ->
                dials
                    .on(loop, any, DialOptions.NONE)
                    .dial(to, Duration.ofSeconds(5))
                    .toCompletableFuture()
                    .join())
        .hasCauseInstanceOf(DialException.Exhausted.class);
    assertThat(net.counter("limit.rejections", "limit", "event_loop_delay_flows")).isEqualTo(1);
  }

  private static StrictHttpParser.Response get(RawClient client) throws Exception {
    return client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
  }
}
