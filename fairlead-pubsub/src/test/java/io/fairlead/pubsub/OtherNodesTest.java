package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Anvil;
import io.fairlead.testkit.OtherNodes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The same on nodes whose ids are counters and whose errors have other codes. */
@Tag("nightly")
class OtherNodesTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  enum Maker {
    HARDHAT,
    GANACHE
  }

  @TempDir Path folder;

  private Anvil start(Maker maker) throws Exception {
    return switch (maker) {
      case HARDHAT -> OtherNodes.hardhat(folder);
      case GANACHE -> OtherNodes.ganache(folder);
    };
  }

  @ParameterizedTest
  @EnumSource
  void r13HeadsAndLogsInOrder(Maker maker) throws Exception {
    try (Anvil node = start(maker);
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      LogFilter filter = LogFilter.of(new Address(contract));
      try (Subscription<Head> heads = frontend.newHeads(HeadOptions.DEFAULT);
          Subscription<LogEvent> exact =
              frontend.logs(filter, LogOptions.DEFAULT.level(DeliveryLevel.EXACT));
          Subscription<LogEvent> resumed = frontend.logs(filter, LogOptions.DEFAULT)) {
        for (int i = 0; i < 20; i++) {
          node.emit(contract, 3);
          node.mine(1);
        }
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 20; i++) numbers.add(heads.recv(SOON).number());
        assertThat(numbers).isSorted().doesNotHaveDuplicates().startsWith(2L).endsWith(21L);
        HeldLogs one = new HeldLogs();
        one.takeUntil(exact, node, contract);
        HeldLogs two = new HeldLogs();
        two.takeUntil(resumed, node, contract);
        assertThat(one.added).isEqualTo(60);
        assertThat(two.added).isEqualTo(60);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void r13ARevertIsTakenBack(Maker maker) throws Exception {
    try (Anvil node = start(maker);
        PubSubFrontend frontend = PubSub.connect(WsConnector.of(node.ws()))) {
      String contract = node.deployLogger();
      for (DeliveryLevel level : List.of(DeliveryLevel.RESUMED, DeliveryLevel.EXACT)) {
        try (Subscription<LogEvent> logs =
            frontend.logs(LogFilter.of(new Address(contract)), LogOptions.DEFAULT.level(level))) {
          HeldLogs held = new HeldLogs();
          String snapshot = node.rpc("evm_snapshot", "[]");
          for (int i = 0; i < 3; i++) {
            node.emit(contract, 2);
            node.mine(1);
          }
          while (held.added < 6) held.take(logs.recv(SOON));
          node.rpc("evm_revert", "[" + snapshot + "]");
          node.emit(contract, 1);
          node.mine(1);
          while (held.added < 7 || held.removed < 6) held.take(logs.recv(SOON));
          assertThat(held.held).hasSize(1);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"HARDHAT, BLOCKS", "HARDHAT, FILTERS", "GANACHE, BLOCKS", "GANACHE, FILTERS"})
  void r13PollingTellsTheSame(Maker maker, HttpPollConnector.Kind kind) throws Exception {
    try (Anvil node = start(maker)) {
      String contract = node.deployLogger();
      HttpPollConnector connector =
          HttpPollConnector.of(node.http()).interval(Duration.ofMillis(50)).kind(kind);
      try (PubSubFrontend frontend = PubSub.connect(connector);
          Subscription<LogEvent> logs =
              frontend.logs(LogFilter.of(new Address(contract)), LogOptions.DEFAULT.fromBlock(0))) {
        HeldLogs held = new HeldLogs();
        for (int i = 0; i < 5; i++) {
          node.emit(contract, 2);
          node.mine(1);
        }
        held.takeUntil(logs, node, contract);
      }
    }
  }
}
