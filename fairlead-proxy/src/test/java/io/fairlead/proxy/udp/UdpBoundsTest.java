package io.fairlead.proxy.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.core.meter.Meters;
import io.fairlead.proxy.udp.Remotes.Standing;
import io.fairlead.proxy.udp.UdpMeters.Drop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What one association may hold. */
class UdpBoundsTest {
  private static final Object RULES = new Object();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final UdpMeters meters = new UdpMeters(new Meters(registry));

  private double limited(String limit) {
    return registry.get("fairlead.limit.rejections").tag("limit", limit).counter().count();
  }

  private static HostPort to(int port) {
    return new HostPort("192.0.2.1", port);
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(address, port);
  }

  @Test
  void theDestinationUnusedLongestIsForgotten() {
    Remotes remotes = new Remotes(3, meters::forgotten);
    Standing open = new Standing.Open(at("192.0.2.1", 1));
    for (int port = 1; port <= 3; port++) remotes.decide(to(port), open, RULES, 100);
    assertThat(remotes.standing(to(1), RULES, 0)).isPresent(); // used: now the second is oldest
    remotes.decide(to(4), open, RULES, 100);
    assertThat(remotes.size()).isEqualTo(3);
    assertThat(remotes.standing(to(1), RULES, 0)).contains(open);
    assertThat(remotes.standing(to(2), RULES, 0)).isEmpty();
    assertThat(limited("udp_remotes")).isOne();
  }

  @Test
  void aDecisionHoldsForItsTimeAndItsRulesOnly() {
    Remotes remotes = new Remotes(3, () -> {});
    Standing open = new Standing.Open(at("192.0.2.1", 1));
    remotes.decide(to(1), open, RULES, 100);
    assertThat(remotes.standing(to(1), RULES, 99)).contains(open);
    assertThat(remotes.standing(to(1), RULES, 100)).isEmpty();
    assertThat(remotes.standing(to(1), new Object(), 0)).isEmpty();
    assertThat(remotes.before(to(1))).contains(at("192.0.2.1", 1));
    remotes.decide(to(1), new Standing.Closed(UdpMeters.Drop.DENIED), RULES, 100);
    assertThat(remotes.before(to(1))).isEqualTo(Optional.empty());
  }

  @Test
  void answersOfForgottenPlacesDoNotPass() {
    Remotes remotes = new Remotes(2, () -> {});
    for (int last = 1; last <= 3; last++) remotes.sentTo(at("192.0.2." + last, 53));
    assertThat(remotes.mayAnswer(at("192.0.2.1", 53), UdpConfig.Filter.ADDRESS)).isFalse();
    assertThat(remotes.mayAnswer(at("192.0.2.3", 99), UdpConfig.Filter.ADDRESS)).isTrue();
    assertThat(remotes.mayAnswer(at("192.0.2.3", 99), UdpConfig.Filter.ENDPOINT)).isFalse();
    assertThat(remotes.mayAnswer(at("192.0.2.3", 53), UdpConfig.Filter.ENDPOINT)).isTrue();
    assertThat(remotes.mayAnswer(at("192.0.2.1", 1), UdpConfig.Filter.NONE)).isTrue();
  }

  @Test
  void theOldestDatagramIsPushedOutByCountAndByBytes() {
    WaitingDatagrams waiting = new WaitingDatagrams(3, () -> meters.dropped(Drop.QUEUE_FULL));
    List<ByteBuf> all = new ArrayList<>();
    for (String text : List.of("a", "b", "c", "d")) {
      ByteBuf data = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
      all.add(data);
      waiting.add(to(text.equals("c") ? 2 : 1), data);
    }
    assertThat(limited("udp_queue")).isOne();
    assertThat(all.getFirst().refCnt()).isZero();
    StringBuilder taken = new StringBuilder();
    waiting.take(
        to(1),
        data -> {
          taken.append(data.toString(StandardCharsets.US_ASCII));
          data.release();
        });
    assertThat(taken).hasToString("bd");
    assertThat(waiting.size()).isOne();
    waiting.add(to(3), Unpooled.buffer().writeZero(WaitingDatagrams.BYTES_MAX));
    assertThat(limited("udp_queue")).as("one byte too many pushes the first out").isEqualTo(2);
    waiting.close();
    assertThat(waiting.size()).isZero();
    assertThat(all).allMatch(data -> data.refCnt() == 0);
  }
}
