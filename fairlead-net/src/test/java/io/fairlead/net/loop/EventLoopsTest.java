package io.fairlead.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventLoopsTest {
  @ParameterizedTest
  @EnumSource(TransportKind.class)
  void picksATransportThatWorks(TransportKind wanted) {
    try (EventLoops loops = EventLoops.create(2, wanted, "t")) {
      assertThat(loops.transport()).isNotEqualTo(TransportKind.AUTO);
      assertThat(loops.loops()).hasSize(2);
    }
  }

  @Test
  void timersCallBackOnTheirLoop() throws Exception {
    try (EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "t")) {
      EventLoop loop = loops.next();
      CompletableFuture<Boolean> ran = new CompletableFuture<>();
      loops.timers(loop).after(Duration.ZERO, () -> ran.complete(loop.inEventLoop()));
      assertThat(ran.get()).isTrue();
    }
  }

  @Test
  void metersTheDelayOfItsLoops() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "t")) {
      loops.observe(new Meters(registry));
      await().until(() -> registry.get("fairlead.event.loop.delay").timer().count() > 0);
    }
  }

  @Test
  void largeBuffersAreLeasedFromABudgetAndGivenBack() {
    RelayBuffers buffers = new RelayBuffers(new ByteSize(RelayBuffers.LEASE_BYTES));
    EmbeddedChannel first = relayed(buffers);
    EmbeddedChannel second = relayed(buffers);
    fill(first);
    fill(second);
    assertThat(guess(first)).isEqualTo(RelayBuffers.READ_LARGE_MAX);
    assertThat(guess(second)).isEqualTo(RelayBuffers.READ_SMALL_MAX);
    RelayBuffers.rest(first);
    assertThat(guess(first)).isEqualTo(RelayBuffers.READ_SMALL_MAX);
    fill(second);
    assertThat(guess(second)).isEqualTo(RelayBuffers.READ_LARGE_MAX);
    second.close();
    assertThat(buffers.leasedBytes()).isZero();
    first.close();
  }

  private static EmbeddedChannel relayed(RelayBuffers buffers) {
    EmbeddedChannel channel = new EmbeddedChannel();
    buffers.install(channel);
    RelayBuffers.relay(channel, channel);
    return channel;
  }

  private static void fill(EmbeddedChannel channel) {
    for (int i = 0; i < 8; i++) {
      var handle = channel.unsafe().recvBufAllocHandle();
      handle.reset(channel.config());
      int size = handle.guess();
      handle.attemptedBytesRead(size);
      handle.lastBytesRead(size);
      handle.readComplete();
    }
  }

  private static int guess(EmbeddedChannel channel) {
    return channel.unsafe().recvBufAllocHandle().guess();
  }
}
