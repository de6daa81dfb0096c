package io.fairlead.net.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.net.NetFixture;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlowConsumersTest {
  private static final int MUCH = 8 * 1024 * 1024;
  private final NetFixture net = new NetFixture(TransportKind.AUTO);
  private final SlowConsumers slow = new SlowConsumers(net.loops, net.connections, net.meters);
  private final Queue<Channel> accepted = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    net.close();
  }

  @Test
  void thoseWhoTakeNothingAreCutAndTheOthersAreNot() throws Exception {
    net.listen(
        NetFixture.local(
            "a",
            (channel, _) -> {
              accepted.add(channel);
              channel.config().setAutoRead(true);
            }));
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(RawClient.connect(net.port("a")));
      int open = i + 1;
      await().until(() -> net.connections.size() == open);
    }
    List<Channel> channels = new ArrayList<>(accepted);
    for (Channel stalled : channels.subList(0, 2)) {
      stalled.writeAndFlush(stalled.alloc().buffer(MUCH).writeZero(MUCH));
    }
    await().until(() -> pending(channels.get(0)) > MUCH / 4 && pending(channels.get(1)) > 0);
    await()
        .until(
            () -> {
              slow.shed(MUCH);
              return net.connections.size() == 2;
            });
    for (int i = 0; i < 20; i++) slow.shed(MUCH);
    assertThat(channels.get(0).isOpen()).isFalse();
    assertThat(channels.get(1).isOpen()).isFalse();
    assertThat(channels.get(2).isOpen()).isTrue();
    assertThat(channels.get(3).isOpen()).isTrue();
    assertThat(net.counter("limit.rejections", "limit", "memory_slow_consumers")).isEqualTo(2);
    for (RawClient client : clients) client.close();
  }

  @Test
  void noMoreAreCutThanIsNeeded() throws Exception {
    net.listen(
        NetFixture.local(
            "a",
            (channel, _) -> {
              accepted.add(channel);
              channel.pipeline().addLast(new Holding());
              channel.config().setAutoRead(true);
            }));
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) clients.add(RawClient.connect(net.port("a")));
    await().until(() -> net.connections.size() == 8);
    slow.shed(1); // the first look only finds out who moves
    await()
        .until(
            () -> {
              slow.shed(1);
              return net.connections.size() <= 6;
            });
    // One of each loop has more than was asked for.
    assertThat(net.counter("limit.rejections", "limit", "memory_slow_consumers"))
        .isBetween(2.0, 4.0);
    for (RawClient client : clients) client.close();
  }

  /** Says that it keeps something. */
  private static final class Holding extends ChannelInboundHandlerAdapter implements HeldBytes {
    @Override
    public long heldBytes() {
      return 1024 * 1024;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private static long pending(Channel channel) {
    var out = channel.unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }
}
