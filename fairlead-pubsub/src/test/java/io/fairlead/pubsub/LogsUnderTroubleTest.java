package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Anvil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that are cut, and several ways to one node of which some hang. */
class LogsUnderTroubleTest {
  private static final LogOptions EXACT = LogOptions.DEFAULT.level(DeliveryLevel.EXACT);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ServiceSettings QUICK =
      ServiceSettings.DEFAULT.reconnect(
          ServiceSettings.Reconnect.DEFAULT.times(Duration.ofMillis(20), Duration.ofMillis(200)));

  @Test
  void r8AConnectionThatIsCutAllTheTimeLosesNothing() throws Exception {
    cutAllTheTime(12, 5);
  }

  @Test
  @Tag("nightly")
  void r8AConnectionThatIsCutForFiveMinutesLosesNothing() throws Exception {
    cutAllTheTime(150, 20);
  }

  private static void cutAllTheTime(int cuts, int blocksEach) throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy way = new CutProxy(node.port());
        PubSubFrontend frontend =
            PubSub.builder().connector(WsConnector.of(way.ws())).settings(QUICK).connect()) {
      String contract = node.deployLogger();
      LogFilter filter = LogFilter.of(new Address(contract));
      try (Subscription<LogEvent> resumed = frontend.logs(filter, LogOptions.DEFAULT);
          Subscription<LogEvent> exact = frontend.logs(filter, EXACT)) {
        HeldLogs heldResumed = new HeldLogs();
        HeldLogs heldExact = new HeldLogs();
        for (int cut = 0; cut < cuts; cut++) {
          for (int block = 0; block < blocksEach; block++) {
            node.emit(contract, 2);
            node.mine(1);
            if (block == blocksEach / 2) way.cut();
          }
          if (cut % 4 == 3) {
            heldResumed.takeUntil(resumed, node, contract);
            node.rpc("anvil_reorg", "[2, []]");
          }
          resumed.tryRecv().ifPresent(heldResumed::take);
          exact.tryRecv().ifPresent(heldExact::take);
        }
        node.emit(contract, 1);
        node.mine(1);
        heldResumed.takeUntil(resumed, node, contract);
        heldExact.takeUntil(exact, node, contract);
        assertThat(heldResumed.removed).isPositive();
      }
    }
  }

  @Test
  void r4ANodeThatStandsStillIsLeftAndFoundAgain() throws Exception {
    // The default is 10 s and 10 s: SilenceTest has the clock for it.
    ServiceSettings alert =
        QUICK.keepalive(
            new ServiceSettings.Keepalive(
                Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(30)));
    standsStill(alert);
  }

  @Test
  @Tag("nightly")
  void r4ANodeThatStandsStillIsLeftAfterTwentySecondsByDefault() throws Exception {
    standsStill(QUICK);
  }

  private static void standsStill(ServiceSettings settings) throws Exception {
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend =
            PubSub.builder().connector(WsConnector.of(node.ws())).settings(settings).connect()) {
      String contract = node.deployLogger();
      List<ServiceEvent> lost = seen(frontend, ServiceEvent.Disconnected.class);
      List<ServiceEvent> made = seen(frontend, ServiceEvent.Connected.class);
      HeldLogs held = new HeldLogs();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), LogOptions.DEFAULT)) {
        emit(node, contract, 2);
        held.takeUntil(logs, node, contract);
        node.signal("STOP");
        try {
          await().atMost(Duration.ofSeconds(60)).until(() -> !lost.isEmpty());
        } finally {
          node.signal("CONT");
        }
        emit(node, contract, 3);
        held.takeUntil(logs, node, contract);
        assertThat(held.added).isEqualTo(10);
        assertThat(held.removed).isZero();
        assertThat(made).as("connections made again").hasSize(1);
      }
    }
  }

  @Test
  void f28OneThatForksAndOneThatIsSilentDoNotMisleadAQuorum() throws Exception {
    try (Anvil node = Anvil.start("--timestamp", "1700000000");
        Anvil forked = Anvil.start("--timestamp", "1700000000");
        CutProxy one = new CutProxy(node.port());
        CutProxy two = new CutProxy(node.port());
        CutProxy silent = new CutProxy(node.port());
        CutProxy other = new CutProxy(forked.port());
        PubSubFrontend frontend =
            several(
                List.of(one, two, silent, other),
                new EndpointMode.Quorum(
                    2, 4, Duration.ofMillis(500), EndpointMode.OnDisagreement.WAIT))) {
      List<ServiceEvent> disagreements = seen(frontend, ServiceEvent.Disagreement.class);
      try (Subscription<HeadEvent> heads = frontend.headEvents(HeadOptions.DEFAULT)) {
        silent.stop(true);
        forked.rpc("evm_setNextBlockTimestamp", "[1800000000]");
        forked.mine(1);
        node.mine(3);
        forked.mine(4);
        List<Head> told = new ArrayList<>();
        while (told.size() < 3) {
          if (heads.recv(SOON) instanceof HeadEvent.Added(Head head, var _)) told.add(head);
          else throw new AssertionError("only heads that are added are expected");
        }
        for (int i = 0; i < 3; i++) {
          assertThat(told.get(i).number()).isEqualTo(i + 1);
          String block = node.rpc("eth_getBlockByNumber", "[\"0x" + (i + 1) + "\", false]");
          assertThat(block).contains(told.get(i).hash().hex());
        }
        await().atMost(SOON).until(() -> !disagreements.isEmpty());
        assertThat(heads.tryRecv()).as("nothing of the fork, nothing taken back").isEmpty();
      }
    }
  }

  @Test
  void f28OneThatLagsTakesOverWithoutTakingAnythingBack() throws Exception {
    try (Anvil first = Anvil.start("--timestamp", "1700000000");
        Anvil lagging = Anvil.start("--timestamp", "1700000000");
        CutProxy one = new CutProxy(first.port());
        CutProxy two = new CutProxy(lagging.port());
        PubSubFrontend frontend = inTurn(one, two);
        Subscription<HeadEvent> heads = frontend.headEvents(HeadOptions.DEFAULT)) {
      mineAlike(first, 1, 20);
      mineAlike(lagging, 1, 10);
      takeHeads(heads, 1, 20);
      one.stop(true);
      one.cut();
      one.close();
      // It says that it is at 10: behind, not another chain.
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.LIVE);
      mineAlike(lagging, 11, 25);
      takeHeads(heads, 21, 25);
    }
  }

  /** The same blocks on nodes with the same genesis: only the time makes them different. */
  private static void mineAlike(Anvil node, int from, int to) throws Exception {
    for (int i = from; i <= to; i++) {
      node.rpc("evm_setNextBlockTimestamp", "[" + (1_700_000_000L + 10L * i) + "]");
      node.mine(1);
    }
  }

  private static void takeHeads(Subscription<HeadEvent> heads, int from, int to) throws Exception {
    for (long number = from; number <= to; number++) {
      HeadEvent event = heads.recv(SOON);
      assertThat(event).isInstanceOf(HeadEvent.Added.class);
      assertThat(((HeadEvent.Added) event).head().number()).isEqualTo(number);
    }
  }

  @Test
  void aRaceTellsEachLogOnceThoughOneWayHangs() throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy one = new CutProxy(node.port());
        CutProxy two = new CutProxy(node.port());
        PubSubFrontend frontend = several(List.of(one, two), new EndpointMode.Race(2))) {
      String contract = node.deployLogger();
      HeldLogs held = new HeldLogs();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), LogOptions.DEFAULT)) {
        emit(node, contract, 3);
        held.takeUntil(logs, node, contract);
        two.stop(true);
        emit(node, contract, 3);
        held.takeUntil(logs, node, contract);
        two.stop(false);
        emit(node, contract, 3);
        held.takeUntil(logs, node, contract);
        node.rpc("anvil_reorg", "[2, []]");
        emit(node, contract, 1);
        held.takeUntil(logs, node, contract);
      }
    }
  }

  @Test
  void aQuorumTellsWhatEnoughWaysSayAndNamesWhatTheyDoNot() throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy one = new CutProxy(node.port());
        CutProxy two = new CutProxy(node.port());
        CutProxy three = new CutProxy(node.port());
        PubSubFrontend frontend =
            several(
                List.of(one, two, three),
                new EndpointMode.Quorum(
                    2, 3, Duration.ofMillis(500), EndpointMode.OnDisagreement.WAIT))) {
      String contract = node.deployLogger();
      List<ServiceEvent> disagreements = seen(frontend, ServiceEvent.Disagreement.class);
      HeldLogs held = new HeldLogs();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), EXACT)) {
        three.stop(true);
        emit(node, contract, 3);
        held.takeUntil(logs, node, contract);
        assertThat(disagreements).isEmpty();
        two.stop(true);
        emit(node, contract, 1);
        await().atMost(SOON).until(() -> disagreements.size() == 2);
        // Of what was agreed on before, the checkpoint may still be on its way.
        for (var next = logs.tryRecv(); next.isPresent(); next = logs.tryRecv()) {
          assertThat(next.get()).isInstanceOf(LogEvent.Checkpoint.class);
        }
        three.stop(false);
        two.stop(false);
        held.takeUntil(logs, node, contract);
        assertThat(held.added).isEqualTo(8);
      }
    }
  }

  @Test
  void whereItIsWantedSoWhatTooFewSayIsToldWithAFlag() throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy one = new CutProxy(node.port());
        CutProxy two = new CutProxy(node.port());
        PubSubFrontend frontend =
            several(
                List.of(one, two),
                new EndpointMode.Quorum(
                    2, 2, Duration.ofMillis(300), EndpointMode.OnDisagreement.DELIVER_FLAGGED))) {
      String contract = node.deployLogger();
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), EXACT)) {
        two.stop(true);
        emit(node, contract, 1);
        LogEvent told = logs.recv(SOON);
        while (told instanceof LogEvent.Checkpoint) told = logs.recv(SOON);
        assertThat(told)
            .isInstanceOfSatisfying(
                LogEvent.Added.class,
                added -> assertThat(added.origin()).isEqualTo(LogEvent.Origin.FLAGGED));
        two.stop(false);
      }
    }
  }

  @Test
  void aQuorumOfMoreThanThereAreIsRefused() throws Exception {
    try (Anvil node = Anvil.start();
        CutProxy one = new CutProxy(node.port());
        PubSubFrontend frontend =
            several(
                List.of(one),
                new EndpointMode.Quorum(
                    2, 3, Duration.ofSeconds(1), EndpointMode.OnDisagreement.WAIT))) {
      assertThatThrownBy(() -> frontend.logs(LogFilter.all(), EXACT))
          .isInstanceOf(PubSubException.LocalUsage.class)
          .hasMessage("endpoints: 1 (expected: >= 3)");
    }
  }

  @Test
  void requestsKeepToTheEndpointsRate() throws Exception {
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend =
            PubSub.connect(
                MultiConnector.failover(
                    List.of(
                        Endpoint.of("slow", WsConnector.of(node.ws())).requestsPerSecond(20))))) {
      long before = System.nanoTime();
      for (int i = 0; i < 30; i++) {
        frontend.call(RpcCall.of("eth_chainId", List.of(), Decoders.quantity()));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertThat(took).isBetween(Duration.ofMillis(400), Duration.ofSeconds(10));
    }
  }

  @Test
  void allConnectionsToAnEndpointShareItsRate() throws Exception {
    try (Anvil node = Anvil.start();
        PubSubFrontend frontend =
            PubSub.connect(
                MultiConnector.failover(
                    List.of(
                        Endpoint.of("slow", WsConnector.of(node.ws())).requestsPerSecond(20))))) {
      String contract = node.deployLogger();
      emit(node, contract, 30);
      long before = System.nanoTime();
      // History is asked for over a connection of its own: header by header, block by block.
      try (Subscription<LogEvent> logs =
          frontend.logs(LogFilter.of(new Address(contract)), EXACT.fromBlock(0))) {
        for (int i = 0; i < 10; i++) {
          frontend.call(RpcCall.of("eth_chainId", List.of(), Decoders.quantity()));
        }
        new HeldLogs().takeUntil(logs, node, contract);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      // More than 70 requests, of which 20 were saved up.
      assertThat(took).isGreaterThan(Duration.ofMillis(2_000));
    }
  }

  private static void emit(Anvil node, String contract, int blocks) throws Exception {
    for (int i = 0; i < blocks; i++) {
      node.emit(contract, 2);
      node.mine(1);
    }
  }

  private static PubSubFrontend several(List<CutProxy> ways, EndpointMode mode) throws Exception {
    List<Endpoint> endpoints = new ArrayList<>();
    for (CutProxy way : ways) {
      endpoints.add(Endpoint.of("way" + endpoints.size(), WsConnector.of(way.ws())));
    }
    return PubSub.builder().connector(MultiConnector.of(endpoints, mode)).settings(QUICK).connect();
  }

  private static PubSubFrontend inTurn(CutProxy first, CutProxy second) throws Exception {
    return PubSub.builder()
        .connector(
            MultiConnector.failover(
                List.of(
                    Endpoint.of("first", WsConnector.of(first.ws())).priority(1),
                    Endpoint.of("second", WsConnector.of(second.ws())).priority(2))))
        .settings(QUICK)
        .connect();
  }

  private static List<ServiceEvent> seen(
      PubSubFrontend frontend, Class<? extends ServiceEvent> wanted) {
    List<ServiceEvent> seen = new CopyOnWriteArrayList<>();
    frontend
        .events()
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(ServiceEvent event) {
                if (wanted.isInstance(event)) seen.add(event);
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onComplete() {}
            });
    return seen;
  }
}
