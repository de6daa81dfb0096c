package io.fairlead.registry.evm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.evm.SourceFixture.Setup;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Origin;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.SourceException;
import io.fairlead.testkit.DevChain;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A list on a real node, read as its blocks come. */
class EvmSourceTest {
  private static final String P1 = "10.0.0.1:8500";
  private static final String P2 = "10.0.0.2:8500";
  private static final String P3 = "10.0.0.3:8500";

  private DevChain chain;
  private Registrar registry;

  @BeforeEach
  void start() throws Exception {
    chain = DevChain.start("--hardfork", "paris");
    registry = Registrar.deploy(chain);
    registry.add(P1, 1);
    registry.add(P2, 1);
    chain.mine(5);
  }

  @AfterEach
  void stop() {
    chain.close();
  }

  @Test
  void whatComesWaitsForItsConfirmationsWhatGoesForFewer() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(3, 1))) {
      assertThat(fixture.statuses()).containsOnly(Map.entry(P1, "active"), Map.entry(P2, "active"));
      registry.add(P3, 1);
      for (int depth = 1; depth < 3; depth++) {
        chain.mine(1);
        assertThat(fixture.statuses()).doesNotContainKey(P3);
      }
      chain.mine(1);
      assertThat(fixture.statuses()).containsEntry(P3, "active");

      registry.setStatus(P3, 3);
      assertThat(fixture.statuses()).containsEntry(P3, "active");
      chain.mine(1);
      assertThat(fixture.statuses()).containsEntry(P3, "revoked");

      registry.setStatus(P3, 1);
      chain.mine(2);
      assertThat(fixture.statuses()).containsEntry(P3, "revoked");
      chain.mine(1);
      assertThat(fixture.statuses()).containsEntry(P3, "active");

      registry.remove(P3);
      chain.mine(1);
      assertThat(fixture.statuses()).doesNotContainKey(P3);
    }
  }

  @Test
  void whoIsRevokedBeforeHeIsConfirmedIsRevoked() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(3, 0))) {
      fixture.read();
      registry.add(P3, 1);
      registry.setStatus(P3, 3);
      assertThat(fixture.statuses()).containsEntry(P3, "revoked");
    }
  }

  @Test
  void addressesWeightsAndRolesFollowTheirDepths() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(3, 0))) {
      fixture.read();
      registry.send(
          RegistryAbi.UPDATE.call(
              Registrar.id(P1),
              BigInteger.valueOf(2),
              BigInteger.valueOf(5),
              BigInteger.ZERO,
              Registrar.text("10.0.0.9:1"),
              Registrar.NO_KEY,
              Registrar.text("eu")));
      // The role it had is gone at once, the one it got is not confirmed: none is left.
      assertThat(fixture.statuses()).containsOnlyKeys(P2);
      chain.mine(3);
      Entry changed = entry(fixture.read(), P1);
      assertThat(changed.endpoints().getFirst().text()).isEqualTo("10.0.0.9:1");
      assertThat(changed.weight()).isEqualTo(5);
      assertThat(changed.roles()).isEqualTo(2);
      assertThat(changed.group()).isEqualTo("eu");
    }
  }

  private static Entry entry(Snapshot list, String endpoint) {
    String id = Entry.idOf(endpoint);
    return list.entries().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void keysBindAndBadEntriesAreDroppedAndStillRevoke() throws Exception {
    NodeKey key = NodeKey.of(new byte[32]);
    registry.send(registry.addCall("-", 64, 1, key.multicodec()));
    registry.send(registry.addCall("127.1", 1, 1, Registrar.NO_KEY));
    registry.send(registry.addCall("10.0.0.7:1", 1, 1, new byte[] {(byte) 0xE7, 1, 2}));
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(0, 0))) {
      Snapshot list = fixture.read();
      assertThat(entry(list, "-").publicKey()).contains(key);
      assertThat(entry(list, "-").endpoints()).isEmpty();
      assertThat(entry(list, "10.0.0.7:1").publicKey()).isEmpty();
      assertThat(list.entries()).hasSize(4);
      assertThat(list.invalid()).isGreaterThanOrEqualTo(2);
      assertThat(list.warnings()).anyMatch(warning -> warning.contains("UNUSABLE_KEY"));
      registry.setStatus("127.1", 3);
      assertThat(entry(fixture.read(), "127.1").status().word()).isEqualTo("revoked");
    }
  }

  @Test
  void changesKnowTheirTransaction() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(3, 1))) {
      Position.Block before = (Position.Block) fixture.read().position();
      JsonNode receipt = registry.setStatus(P1, 3);
      chain.mine(1);
      Snapshot list = fixture.read();
      Origin origin = list.origins().get(Entry.idOf(P1));
      assertThat(origin).isNotNull();
      assertThat(origin.tx()).contains(receipt.path("transactionHash").asString(""));
      assertThat(origin.blockHash()).isEqualTo(receipt.path("blockHash").asString(""));
      assertThat(origin.logIndex()).hasValue(0);
      Position.Block now = (Position.Block) list.position();
      assertThat(origin.revision()).isEqualTo(now.revision()).isEqualTo(before.revision() + 1);
      registry.remove(P1);
      chain.mine(1);
      assertThat(fixture.read().origins().get(Entry.idOf(P1)).revision())
          .isEqualTo(now.revision() + 1);
    }
  }

  @Test
  void aReorganisationIsFollowedFromTheCommonAncestor() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(3, 1))) {
      fixture.read();
      String saved = chain.call("evm_snapshot").asString("");
      registry.remove(P2);
      chain.mine(1);
      assertThat(fixture.statuses()).doesNotContainKey(P2);
      chain.call("evm_revert", saved);
      // Behind at first: not a word is believed until the chain is as long again.
      assertThat(fixture.statuses()).doesNotContainKey(P2);
      registry.add(P3, 1);
      chain.mine(4);
      assertThat(fixture.statuses()).containsKeys(P1, P2, P3);
      assertThat(fixture.meters.get("fairlead.registry.reorgs").counter().count()).isEqualTo(1);
      assertThat(fixture.meters.get("fairlead.registry.reorg.depth").gauge().value()).isPositive();
    }
  }

  @Test
  void aReorganisationBeyondWhatIsRememberedWaitsForAPerson() throws Exception {
    String saved = chain.call("evm_snapshot").asString("");
    chain.mine(3);
    Snapshot known;
    try (SourceFixture former = SourceFixture.over(chain, registry, Setup.of(1, 0))) {
      known = former.read();
    }
    chain.call("evm_revert", saved);
    registry.add(P3, 1);
    chain.mine(9);
    // Another process knows the last block and nothing before it.
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(1, 0))) {
      fixture.last = Optional.of(known);
      assertThatThrownBy(fixture::read)
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("approve r-");
      String held = String.valueOf(fixture.source.details().get("held"));
      assertThat(fixture.source.approve("r-0000")).isFalse();
      assertThat(fixture.source.approve(held)).isTrue();
      assertThat(fixture.statuses()).containsKeys(P1, P2, P3);
      assertThat(fixture.source.details()).doesNotContainKey("held");
    }
  }

  @Test
  void pagesShrinkUntilTheNodeGivesThem() throws Exception {
    registerMany(60);
    HttpEndpoint.Lying node =
        new HttpEndpoint.Lying("local", SourceFixture.endpoint("local", chain));
    String tooLarge = RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, BigInteger.valueOf(100));
    String stillTooLarge = RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, BigInteger.valueOf(50));
    node.lies(
        (method, params) ->
            method.equals("eth_call")
                    && (params.contains(tooLarge) || params.contains(stillTooLarge))
                ? java.util.concurrent.CompletableFuture.failedStage(
                    new ChainException(ChainException.Kind.REFUSED, "out of gas", -32_000))
                : null);
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(0, 0), List.of(node))) {
      assertThat(fixture.read().entries()).hasSize(62);
    }
  }

  private void registerMany(int count) throws Exception {
    chain.call("evm_setAutomine", false);
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String data = registry.addCall("10.3.0." + i + ":1", 1, 1, Registrar.NO_KEY);
      hashes.add(chain.send(registry.admin(), registry.contract(), data));
      if (i % 60 == 59) chain.mine(1);
    }
    chain.mine(1);
    chain.call("evm_setAutomine", true);
    chain.receipt(hashes.getLast());
  }

  @Test
  void aNodeThatTakesNoHashesIsAskedByNumber() throws Exception {
    HttpEndpoint.Lying node = new HttpEndpoint.Lying("old", SourceFixture.endpoint("old", chain));
    List<String> byHash = new ArrayList<>();
    node.lies(
        (_, params) -> {
          if (!params.contains("blockHash\":\"0x")) return null;
          synchronized (byHash) {
            byHash.add(params);
          }
          return java.util.concurrent.CompletableFuture.failedStage(
              new ChainException(ChainException.Kind.REFUSED, "invalid argument 1", -32_602));
        });
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(1, 0), List.of(node))) {
      assertThat(fixture.statuses()).containsOnlyKeys(P1, P2);
      int asked = byHash.size();
      registry.add(P3, 1);
      chain.mine(1);
      assertThat(fixture.statuses()).containsOnlyKeys(P1, P2, P3);
      assertThat(byHash).hasSize(asked);
    }
  }

  @Test
  void aChainThatStandsStillIsStale() throws Exception {
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(1, 0))) {
      fixture.read();
      fixture.later.set(Duration.ofMinutes(6));
      assertThatThrownBy(fixture::read)
          .asInstanceOf(InstanceOfAssertFactories.type(SourceException.class))
          .extracting(SourceException::reason)
          .isEqualTo(SourceException.Reason.STALE);
      chain.call("evm_setNextBlockTimestamp", chain(Duration.ofMinutes(6)));
      chain.mine(1);
      assertThat(fixture.statuses()).containsOnlyKeys(P1, P2);
    }
  }

  private static long chain(Duration later) {
    return io.fairlead.core.time.Clock.system().wall().plus(later).getEpochSecond();
  }

  @Test
  void noContractIsAFailureAndNotAnEmptyList() throws Exception {
    chain.call("anvil_setCode", registry.contract(), "0x");
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(0, 0))) {
      assertThatThrownBy(fixture::read)
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("no contract");
    }
  }

  @Test
  void anotherContractIsRefused() throws Exception {
    // Code that answers every call with one word: 1 for a yes is not enough to be believed.
    chain.call("anvil_setCode", registry.contract(), "0x600060005260206000f3");
    try (SourceFixture fixture = SourceFixture.over(chain, registry, Setup.of(0, 0))) {
      assertThatThrownBy(fixture::read)
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("no ProxyRegistry");
    }
  }

  @Test
  void aContractOfYourOwnIsReadByItsGetter() throws Exception {
    CustomAbi abi =
        new CustomAbi("getEndpoints()", "string[]", Map.of(), List.of("ProxyAdded(string)"));
    // getEndpoints(uint32) of the reference contract, seen as somebody's own list of tuples.
    HttpEndpoint.Lying node =
        new HttpEndpoint.Lying("local", SourceFixture.endpoint("local", chain));
    String own = abi.function().call();
    byte[] answer = registry.ask(registry.admin(), RegistryAbi.GET_ENDPOINTS, BigInteger.ONE);
    node.lies(
        HttpEndpoint.Lying.to("eth_call", own, "\"0x" + HexFormat.of().formatHex(answer) + "\""));
    try (SourceFixture fixture =
        new SourceFixture(registry, Setup.of(1, 0).read(abi), List.of(node))) {
      assertThat(fixture.statuses()).containsOnlyKeys(P1, P2);
      assertThat(String.valueOf(fixture.source.details().get("notes"))).contains("no revision");
    }
  }

  @Test
  void aListOfTuplesIsMapped() throws Exception {
    CustomAbi abi =
        new CustomAbi(
            "getProxies()",
            "(bytes32 id,address operator,uint32 roles,uint8 status,uint16 weight,"
                + "uint64 validUntil,uint64 updatedBlock,string endpoint,bytes publicKey,"
                + "string group)[]",
            Map.of(
                "id",
                "id",
                "endpoint",
                "endpoint",
                "status",
                "status",
                "roles",
                "roles",
                "weight",
                "weight",
                "operator",
                "operator"),
            List.of());
    HttpEndpoint.Lying node =
        new HttpEndpoint.Lying("local", SourceFixture.endpoint("local", chain));
    registry.setStatus(P2, 2);
    byte[] page =
        registry.ask(
            registry.admin(), RegistryAbi.GET_PROXIES, BigInteger.ZERO, BigInteger.valueOf(9));
    // A page is (list, total, revision): the list alone has its offset at another place.
    byte[] list = new byte[page.length - 64];
    System.arraycopy(page, 96, list, 32, page.length - 96);
    list[31] = 32;
    node.lies(
        HttpEndpoint.Lying.to(
            "eth_call", abi.function().call(), "\"0x" + HexFormat.of().formatHex(list) + "\""));
    try (SourceFixture fixture =
        new SourceFixture(registry, Setup.of(0, 0).read(abi), List.of(node))) {
      assertThat(fixture.statuses())
          .containsOnly(Map.entry(P1, "active"), Map.entry(P2, "draining"));
      assertThat(entry(fixture.read(), P1).operator()).contains(registry.admin());
    }
  }
}
