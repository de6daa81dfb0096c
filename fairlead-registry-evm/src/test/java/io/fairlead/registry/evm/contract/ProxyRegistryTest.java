package io.fairlead.registry.evm.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.registry.evm.Registrar;
import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.testkit.DevChain;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The contract on a real node: who may do what, with which error, and what it counts. */
class ProxyRegistryTest {
  private static final Signature GRANT_ROLE = Signature.of("grantRole(bytes32,address)");
  private static final Signature REVOKE_ROLE = Signature.of("revokeRole(bytes32,address)");
  private static final Signature RENOUNCE_ROLE = Signature.of("renounceRole(bytes32,address)");
  private static final Signature HAS_ROLE = Signature.of("hasRole(bytes32,address)");
  private static final byte[] ADMIN = new byte[32];
  private static final byte[] REGISTRAR =
      HexFormat.of().parseHex("edcc084d3dcd65a1f7f23c65c46722faca6953d28e43150a467cf43e5c309238");
  private static final byte[] GUARDIAN =
      HexFormat.of().parseHex("55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041");
  private static final String ENTRY = "10.0.0.1:8500";

  private static DevChain chain;
  private Registrar registry;
  private Map<String, String> accounts;

  @BeforeAll
  static void startNode() throws Exception {
    chain = DevChain.start();
  }

  @AfterAll
  static void stopNode() {
    if (chain != null) chain.close();
  }

  @BeforeEach
  void deploy() throws Exception {
    registry = Registrar.deploy(chain);
    accounts = new LinkedHashMap<>();
    accounts.put("admin", chain.account(1));
    accounts.put("registrar", chain.account(2));
    accounts.put("guardian", chain.account(3));
    accounts.put("operator", chain.account(4));
    accounts.put("stranger", chain.account(5));
    registry.send(GRANT_ROLE.call(ADMIN, bytes(account("admin"))));
    registry.send(GRANT_ROLE.call(REGISTRAR, bytes(account("registrar"))));
    registry.send(GRANT_ROLE.call(GUARDIAN, bytes(account("guardian"))));
  }

  private String account(String who) {
    return java.util.Objects.requireNonNull(accounts.get(who), who);
  }

  private static byte[] bytes(String account) {
    return HexFormat.of().parseHex(account.substring(2));
  }

  private static BigInteger number(long number) {
    return BigInteger.valueOf(number);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String addCall(String endpoint, int roles) {
    return RegistryAbi.ADD.call(
        Registrar.id(endpoint),
        bytes(account("operator")),
        number(roles),
        number(7),
        number(0),
        text(endpoint),
        new byte[0],
        text("eu"));
  }

  private static String updateCall(int roles, String endpoint, byte[] key, String group) {
    return RegistryAbi.UPDATE.call(
        Registrar.id(ENTRY), number(roles), number(9), number(0), text(endpoint), key, text(group));
  }

  private static String statusCall(int status) {
    return RegistryAbi.SET_STATUS.call(Registrar.id(ENTRY), number(status));
  }

  private void refused(String who, String data, String error, Object... arguments) {
    Signature signature = Signature.of(error);
    String expected = signature.call(arguments).substring(2);
    assertThatThrownBy(() -> call(account(who), data))
        .as("%s: %s", who, error)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(expected);
  }

  /** A call instead of a transaction: the node then says with which error it ended. */
  private void call(String from, String data) throws IOException, InterruptedException {
    chain.call("eth_call", Map.of("from", from, "to", registry.contract(), "data", data), "latest");
  }

  @ParameterizedTest
  @CsvSource({
    "admin,     no,  no,  no,  no,  no,  no,  no",
    "registrar, yes, yes, yes, yes, yes, yes, yes",
    "guardian,  no,  no,  no,  no,  yes, yes, no",
    "operator,  no,  no,  yes, yes, no,  no,  yes",
    "stranger,  no,  no,  no,  no,  no,  no,  no"
  })
  void everyRoleMayDoWhatItMay(
      String who,
      String add,
      String updateRoles,
      String updateEndpoint,
      String drain,
      String revoke,
      String revokeBatch,
      String remove)
      throws Exception {
    registry.sendAs(account("registrar"), addCall(ENTRY, 1));
    byte[] sender = bytes(account(who));
    expect(add, who, addCall("10.0.0.2:8500", 1), REGISTRAR, sender);
    expect(updateRoles, who, updateCall(3, ENTRY, new byte[0], ""), REGISTRAR, sender);
    expect(updateEndpoint, who, updateCall(1, "10.9.9.9:1", new byte[0], ""), REGISTRAR, sender);
    expect(drain, who, statusCall(2), REGISTRAR, sender);
    expect(revoke, who, statusCall(3), GUARDIAN, sender);
    expect(
        revokeBatch,
        who,
        RegistryAbi.REVOKE_BATCH.call(List.of(Registrar.id(ENTRY))),
        GUARDIAN,
        sender);
    expect(remove, who, RegistryAbi.REMOVE.call((Object) Registrar.id(ENTRY)), REGISTRAR, sender);
    everybodyMayLook(who);
    everybodyGivesUpHisOwn(who, sender);
    for (byte[] role : List.of(ADMIN, REGISTRAR, GUARDIAN)) {
      String allowed = who.equals("admin") ? "yes" : "no";
      expect(allowed, who, GRANT_ROLE.call(role, sender), ADMIN, sender);
      expect(allowed, who, REVOKE_ROLE.call(role, bytes(account("stranger"))), ADMIN, sender);
    }
  }

  /** Each of the functions that only tell. */
  private void everybodyMayLook(String who) throws Exception {
    String as = account(who);
    assertThat(RegistryAbi.revision(registry.ask(as, RegistryAbi.REVISION))).isEqualTo(number(1));
    ProxyRow entry = RegistryAbi.page(page(as)).rows().getFirst();
    assertThat(RegistryAbi.page(page(as)).total()).isEqualTo(number(1));
    assertThat(RegistryAbi.digest(registry.ask(as, RegistryAbi.DIGEST)))
        .isEqualTo(RegistryAbi.digestOf(List.of(entry)));
    assertThat(new BigInteger(1, registry.ask(as, RegistryAbi.COUNT))).isEqualTo(number(1));
    String known = HexFormat.of().formatHex(Registrar.id(ENTRY));
    assertThat(
            HexFormat.of().formatHex(registry.ask(as, RegistryAbi.GET_PROXY, Registrar.id(ENTRY))))
        .contains(known, HexFormat.of().formatHex(text(ENTRY)));
    assertThat(HexFormat.of().formatHex(registry.ask(as, RegistryAbi.GET_ENDPOINTS, number(1))))
        .contains(HexFormat.of().formatHex(text(ENTRY)));
    assertThat(registry.ask(as, RegistryAbi.GET_ENDPOINTS, number(2))).hasSize(64); // none
    byte[] registrar = bytes(account("registrar"));
    assertThat(RegistryAbi.supported(registry.ask(as, HAS_ROLE, REGISTRAR, registrar))).isTrue();
    assertThat(RegistryAbi.supported(registry.ask(as, HAS_ROLE, GUARDIAN, registrar))).isFalse();
    byte[] itself = HexFormat.of().parseHex(RegistryAbi.INTERFACE_ID);
    assertThat(
            RegistryAbi.supported(
                registry.ask(as, RegistryAbi.SUPPORTS_INTERFACE, (Object) itself)))
        .isTrue();
  }

  private byte[] page(String as) throws Exception {
    return registry.ask(as, RegistryAbi.GET_PROXIES, number(0), number(10));
  }

  /** One's own roles may be given up, whether one has them or not; nobody else's. */
  private void everybodyGivesUpHisOwn(String who, byte[] own) throws Exception {
    byte[] other = bytes(account(who.equals("guardian") ? "registrar" : "guardian"));
    for (byte[] role : List.of(ADMIN, REGISTRAR, GUARDIAN)) {
      call(account(who), RENOUNCE_ROLE.call(role, own));
      refused(who, RENOUNCE_ROLE.call(role, other), "Unauthorized(address,bytes32)", own, role);
    }
  }

  private void expect(String allowed, String who, String data, byte[] role, byte[] sender)
      throws Exception {
    if (allowed.equals("yes")) {
      call(account(who), data);
    } else {
      refused(who, data, "Unauthorized(address,bytes32)", sender, role);
    }
  }

  @Test
  void anOperatorMayNotTouchWhatIsRevoked() throws Exception {
    registry.sendAs(account("registrar"), addCall(ENTRY, 1));
    registry.sendAs(account("guardian"), statusCall(3));
    byte[] operator = bytes(account("operator"));
    for (String data :
        List.of(
            statusCall(1), statusCall(2), RegistryAbi.REMOVE.call((Object) Registrar.id(ENTRY)))) {
      refused("operator", data, "Unauthorized(address,bytes32)", operator, REGISTRAR);
    }
    refused("operator", updateCall(1, ENTRY, new byte[0], ""), "InvalidStatus(uint8)", number(3));
    refused("registrar", updateCall(1, ENTRY, new byte[0], ""), "InvalidStatus(uint8)", number(3));
    for (int back : new int[] {1, 2})
      refused(
          "guardian",
          statusCall(back),
          "Unauthorized(address,bytes32)",
          bytes(account("guardian")),
          REGISTRAR);
    call(account("registrar"), statusCall(1)); // a registrar takes it back
    call(account("registrar"), RegistryAbi.REMOVE.call((Object) Registrar.id(ENTRY)));
  }

  @Test
  void anOperatorComesBackFromDraining() throws Exception {
    registry.sendAs(account("registrar"), addCall(ENTRY, 1));
    registry.sendAs(account("operator"), statusCall(2));
    registry.sendAs(account("operator"), statusCall(1));
    refused("operator", statusCall(1), "InvalidStatus(uint8)", number(1));
    assertThat(revision()).isEqualTo(3);
  }

  @Test
  void badValuesAreRefusedWithTheirError() throws Exception {
    registry.sendAs(account("registrar"), addCall(ENTRY, 1));
    byte[] known = Registrar.id(ENTRY);
    byte[] unknown = Registrar.id("10.0.0.9:1");
    refused("registrar", addCall(ENTRY, 1), "AlreadyExists(bytes32)", known);
    refused(
        "registrar",
        RegistryAbi.ADD.call(
            new byte[32],
            bytes(account("operator")),
            number(1),
            number(1),
            number(0),
            text("a:1"),
            new byte[0],
            text("")),
        "AlreadyExists(bytes32)",
        new byte[32]);
    refused("registrar", addCall("10.0.0.2:1", 0), "InvalidRoles(uint32)", number(0));
    refused("registrar", addCall("10.0.0.2:1", 128), "InvalidRoles(uint32)", number(128));
    refused("registrar", updateCall(1, "", new byte[0], ""), "InvalidEndpoint()");
    refused("registrar", updateCall(1, "x".repeat(256), new byte[0], ""), "InvalidEndpoint()");
    call(account("registrar"), updateCall(1, "x".repeat(255), new byte[128], "g".repeat(64)));
    refused("registrar", updateCall(1, "a:1", new byte[129], ""), "FieldTooLong()");
    refused("registrar", updateCall(1, "a:1", new byte[0], "g".repeat(65)), "FieldTooLong()");
    refused("registrar", statusCall(0), "InvalidStatus(uint8)", number(0));
    refused("registrar", statusCall(4), "InvalidStatus(uint8)", number(4));
    refused("registrar", statusCall(1), "InvalidStatus(uint8)", number(1));
    refused(
        "registrar",
        RegistryAbi.SET_STATUS.call(unknown, number(2)),
        "UnknownProxy(bytes32)",
        unknown);
    refused(
        "stranger", RegistryAbi.GET_PROXY.call((Object) unknown), "UnknownProxy(bytes32)", unknown);
    refused(
        "registrar", RegistryAbi.REMOVE.call((Object) unknown), "UnknownProxy(bytes32)", unknown);
    refused(
        "guardian",
        RegistryAbi.REVOKE_BATCH.call(List.of(known, unknown)),
        "UnknownProxy(bytes32)",
        unknown);
    assertThat(revision()).as("nothing of it").isEqualTo(1);
    for (long limit : new long[] {0, 501}) {
      refused(
          "stranger",
          RegistryAbi.GET_PROXIES.call(number(0), number(limit)),
          "PageTooLarge(uint256)",
          number(limit));
    }
  }

  @Test
  void theLastAdminStays() throws Exception {
    byte[] first = bytes(registry.admin());
    registry.sendAs(account("admin"), REVOKE_ROLE.call(ADMIN, first));
    assertThat(RegistryAbi.supported(registry.ask(account("stranger"), HAS_ROLE, ADMIN, first)))
        .isFalse();
    byte[] last = bytes(account("admin"));
    refused("admin", REVOKE_ROLE.call(ADMIN, last), "LastAdmin()");
    refused("admin", RENOUNCE_ROLE.call(ADMIN, last), "LastAdmin()");
    refused(
        "stranger",
        RENOUNCE_ROLE.call(REGISTRAR, bytes(account("registrar"))),
        "Unauthorized(address,bytes32)",
        bytes(account("stranger")),
        REGISTRAR);
    registry.sendAs(
        account("registrar"), RENOUNCE_ROLE.call(REGISTRAR, bytes(account("registrar"))));
    refused(
        "registrar",
        addCall(ENTRY, 1),
        "Unauthorized(address,bytes32)",
        bytes(account("registrar")),
        REGISTRAR);
  }

  @Test
  void eventsNameTheEntryAndItsRevision() throws Exception {
    String id = "0x" + HexFormat.of().formatHex(Registrar.id(ENTRY));
    JsonNode added = registry.sendAs(account("registrar"), addCall(ENTRY, 5)).path("logs").get(0);
    assertThat(added.path("topics").get(0).asString("")).isEqualTo(RegistryAbi.PROXY_ADDED.topic());
    assertThat(added.path("topics").get(1).asString("")).isEqualTo(id);
    assertThat(added.path("topics").get(2).asString("")).endsWith(account("operator").substring(2));
    JsonNode revoked = registry.sendAs(account("guardian"), statusCall(3)).path("logs").get(0);
    assertThat(revoked.path("topics").get(0).asString(""))
        .isEqualTo(RegistryAbi.PROXY_STATUS_CHANGED.topic());
    assertThat(revoked.path("data").asString("")).isEqualTo("0x" + word(1) + word(3) + word(2));
  }

  private static String word(long value) {
    return String.format("%064x", value);
  }

  @Test
  void revokingABatchCountsWhatItChanges() throws Exception {
    List<byte[]> ids = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      registry.sendAs(account("registrar"), addCall("10.0.0." + i + ":1", 1));
      ids.add(Registrar.id("10.0.0." + i + ":1"));
    }
    registry.sendAs(account("guardian"), RegistryAbi.SET_STATUS.call(ids.getFirst(), number(3)));
    assertThat(revision()).isEqualTo(5);
    JsonNode receipt = registry.sendAs(account("guardian"), RegistryAbi.REVOKE_BATCH.call(ids));
    assertThat(receipt.path("logs").size()).isEqualTo(3);
    assertThat(revision()).isEqualTo(8);
    assertThat(registry.ask(account("stranger"), RegistryAbi.GET_ENDPOINTS, number(127)))
        .hasSize(64); // an offset and a length of zero
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 20261122})
  void theDigestIsTheSumOfItsEntriesAfterAnyOperations(long given) throws Exception {
    long seed = Long.getLong("fairlead.seed", given);
    Random random = new Random(seed);
    List<String> stored = new ArrayList<>();
    Map<String, Integer> statuses = new LinkedHashMap<>();
    long changes = 0;
    for (int i = 0; i < 60; i++) {
      int choice = random.nextInt(12);
      long changed = 1;
      if (choice < 5 || stored.isEmpty()) {
        String endpoint = "10.1.0." + i + ":8500";
        stored.add(endpoint);
        registry.sendAs(account("registrar"), addCall(endpoint, 1 + random.nextInt(127)));
      } else if (choice < 7) {
        String gone = stored.remove(random.nextInt(stored.size()));
        statuses.remove(gone);
        registry.sendAs(account("registrar"), RegistryAbi.REMOVE.call((Object) Registrar.id(gone)));
      } else if (choice < 9) {
        String endpoint = stored.get(random.nextInt(stored.size()));
        int next = 1 + (statuses.getOrDefault(endpoint, 1) + random.nextInt(2)) % 3;
        statuses.put(endpoint, next);
        registry.sendAs(
            account("registrar"),
            RegistryAbi.SET_STATUS.call(Registrar.id(endpoint), number(next)));
      } else if (choice < 10) {
        List<String> some = stored.stream().filter(_ -> random.nextInt(4) == 0).toList();
        changed = some.stream().filter(each -> statuses.getOrDefault(each, 1) != 3).count();
        for (String each : some) statuses.put(each, 3);
        registry.sendAs(
            account("guardian"),
            RegistryAbi.REVOKE_BATCH.call(some.stream().map(Registrar::id).toList()));
      } else {
        String endpoint = stored.get(random.nextInt(stored.size()));
        if (statuses.getOrDefault(endpoint, 1) == 3) continue; // it is not to be written any more
        registry.sendAs(
            account("registrar"),
            RegistryAbi.UPDATE.call(
                Registrar.id(endpoint),
                number(64),
                number(random.nextInt(65_536)),
                number(random.nextInt() & 0x7FFFFFFF),
                text("host-" + random.nextInt(1000) + ".example:1"),
                new byte[random.nextInt(129)],
                text("g".repeat(random.nextInt(65)))));
      }
      changes += changed;
      if (i % 6 != 5) continue;
      List<ProxyRow> rows = pages(1 + random.nextInt(7));
      assertThat(rows).as("seed %d step %d", seed, i).hasSameSizeAs(stored);
      assertThat(RegistryAbi.digestOf(rows))
          .as("seed %d step %d", seed, i)
          .isEqualTo(RegistryAbi.digest(registry.ask(account("stranger"), RegistryAbi.DIGEST)));
      assertThat(revision()).isEqualTo(changes);
    }
    Collections.shuffle(stored, random);
    for (String endpoint : stored) {
      registry.sendAs(
          account("registrar"), RegistryAbi.REMOVE.call((Object) Registrar.id(endpoint)));
    }
    assertThat(RegistryAbi.digest(registry.ask(account("stranger"), RegistryAbi.DIGEST)))
        .isEqualTo("0x" + "0".repeat(64));
  }

  private long revision() throws Exception {
    return RegistryAbi.revision(registry.ask(account("stranger"), RegistryAbi.REVISION))
        .longValue();
  }

  private List<ProxyRow> pages(long limit) throws Exception {
    List<ProxyRow> rows = new ArrayList<>();
    while (true) {
      RegistryAbi.Page page =
          RegistryAbi.page(
              registry.ask(
                  account("stranger"),
                  RegistryAbi.GET_PROXIES,
                  number(rows.size()),
                  number(limit)));
      rows.addAll(page.rows());
      if (page.rows().isEmpty() || rows.size() == page.total().intValue()) return rows;
    }
  }

  @Test
  void pagesGoUpTo500AndAreEmptyBeyondTheEnd() throws Exception {
    int count = 501;
    chain.call("evm_setAutomine", false);
    for (int i = 0; i < count; i++) {
      String data = addCall("10.2.%d.%d:1".formatted(i / 250, i % 250), 1);
      chain.send(account("registrar"), registry.contract(), data);
    }
    chain.mine(1);
    chain.call("evm_setAutomine", true);
    for (long limit : new long[] {1, 500}) {
      RegistryAbi.Page page =
          RegistryAbi.page(
              registry.ask(account("stranger"), RegistryAbi.GET_PROXIES, number(0), number(limit)));
      assertThat(page.rows()).hasSize((int) limit);
      assertThat(page.total()).isEqualTo(number(count));
    }
    List<ProxyRow> all = pages(500);
    assertThat(all).hasSize(count);
    assertThat(RegistryAbi.digestOf(all))
        .isEqualTo(RegistryAbi.digest(registry.ask(account("stranger"), RegistryAbi.DIGEST)));
    refused(
        "stranger",
        RegistryAbi.GET_PROXIES.call(number(0), number(count)),
        "PageTooLarge(uint256)",
        number(count));
    RegistryAbi.Page beyond =
        RegistryAbi.page(
            registry.ask(account("stranger"), RegistryAbi.GET_PROXIES, number(count), number(10)));
    assertThat(beyond.rows()).isEmpty();
    // The last takes the place of the removed one.
    registry.sendAs(
        account("registrar"), RegistryAbi.REMOVE.call((Object) Registrar.id("10.2.0.0:1")));
    assertThat(pages(500).getFirst().id())
        .isEqualTo("0x" + HexFormat.of().formatHex(Registrar.id("10.2.2.0:1")));
  }

  @Test
  void itSaysWhatItIs() throws Exception {
    for (String id : List.of(RegistryAbi.INTERFACE_ID, "01ffc9a7")) {
      assertThat(
              RegistryAbi.supported(
                  registry.ask(
                      account("stranger"),
                      RegistryAbi.SUPPORTS_INTERFACE,
                      (Object) HexFormat.of().parseHex(id))))
          .isTrue();
    }
    assertThat(
            RegistryAbi.supported(
                registry.ask(
                    account("stranger"),
                    RegistryAbi.SUPPORTS_INTERFACE,
                    (Object) HexFormat.of().parseHex("ffffffff"))))
        .isFalse();
  }
}
