package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.pubsub.log.FileCursorStore;
import io.fairlead.testkit.Anvil;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No lost and no duplicated logs, against a real Ethereum node. */
class LogsOnNodeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final LogOptions RESUMED = LogOptions.DEFAULT;
  private static final LogOptions EXACT = RESUMED.level(DeliveryLevel.EXACT);

  @TempDir Path folder;

  @Test
  void r1HeadsAndLogsOfAHundredBlocksInOrder() throws Exception {
    Path socket = folder.resolve("node.ipc");
    try (Anvil node = Anvil.start("--ipc", socket.toString())) {
      await().until(() -> Files.exists(socket));
      String contract = node.deployLogger();
      try (PubSubFrontend ws = PubSub.connect(WsConnector.of(node.ws()));
          PubSubFrontend ipc = PubSub.connect(IpcConnector.of(socket));
          Subscription<Head> heads = ws.newHeads(HeadOptions.DEFAULT);
          Subscription<LogEvent> exact = ws.logs(LogFilter.of(new Address(contract)), EXACT);
          Subscription<LogEvent> resumed = ipc.logs(LogFilter.of(new Address(contract)), RESUMED)) {
        for (int i = 0; i < 100; i++) {
          node.emit(contract, 3);
          node.mine(1);
        }
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 100; i++) numbers.add(heads.recv(SOON).number());
        assertThat(numbers).isSorted().doesNotHaveDuplicates().startsWith(2L).endsWith(101L);
        List<Long> places = new ArrayList<>();
        while (places.size() < 300) {
          if (exact.recv(SOON) instanceof LogEvent.Added(Log log, var _)) {
            places.add(log.blockNumber() * 1000 + log.logIndex());
          }
        }
        assertThat(places).isSorted().doesNotHaveDuplicates();
        HeldLogs held = new HeldLogs();
        held.takeUntil(resumed, node, contract);
        assertThat(held.added).isEqualTo(300);
      }
    }
  }

  @Test
  void r5AReorgWithAReplacedTransactionIsTakenBackNewestFirst() throws Exception {
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      for (LogOptions options : List.of(RESUMED, EXACT)) {
        try (Subscription<LogEvent> logs =
            frontend.logs(LogFilter.of(new Address(contract)), options.fromBlock(0))) {
          HeldLogs held = new HeldLogs();
          node.mine(2);
          node.emit(contract, 1);
          node.mine(1);
          node.emit(contract, 1);
          node.mine(1);
          held.takeUntil(logs, node, contract);
          held.events.clear();
          node.rpc("anvil_reorg", "[2, []]");
          node.emit(contract, 2);
          node.mine(1);
          held.takeUntil(logs, node, contract);
          assertThat(held.removed).isEqualTo(2);
          assertThat(held.events.subList(0, 2)).allMatch(event -> event.startsWith("-"));
          assertThat(held.removedBlocks).hasSize(2);
          assertThat(held.removedBlocks.get(0)).isGreaterThan(held.removedBlocks.get(1));
          held.removedBlocks.clear();
          assertThat(held.events.getLast()).startsWith("+");
        }
      }
    }
  }

  @Test
  void r6ARevertThatTheNodeSaysNothingAboutIsTakenBack() throws Exception {
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      try (Subscription<LogEvent> logs =
              frontend.logs(LogFilter.of(new Address(contract)), RESUMED);
          Subscription<HeadEvent> heads = frontend.headEvents(HeadOptions.DEFAULT)) {
        HeldLogs held = new HeldLogs();
        String snapshot = node.rpc("evm_snapshot", "[]");
        for (int i = 0; i < 3; i++) {
          node.emit(contract, 2);
          node.mine(1);
        }
        held.takeUntil(logs, node, contract);
        node.rpc("evm_revert", "[" + snapshot + "]");
        node.emit(contract, 1);
        node.mine(1);
        held.takeUntil(logs, node, contract);
        assertThat(held.added).isEqualTo(7);
        assertThat(held.removed).isEqualTo(6);
        List<String> told = new ArrayList<>();
        while (told.size() < 7) {
          told.add(
              switch (heads.recv(SOON)) {
                case HeadEvent.Added(Head head, var _) -> "+" + head.number();
                case HeadEvent.Removed(Head head) -> "-" + head.number();
                case HeadEvent.Gap gap -> gap.toString();
              });
        }
        assertThat(told).containsExactly("+2", "+3", "+4", "-4", "-3", "-2", "+2");
      }
    }
  }

  @Test
  void r2ANodeThatComesBackWithMoreBlocksLosesNothing() throws Exception {
    Path state = folder.resolve("state.json");
    Anvil node = Anvil.start("--state", state.toString());
    int port = node.port();
    String contract = node.deployLogger();
    try (PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()));
        Subscription<LogEvent> logs = frontend.logs(LogFilter.of(new Address(contract)), RESUMED)) {
      U256 id = logs.localId();
      HeldLogs held = new HeldLogs();
      node.emit(contract, 3);
      node.mine(1);
      held.takeUntil(logs, node, contract);
      node.signal("TERM");
      node.awaitExit();
      node.close();
      node = Anvil.startOn(port, "--state", state.toString());
      for (int i = 0; i < 20; i++) {
        node.emit(contract, 2);
        node.mine(1);
      }
      held.takeUntil(logs, node, contract);
      assertThat(held.added).isEqualTo(43);
      assertThat(held.removed).isZero();
      assertThat(logs.localId()).isEqualTo(id);
    } finally {
      node.close();
    }
  }

  @Test
  void r7AConsumerThatStoppedGetsSixtyThousandLogsOnce() throws Exception {
    try (Anvil node = Anvil.start("--gas-limit", "60000000");
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), RESUMED)) {
        for (int i = 0; i < 30; i++) {
          node.emit(contract, 2_000);
          node.mine(1);
        }
        HeldLogs held = new HeldLogs();
        while (held.added < 60_000) held.take(logs.recv(SOON));
        logs.tryRecv().ifPresent(held::take);
        assertThat(held.added).isEqualTo(60_000);
        assertThat(held.removed).isZero();
      }
      filled(frontend, LogFilter.of(new Address(contract)));
    }
  }

  /** All of them once more, from the first block; how long it takes is told, not judged. */
  private static void filled(PubSubFrontend frontend, LogFilter filter) throws Exception {
    long heap = heapAfterCollection();
    long begun = System.nanoTime();
    try (Subscription<LogEvent> logs = frontend.logs(filter, RESUMED.fromBlock(0))) {
      int added = 0;
      while (added < 60_000) if (logs.recv(SOON) instanceof LogEvent.Added) added++;
      long millis = (System.nanoTime() - begun) / 1_000_000;
      System.out.printf(
          "a fill of 60 000 logs: %d ms, %d KiB of heap stay in use%n",
          millis, (heapAfterCollection() - heap) >> 10);
    }
  }

  private static long heapAfterCollection() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REFILL")
  void r7WhatElseBecomesOfAConsumerThatStopped(LagPolicy policy) throws Exception {
    ServiceSettings small =
        ServiceSettings.DEFAULT.bounds(ServiceSettings.Bounds.DEFAULT.queue(100, 1 << 20));
    Fast fast = new Fast().settings(small);
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend = fast.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), RESUMED.onLag(policy))) {
        for (int i = 0; i < 10; i++) {
          node.emit(contract, 50);
          node.mine(1);
        }
        // Nothing is taken before more came than the queue holds.
        await()
            .atMost(SOON)
            .until(
                () ->
                    switch (policy) {
                      case FAIL -> fast.count("subscriptions", "state", "active") == 1; // headers
                      case BLOCK -> fast.count("notifications", "kind", "logs") >= 100;
                      case SIGNAL, REFILL -> fast.count("notifications", "kind", "logs") == 500;
                    });
        HeldLogs held = new HeldLogs();
        switch (policy) {
          case BLOCK -> {
            held.takeUntil(logs, node, contract);
            assertThat(held.added).isEqualTo(500);
          }
          case SIGNAL ->
              assertThatThrownBy(() -> takeAll(logs, held))
                  .isInstanceOfSatisfying(
                      PubSubException.Lagged.class,
                      lagged -> assertThat(lagged.missed()).isPositive());
          case FAIL ->
              assertThatThrownBy(() -> takeAll(logs, held))
                  .isInstanceOfSatisfying(
                      PubSubException.SubscriptionEnded.class,
                      ended -> assertThat(ended.reason()).isInstanceOf(EndReason.TooSlow.class));
          case REFILL -> throw new AssertionError("has a test of its own");
        }
      }
    }
  }

  private static void takeAll(Subscription<LogEvent> logs, HeldLogs into) throws Exception {
    while (into.added < 500) into.take(logs.recv(SOON));
  }

  @Test
  void r7AQueueThatIsBoundedInBytesGetsEachLogOnceToo() throws Exception {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    ServiceSettings.Bounds usual = ServiceSettings.Bounds.DEFAULT;
    ServiceSettings settings =
        ServiceSettings.DEFAULT.bounds(
            new ServiceSettings.Bounds(
                usual.messageBytes(),
                usual.frameBytes(),
                usual.inFlight(),
                usual.outboundBytes(),
                usual.queueItems(),
                32 * 1024,
                usual.subscriptions()));
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend =
            PubSub.builder()
                .connector(WsConnector.of(node.ws()))
                .settings(settings)
                .meters(new Meters(meters))
                .connect()) {
      String contract = node.deployLogger();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), RESUMED)) {
        for (int i = 0; i < 10; i++) {
          node.emit(contract, 50);
          node.mine(1);
        }
        HeldLogs held = new HeldLogs();
        held.takeUntil(logs, node, contract);
        assertThat(held.added).isEqualTo(500);
        // 500 are fewer than its items; their bytes are more than it may hold.
        assertThat(meters.find("fairlead.pubsub.refills").counters())
            .isNotEmpty()
            .anyMatch(each -> each.count() > 0);
      }
    }
  }

  @Test
  void r11ACursorFileGoesOnWhereItStood() throws Exception {
    FileCursorStore store = new FileCursorStore(folder.resolve("cursors"));
    LogOptions options = EXACT.fromBlock(0).cursor(store);
    try (Anvil node = Anvil.start()) {
      String contract = node.deployLogger();
      LogFilter filter = LogFilter.of(new Address(contract));
      HeldLogs held = new HeldLogs();
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
          node.emit(contract, 2);
          node.mine(1);
        }
        try (PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()));
            Subscription<LogEvent> logs = frontend.logs(filter, options)) {
          held.takeUntil(logs, node, contract);
          long head = 1 + 3L * (round + 1);
          while (held.checkpoint < head) held.take(logs.recv(SOON));
        }
        // Saved when the subscription was closed, or within a second before.
        int blocks = 1 + 3 * (round + 1);
        await().atMost(SOON).until(() -> cursorAt(blocks));
      }
      assertThat(held.added).isEqualTo(18);
      try (Stream<Path> files = Files.list(folder.resolve("cursors"))) {
        Path file = files.findFirst().orElseThrow();
        Files.write(file, new byte[] {1, 2, 3});
      }
      try (PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
        assertThatThrownBy(() -> frontend.logs(filter, options))
            .isInstanceOf(PubSubException.LocalUsage.class)
            .hasMessageContaining("not a cursor")
            .hasMessageContaining("remove it to begin anew");
      }
    }
  }

  private boolean cursorAt(long block) throws Exception {
    Path cursors = folder.resolve("cursors");
    if (!Files.isDirectory(cursors)) return false;
    try (Stream<Path> files = Files.list(cursors)) {
      Path file =
          files.filter(each -> each.toString().endsWith(".cursor")).findFirst().orElse(null);
      if (file == null) return false;
      byte[] bytes = Files.readAllBytes(file);
      return io.fairlead.pubsub.log.CursorCodec.decode(bytes).upTo().number() == block;
    }
  }

  @Test
  void r9PollingTellsTheSameAsPushing() throws Exception {
    try (Anvil node = Anvil.start()) {
      String contract = node.deployLogger();
      for (HttpPollConnector.Kind kind :
          List.of(HttpPollConnector.Kind.BLOCKS, HttpPollConnector.Kind.FILTERS)) {
        HttpPollConnector connector =
            HttpPollConnector.of(node.http()).interval(Duration.ofMillis(20)).kind(kind);
        try (PubSubFrontend frontend = PubSub.connect(connector);
            Subscription<LogEvent> logs =
                frontend.logs(LogFilter.of(new Address(contract)), RESUMED.fromBlock(0))) {
          HeldLogs held = new HeldLogs();
          for (int i = 0; i < 5; i++) {
            node.emit(contract, 2);
            node.mine(1);
          }
          held.takeUntil(logs, node, contract);
          node.rpc("anvil_reorg", "[2, []]");
          node.emit(contract, 1);
          node.mine(1);
          held.takeUntil(logs, node, contract);
        }
      }
    }
  }

  @Test
  void r9AFilterThatTheNodeForgotIsMadeAgain() throws Exception {
    Path state = folder.resolve("state.json");
    Anvil node = Anvil.start("--state", state.toString());
    int port = node.port();
    String contract = node.deployLogger();
    HttpPollConnector connector =
        HttpPollConnector.of(node.http())
            .interval(Duration.ofMillis(20))
            .kind(HttpPollConnector.Kind.FILTERS);
    try (PubSubFrontend frontend = PubSub.connect(connector);
        Subscription<LogEvent> logs = frontend.logs(LogFilter.of(new Address(contract)), RESUMED)) {
      HeldLogs held = new HeldLogs();
      node.emit(contract, 2);
      node.mine(1);
      held.takeUntil(logs, node, contract);
      // A node that was started again knows its chain, and none of its filters.
      node.signal("TERM");
      node.awaitExit();
      node.close();
      node = Anvil.startOn(port, "--state", state.toString());
      for (int i = 0; i < 5; i++) {
        node.emit(contract, 2);
        node.mine(1);
      }
      held.takeUntil(logs, node, contract);
      assertThat(held.added).isEqualTo(12);
    } finally {
      node.close();
    }
  }

  /** How much later the last log is told than the node's own word for it; the best of five. */
  @Test
  @Tag("nightly")
  void r14FollowingAddsNoMoreThanFiftyMilliseconds() throws Exception {
    // All of a block at once; who gets them raw is not to lose any.
    ServiceSettings roomy =
        ServiceSettings.DEFAULT.bounds(ServiceSettings.Bounds.DEFAULT.queue(10_000, 64 << 20));
    try (Anvil node = Anvil.start("--gas-limit", "60000000");
        PubSubFrontend frontend = new Fast().settings(roomy).connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      LogFilter filter = LogFilter.of(new Address(contract));
      Duration best = Duration.ofDays(1);
      for (int round = 0; round < 5; round++) {
        try (Subscription<LogEvent> raw = frontend.logs(filter, RESUMED.level(DeliveryLevel.RAW));
            Subscription<LogEvent> resumed = frontend.logs(filter, RESUMED)) {
          CompletableFuture<Long> told = lastOf(raw, 10_000);
          CompletableFuture<Long> followed = lastOf(resumed, 10_000);
          node.emit(contract, 10_000);
          node.mine(1);
          Duration added = Duration.ofNanos(followed.join() - told.join());
          if (added.compareTo(best) < 0) best = added;
        }
      }
      assertThat(best).isLessThan(Duration.ofMillis(50));
    }
  }

  private static CompletableFuture<Long> lastOf(Subscription<LogEvent> logs, int count) {
    CompletableFuture<Long> last = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                int added = 0;
                while (added < count) {
                  if (logs.recv() instanceof LogEvent.Added) added++;
                }
                last.complete(System.nanoTime());
              } catch (Exception failure) {
                last.completeExceptionally(failure);
              }
            });
    return last;
  }

  @Test
  void r14ABlockOfTenThousandLogsComesWhole() throws Exception {
    try (Anvil node = Anvil.start("--gas-limit", "60000000");
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      for (LogOptions options : List.of(RESUMED, EXACT)) {
        try (Subscription<LogEvent> logs =
            frontend.logs(LogFilter.of(new Address(contract)), options)) {
          node.emit(contract, 10_000);
          node.mine(1);
          int added = 0;
          while (added < 10_000) {
            if (logs.recv(SOON) instanceof LogEvent.Added) added++;
          }
          assertThat(logs.tryRecv().filter(event -> event instanceof LogEvent.Added)).isEmpty();
        }
      }
    }
  }
}
