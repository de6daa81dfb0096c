package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Anvil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a real Ethereum node. */
class RealNodeTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void callsAndSubscriptionsOverWebSocket() throws Exception {
    try (Anvil node = Anvil.start()) {
      headsAndLogs(node, WsConnector.of(node.ws()));
    }
  }

  @Test
  void callsAndSubscriptionsOverAUnixSocket() throws Exception {
    Path socket = folder.resolve("node.ipc");
    try (Anvil node = Anvil.start("--ipc", socket.toString())) {
      await().until(() -> Files.exists(socket));
      headsAndLogs(node, IpcConnector.of(socket));
    }
  }

  @Test
  void callsAndSubscriptionsOverHttpByBlocks() throws Exception {
    try (Anvil node = Anvil.start()) {
      headsAndLogs(node, HttpPollConnector.of(node.http()).interval(Duration.ofMillis(20)));
    }
  }

  @Test
  void callsAndSubscriptionsOverHttpByFilters() throws Exception {
    try (Anvil node = Anvil.start()) {
      headsAndLogs(
          node,
          HttpPollConnector.of(node.http())
              .interval(Duration.ofMillis(20))
              .kind(HttpPollConnector.Kind.FILTERS));
    }
  }

  private static void headsAndLogs(Anvil node, Connector connector) throws Exception {
    String contract = node.deployLogger();
    try (PubSubFrontend frontend = PubSub.connect(connector)) {
      assertThat(frontend.call(RpcCall.of("eth_chainId", List.of(), Decoders.quantity())))
          .isEqualTo(31_337);
      try (Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW);
          Subscription<LogEvent> logs =
              frontend.logs(
                  LogFilter.of(new Address(contract)),
                  LogOptions.DEFAULT.level(DeliveryLevel.RAW))) {
        for (int i = 0; i < 20; i++) {
          node.emit(contract, 3);
          node.mine(1);
        }
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 20; i++) numbers.add(heads.recv(SOON).number());
        assertThat(numbers).doesNotHaveDuplicates().contains(2L, 21L);
        List<Long> places = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
          switch (logs.recv(SOON)) {
            case LogEvent.Added(Log log, _) -> places.add(log.blockNumber() * 10 + log.logIndex());
            case LogEvent other -> throw new AssertionError(other);
          }
        }
        assertThat(places).doesNotHaveDuplicates().hasSize(60);
        assertThat(frontend.unsubscribe(logs.localId()).get()).isTrue();
      }
    }
  }

  @Test
  void r3ANodeThatComesBackWithAnotherChainIsNotTheSame() throws Exception {
    Anvil node = Anvil.start("--timestamp", "1700000000");
    try (PubSubFrontend frontend = new Fast().connect(WsConnector.of(node.ws()));
        Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW)) {
      node.close();
      try (Anvil _ = Anvil.startOn(node.port(), "--timestamp", "1700000001")) {
        await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
        assertThatThrownBy(() -> heads.recv(SOON))
            .isInstanceOfSatisfying(
                PubSubException.SubscriptionEnded.class,
                ended ->
                    assertThat(ended.reason().toString())
                        .contains(TerminalCause.Kind.WRONG_CHAIN.name()));
      }
    } finally {
      node.close();
    }
  }

  @Test
  void r10NothingIsLostWhenAnotherNodeOfTheSameChainTakesOver() throws Exception {
    handedOver(Duration.ofSeconds(60));
  }

  @Test
  @Tag("nightly")
  void r10AnotherNodeTakesOverWithinTwoSeconds() throws Exception {
    handedOver(Duration.ofSeconds(2));
  }

  private static void handedOver(Duration within) throws Exception {
    try (Anvil first = Anvil.start("--timestamp", "1700000000");
        Anvil second = Anvil.start("--timestamp", "1700000000")) {
      int time = 1_700_000_010;
      String contract = "";
      for (Anvil node : List.of(first, second)) {
        node.rpc("evm_setNextBlockTimestamp", "[" + time + "]");
        contract = node.deployLogger();
      }
      Connector both =
          MultiConnector.failover(
              List.of(
                  Endpoint.of("first", WsConnector.of(first.ws())).priority(1),
                  Endpoint.of("second", WsConnector.of(second.ws())).priority(2)));
      Fast fast = new Fast();
      try (PubSubFrontend frontend = fast.connect(both);
          Subscription<LogEvent> logs =
              frontend.logs(LogFilter.of(new Address(contract)), LogOptions.DEFAULT)) {
        HeldLogs held = new HeldLogs();
        for (int i = 1; i <= 10; i++) {
          for (Anvil node : i <= 5 ? List.of(first, second) : List.of(second)) {
            node.rpc("evm_setNextBlockTimestamp", "[" + (time + 10 * i) + "]");
            node.emit(contract, 2);
            node.mine(1);
          }
          if (i < 5) held.takeUntil(logs, first, contract);
          if (i == 5) {
            long begun = System.nanoTime();
            first.close();
            await()
                .atMost(within)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> fast.events.contains(new ServiceEvent.Connected("second")));
            System.out.println(
                "handed over after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
          }
        }
        held.takeUntil(logs, second, contract);
        assertThat(held.added).isEqualTo(20);
        assertThat(held.removed).isZero();
      }
    }
  }

  @Test
  void r10AnotherNodeOfTheSameChainTakesOver() throws Exception {
    try (Anvil first = Anvil.start("--timestamp", "1700000000");
        Anvil second = Anvil.start("--timestamp", "1700000000")) {
      Connector both =
          MultiConnector.failover(
              List.of(
                  Endpoint.of("first", WsConnector.of(first.ws())).priority(1),
                  Endpoint.of("second", WsConnector.of(second.ws())).priority(2)));
      try (PubSubFrontend frontend = new Fast().connect(both);
          Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW)) {
        first.mine(1);
        assertThat(heads.recv(SOON).number()).isEqualTo(1);
        U256 id = heads.localId();
        second.mine(1);
        first.close();
        await()
            .atMost(SOON)
            .until(
                () -> {
                  second.mine(1);
                  return heads.raw().size() > 0;
                });
        assertThat(heads.recv(SOON).number()).isGreaterThan(1);
        assertThat(heads.localId()).isEqualTo(id);
      }
    }
  }
}
