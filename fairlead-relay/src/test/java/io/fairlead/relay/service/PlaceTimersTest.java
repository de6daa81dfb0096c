package io.fairlead.relay.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PlaceTimersTest {
  private static final long NONE = -1;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final PlaceTimers timers = new PlaceTimers();
  private final PeerId peer = PrivateKey.generate().publicKey().peerId();
  private final List<Integer> ended = new ArrayList<>();

  @Test
  void whoeverAsksAgainAndAgainHasOneTimer() {
    channel.freezeTime();
    for (int i = 0; i < 1_000; i++) arm(i, Duration.ofHours(1).plusMinutes(i));
    assertThat(timers.armed()).isEqualTo(1);
    channel.advanceTimeBy(1, TimeUnit.HOURS);
    assertThat(channel.runScheduledPendingTasks())
        .as("the next is the last")
        .isEqualTo(Duration.ofMinutes(999).toNanos());
    assertThat(ended).isEmpty();
    channel.advanceTimeBy(999, TimeUnit.MINUTES);
    assertThat(channel.runScheduledPendingTasks()).isEqualTo(NONE);
    assertThat(ended).containsExactly(999);
  }

  @Test
  void aPlaceThatIsGoneLeavesNone() {
    for (int i = 0; i < 1_000; i++) {
      arm(i, Duration.ofHours(1));
      timers.disarm(peer);
    }
    assertThat(timers.armed()).isZero();
    assertThat(channel.runScheduledPendingTasks()).isEqualTo(NONE);
    timers.disarm(peer); // nothing to do
  }

  private void arm(int number, Duration after) {
    timers.arm(peer, channel.eventLoop(), after, () -> ended.add(number));
  }
}
