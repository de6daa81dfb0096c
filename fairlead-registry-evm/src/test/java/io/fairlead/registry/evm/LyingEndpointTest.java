package io.fairlead.registry.evm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.HttpEndpoint.Lying;
import io.fairlead.registry.evm.SourceFixture.Setup;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.AbiWriter;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceException.Reason;
import io.fairlead.testkit.DevChain;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** An endpoint says what is not so: it is named, and what was good before stays. */
class LyingEndpointTest {
  private static final String P1 = "10.0.0.1:8500";
  private static final String P2 = "10.0.0.2:8500";
  private static final BigInteger PAGE = BigInteger.valueOf(10);

  private static DevChain chain;
  private static Registrar registry;
  private Lying one;
  private Lying two;
  private Lying three;

  @BeforeAll
  static void start() throws Exception {
    chain = DevChain.start("--hardfork", "paris");
    registry = Registrar.deploy(chain);
    registry.add(P1, 1);
    registry.add(P2, 1);
    for (int i = 10; i < 30; i++) registry.add("10.0.0." + i + ":8500", 1);
    chain.mine(5);
  }

  @AfterAll
  static void stop() {
    if (chain != null) chain.close();
  }

  @BeforeEach
  void endpoints() {
    one = new Lying("one", SourceFixture.endpoint("one", chain));
    two = new Lying("two", SourceFixture.endpoint("two", chain));
    three = new Lying("three", SourceFixture.endpoint("three", chain));
  }

  private SourceFixture quorum(int quorum) {
    return new SourceFixture(registry, Setup.of(3, 0).quorum(quorum), List.of(one, two, three));
  }

  private static String word(long number) {
    return String.format("\"0x%064x\"", number);
  }

  private static String data(byte[] bytes) {
    return "\"0x" + HexFormat.of().formatHex(bytes) + "\"";
  }

  /** What a liar says. */
  enum Lie {
    OTHER_DIGEST,
    OTHER_REVISION,
    EMPTY,
    NOTHING,
    OLD_HEAD,
    FUTURE_HEAD,
    FORK,
    WRONG_CHAIN,
    GARBAGE,
    ERROR,
    SILENT;

    Lying.Lie told() throws Exception {
      return switch (this) {
        case OTHER_DIGEST -> Lying.to("eth_call", RegistryAbi.DIGEST.call(), word(99));
        case OTHER_REVISION -> Lying.to("eth_call", RegistryAbi.REVISION.call(), word(99));
        case EMPTY -> empty(1_000);
        case NOTHING -> Lying.to("eth_call", "", "\"0x\"");
        case OLD_HEAD -> head(-20);
        case FUTURE_HEAD -> head(1_000);
        case FORK -> fork();
        case WRONG_CHAIN -> Lying.to("eth_chainId", "", "\"0x1\"");
        case GARBAGE -> Lying.to("eth_getBlockByNumber", "", "[1,2]");
        case ERROR ->
            (_, _) ->
                CompletableFuture.failedStage(
                    new ChainException(ChainException.Kind.REFUSED, "go away", -32_000));
        case SILENT -> (_, _) -> new CompletableFuture<>();
      };
    }

    /** How the liar is named. */
    String named() {
      return switch (this) {
        case OTHER_DIGEST, OTHER_REVISION, EMPTY, FORK -> "disagrees";
        case OLD_HEAD -> "behind";
        case FUTURE_HEAD -> "ok"; // it leads nobody, and says the same of the common block
        case NOTHING, WRONG_CHAIN, GARBAGE, ERROR, SILENT -> "failed";
      };
    }
  }

  /** A consistent empty registry at another revision. */
  private static Lying.Lie empty(long revision) throws Exception {
    Lying.Lie rev = Lying.to("eth_call", RegistryAbi.REVISION.call(), word(revision));
    Lying.Lie digest = Lying.to("eth_call", RegistryAbi.DIGEST.call(), word(0));
    Lying.Lie count = Lying.to("eth_call", RegistryAbi.COUNT.call(), word(0));
    return (method, params) -> {
      for (Lying.Lie each : List.of(rev, digest, count)) {
        var answer = each.answer(method, params);
        if (answer != null) return answer;
      }
      return null;
    };
  }

  private static Lying.Lie head(long offset) throws Exception {
    long number = chain.head() + offset;
    return Lying.to(
        "eth_getBlockByNumber",
        "latest",
        block(number, "0x" + "77".repeat(32), "0x" + "78".repeat(32)));
  }

  private static Lying.Lie fork() throws Exception {
    long head = chain.head();
    return (method, params) ->
        method.equals("eth_getBlockByNumber")
            ? CompletableFuture.completedStage(
                tools.jackson.databind.json.JsonMapper.builder()
                    .build()
                    .readTree(
                        block(
                            params.contains("latest")
                                ? head
                                : Long.decode(params.substring(2, params.indexOf('"', 2))),
                            "0x" + "66".repeat(32),
                            "0x" + "65".repeat(32))))
            : params.contains(",{\"blockHash") ? byNumber(method, params) : null;
  }

  /** It answers for hashes of its own fork as well. */
  private static CompletableFuture<tools.jackson.databind.JsonNode> byNumber(
      String method, String params) {
    String to = params.substring(0, params.indexOf(",{\"blockHash")) + ",\"latest\"]";
    return SourceFixture.endpoint("fork", chain)
        .call(method, to, Duration.ofSeconds(5))
        .toCompletableFuture();
  }

  private static String block(long number, String hash, String parent) {
    return "{\"number\":\"0x%x\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"timestamp\":\"0x%x\"}"
        .formatted(number, hash, parent, Clock.system().wall().getEpochSecond());
  }

  @ParameterizedTest
  @EnumSource(Lie.class)
  void scenarioD2TheHonestTwoWinAndTheLiarIsNamed(Lie lie) throws Exception {
    try (SourceFixture fixture = quorum(2)) {
      two.lies(lie.told());
      assertThat(fixture.statuses()).hasSize(22).containsEntry(P1, "active");
      assertThat(endpoint(fixture, "one")).containsEntry("state", "ok");
      assertThat(endpoint(fixture, "three")).containsEntry("state", "ok");
      assertThat(endpoint(fixture, "two")).containsEntry("state", lie.named());
      if (lie.named().equals("disagrees")) {
        assertThat(
                fixture
                    .meters
                    .get("fairlead.registry.endpoint.disagree")
                    .tag("endpoint", "two")
                    .counter()
                    .count())
            .isEqualTo(1);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> endpoint(SourceFixture fixture, String alias) {
    List<Map<String, Object>> endpoints =
        (List<Map<String, Object>>) fixture.source.details().getOrDefault("endpoints", List.of());
    return endpoints.stream()
        .filter(each -> alias.equals(each.get("endpoint")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void scenarioD2WithoutTwoThatAgreeNothingIsReadAndEachAnswerIsTold() throws Exception {
    try (SourceFixture fixture = quorum(2)) {
      one.lies(Lie.OTHER_DIGEST.told());
      two.lies(Lie.OTHER_REVISION.told());
      assertThatThrownBy(fixture::read)
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("one: block")
          .hasMessageContaining("two: block")
          .hasMessageContaining("three: block")
          .extracting(failure -> ((SourceException) failure).reason())
          .isEqualTo(Reason.DISAGREE);
      one.lies((_, _) -> null);
      assertThat(fixture.statuses()).hasSize(22);
    }
  }

  @Test
  void withAQuorumOfOneTheNextEndpointIsAskedWhenTheFirstFails() throws Exception {
    for (Lie lie : List.of(Lie.ERROR, Lie.NOTHING, Lie.WRONG_CHAIN, Lie.SILENT, Lie.GARBAGE)) {
      try (SourceFixture fixture = quorum(1)) {
        one.lies(lie.told());
        assertThat(fixture.statuses()).as(lie.name()).hasSize(22);
        assertThat(endpoint(fixture, "one")).containsEntry("state", "failed");
        assertThat(endpoint(fixture, "two")).containsEntry("state", "ok");
      }
    }
  }

  @Test
  void anotherChainIsNeverRead() throws Exception {
    one.lies(Lie.WRONG_CHAIN.told());
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(3, 0), List.of(one))) {
      assertThatThrownBy(fixture::read)
          .hasMessageContaining("it is chain 1")
          .extracting(failure -> ((SourceException) failure).reason())
          .isEqualTo(Reason.WRONG_CHAIN);
    }
  }

  @Test
  void scenarioD3AListThatLacksAPageIsNoList() throws Exception {
    try (SourceFixture fixture =
        new SourceFixture(registry, Setup.of(3, 0).pages(10), List.of(one))) {
      String second = RegistryAbi.GET_PROXIES.call(PAGE, PAGE);
      one.lies(Lying.to("eth_call", second, data(page(List.of(), 22, revision()))));
      assertThatThrownBy(fixture::read).hasMessageContaining("12 entries came, 22 are stored");
      one.lies(Lying.to("eth_call", second, data(page(List.of(), 22, revision() + 1))));
      assertThatThrownBy(fixture::read).hasMessageContaining("a page of revision");
      String first = RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, PAGE);
      byte[] twice = registry.ask(registry.admin(), RegistryAbi.GET_PROXIES, BigInteger.ZERO, PAGE);
      one.lies(Lying.to("eth_call", second, data(twice)));
      assertThatThrownBy(fixture::read).hasMessageContaining("came twice");
      twice[twice.length - 40] ^= 1;
      one.lies(Lying.to("eth_call", first, data(twice)));
      assertThatThrownBy(fixture::read).isInstanceOf(SourceException.class);
      one.lies(Lying.to("eth_call", first, "\"0x1234\""));
      assertThatThrownBy(fixture::read).hasMessageContaining("whole number of words");
      one.lies((_, _) -> null);
      assertThat(fixture.statuses()).hasSize(22);
    }
  }

  /** Words of the first page's answer that lead somewhere, and where they are made to lead. */
  @ParameterizedTest
  @CsvSource({
    "0, 8000000000000000000000000000000000000000000000000000000000000000",
    "0, 7fffffff",
    "0, ffffffe0",
    "0, 0",
    "3, ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "3, 7fffffff",
    "3, 10000000",
    "4, ffffffffffffffff",
    "4, 7fffffe0",
    "5, 0"
  })
  void offsetsAndLengthsBeyondTheAnswerAreNoList(int word, String value) throws Exception {
    try (SourceFixture fixture =
        new SourceFixture(registry, Setup.of(3, 0).pages(10), List.of(one))) {
      byte[] answer =
          registry.ask(registry.admin(), RegistryAbi.GET_PROXIES, BigInteger.ZERO, PAGE);
      byte[] number = HexFormat.of().parseHex("0".repeat(64 - value.length()) + value);
      System.arraycopy(number, 0, answer, 32 * word, 32);
      String first = RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, PAGE);
      one.lies(Lying.to("eth_call", first, data(answer)));
      assertThatThrownBy(fixture::read).isInstanceOf(SourceException.class);
      one.lies((_, _) -> null);
      assertThat(fixture.statuses()).hasSize(22);
    }
  }

  private static long revision() throws Exception {
    return RegistryAbi.revision(registry.ask(registry.admin(), RegistryAbi.REVISION)).longValue();
  }

  private static byte[] page(List<Object> rows, long total, long revision) {
    AbiType.Tuple type =
        AbiType.tuple(
            "((bytes32,address,uint32,uint8,uint16,uint64,uint64,string,bytes,string)[],uint256,"
                + "uint64)");
    return AbiWriter.write(
        type, List.of(rows, BigInteger.valueOf(total), BigInteger.valueOf(revision)));
  }

  @Test
  void scenarioD3WhatChangesMoreThanItCountsIsImplausible() throws Exception {
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(0, 0), List.of(one))) {
      fixture.read();
      one.lies(empty(revision() + 21)); // 22 entries gone, 21 changes counted
      assertThatThrownBy(fixture::read)
          .hasMessageContaining("22 entries changed, the revision grew by 21")
          .extracting(failure -> ((SourceException) failure).reason())
          .isEqualTo(Reason.IMPLAUSIBLE);
      one.lies(empty(revision() - 1));
      assertThatThrownBy(fixture::read).hasMessageContaining("revision fell");
      // Whoever has looked at it can let it in.
      String held = String.valueOf(fixture.source.details().get("held"));
      assertThat(fixture.source.approve(held)).isTrue();
      assertThat(fixture.read().entries()).isEmpty();
    }
  }

  @Test
  void aConsistentEmptyListIsAListAndLeftToTheRails() throws Exception {
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(0, 0), List.of(one))) {
      fixture.read();
      one.lies(empty(revision() + 22));
      assertThat(fixture.read().entries()).isEmpty();
    }
  }

  /** Tells the truth, each time that much later. */
  private static Lying.Lie slow(Duration delay) {
    ChainEndpoint honest = SourceFixture.endpoint("slow", chain);
    Executor later = CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS);
    return (method, params) ->
        CompletableFuture.runAsync(() -> {}, later)
            .thenCompose(_ -> honest.call(method, params, Duration.ofSeconds(5)));
  }

  @Test
  void aSlowEndpointIsReadAsLongAsItAnswersInTime() throws Exception {
    try (SourceFixture fixture = new SourceFixture(registry, Setup.of(3, 0), List.of(one))) {
      one.lies(slow(Duration.ofMillis(150)));
      assertThat(fixture.statuses()).hasSize(22);
      assertThat(endpoint(fixture, "one")).containsEntry("state", "ok");
    }
  }

  @Test
  void aSlowEndpointDoesNotHoldUpTheOthers() throws Exception {
    try (SourceFixture fixture = quorum(2)) {
      three.lies(slow(Duration.ofSeconds(60)));
      assertThat(fixture.statuses()).hasSize(22);
      assertThat(endpoint(fixture, "three")).containsEntry("state", "failed");
      one.lies(Lie.OTHER_DIGEST.told()); // now it would be needed
      assertThatThrownBy(fixture::read).isInstanceOf(SourceException.class);
      three.lies((_, _) -> null);
      assertThat(fixture.statuses()).hasSize(22);
      assertThat(endpoint(fixture, "one")).containsEntry("state", "disagrees");
    }
  }

  @Test
  void aSilentEndpointCostsItsPatienceOnce() throws Exception {
    try (SourceFixture fixture = quorum(2)) {
      three.lies(Lie.SILENT.told());
      fixture.read();
      List<Long> millis = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        long start = Clock.system().nanos();
        fixture.read();
        millis.add((Clock.system().nanos() - start) / 1_000_000);
      }
      assertThat(millis).anySatisfy(took -> assertThat(took).isLessThan(300));
    }
  }
}
