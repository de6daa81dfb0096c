package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Anvil;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real chain that grows, loses blocks and goes back, behind a line that is cut after some number
 * of bytes, in the middle of whatever passes there: in the end each consumer holds exactly the
 * chain's logs.
 */
class RandomCutsTest {
  private static final int STEPS = 30; // between two looks at the whole
  private static final int BYTES_MAX = 6_000;
  private static final int DEPTH_MAX = 4;

  private final ServiceSettings quick =
      ServiceSettings.DEFAULT.reconnect(
          ServiceSettings.Reconnect.DEFAULT.times(Duration.ofMillis(10), Duration.ofMillis(100)));

  @Test
  void f31CutsAtRandomBytesLoseNothing() {
    Seeds.run(1, random -> run(random, Duration.ofMillis(1_500)));
  }

  @Test
  @Tag("nightly")
  void f31TenMinutesOfCutsAtRandomBytesLoseNothing() {
    Seeds.run(1, random -> run(random, Duration.ofMinutes(10)));
  }

  private void run(RandomGenerator random, Duration time) throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy way = new CutProxy(node.port());
        PubSubFrontend frontend =
            PubSub.builder().connector(WsConnector.of(way.ws())).settings(quick).connect()) {
      String contract = node.deployLogger();
      node.mine(DEPTH_MAX + 1);
      LogFilter filter = LogFilter.of(new Address(contract));
      LogOptions options = LogOptions.DEFAULT.fromBlock(0);
      try (Subscription<LogEvent> resumed = frontend.logs(filter, options);
          Subscription<LogEvent> exact =
              frontend.logs(filter, options.level(DeliveryLevel.EXACT))) {
        HeldLogs heldResumed = new HeldLogs();
        HeldLogs heldExact = new HeldLogs();
        int cuts = 0;
        long begun = System.nanoTime();
        do {
          for (int i = 0; i < STEPS; i++) {
            if (random.nextInt(3) == 0) {
              way.cutAfter(random.nextInt(BYTES_MAX));
              cuts++;
            }
            step(random, node, contract);
            resumed.tryRecv().ifPresent(heldResumed::take);
            exact.tryRecv().ifPresent(heldExact::take);
          }
          way.cutAfter(Long.MAX_VALUE);
          node.emit(contract, 1);
          node.mine(1);
          heldResumed.takeUntil(resumed, node, contract);
          heldExact.takeUntil(exact, node, contract);
        } while (System.nanoTime() - begun < time.toNanos());
        System.out.println(
            "cuts: %d asked for, %d logs told, %d taken back"
                .formatted(cuts, heldResumed.added, heldResumed.removed));
        assertThat(heldResumed.removed + heldExact.removed).as("a chain that changes").isPositive();
      }
    }
  }

  private static void step(RandomGenerator random, Anvil node, String contract) throws Exception {
    switch (random.nextInt(6)) {
      case 0 -> node.rpc("anvil_reorg", "[" + (1 + random.nextInt(DEPTH_MAX)) + ", []]");
      case 1 -> {
        String snapshot = node.rpc("evm_snapshot", "[]");
        grow(random, node, contract);
        grow(random, node, contract);
        node.rpc("evm_revert", "[" + snapshot + "]");
      }
      default -> grow(random, node, contract);
    }
  }

  private static void grow(RandomGenerator random, Anvil node, String contract) throws Exception {
    if (random.nextBoolean()) node.emit(contract, 1 + random.nextInt(4));
    node.mine(1);
  }
}
