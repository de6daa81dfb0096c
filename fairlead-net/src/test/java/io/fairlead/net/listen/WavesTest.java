package io.fairlead.net.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WavesTest {
  private final ManualClock clock = new ManualClock();
  private final Waves waves = new Waves(clock);
  private final List<String> ended = new ArrayList<>();

  @Test
  void moreChangesThanAllowedEndTheOldestOnesConnectionsAtOnce() {
    waves.wavesMax(2);
    EmbeddedChannel one = draining("one");
    EmbeddedChannel two = draining("two");
    assertThat(ended).isEmpty();
    assertThat(waves.count().connections()).isEqualTo(2);
    EmbeddedChannel three = draining("three");
    one.runPendingTasks();
    assertThat(ended).containsExactly("one");
    two.close();
    three.close();
    assertThat(waves.count().deadline()).isEmpty();
  }

  @Test
  void aChangeWhoseConnectionsAreGoneDoesNotCount() {
    waves.wavesMax(1);
    draining("one").close();
    draining("two");
    assertThat(ended).isEmpty();
    assertThat(waves.count().deadline()).contains(clock.wall().plus(Duration.ofMinutes(5)));
  }

  private EmbeddedChannel draining(String name) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event == DrainDeadline.PASSED) ended.add(name);
              }
            });
    waves.begin().add(channel, Duration.ofMinutes(5));
    return channel;
  }
}
