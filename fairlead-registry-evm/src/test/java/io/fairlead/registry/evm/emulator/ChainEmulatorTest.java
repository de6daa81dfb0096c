package io.fairlead.registry.evm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.testkit.DevChain;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The emulator does what the compiled contract does on a real node. */
class ChainEmulatorTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @ParameterizedTest
  @ValueSource(longs = 20_261_122)
  void itAnswersAsTheContractDoesOnARealNode(long seed) throws Exception {
    Random random = new Random(seed);
    try (DevChain node = DevChain.start()) {
      List<String> accounts = new ArrayList<>();
      for (int i = 0; i < 5; i++) accounts.add(node.account(i));
      Emulated emulated = new Emulated(new ChainEmulator(Clock.system(), accounts));
      String admin = accounts.getFirst();
      String deployment = ContractArtifact.load().deployment(admin);
      String real = node.transact(admin, "", deployment).path("contractAddress").asString("");
      String ours = emulated.transact(admin, "", deployment).path("contractAddress").asString("");
      Calls calls = new Calls(random, accounts);
      int refused = 0;
      for (int i = 0; i < 120; i++) {
        String from = accounts.get(random.nextInt(3));
        String data = calls.next();
        String expected = asked(() -> node.call("eth_call", call(from, real, data), "latest"));
        String answer = asked(() -> emulated.call("eth_call", call(from, ours, data), "latest"));
        assertThat(answer).as("seed %d, call %d: %s", seed, i, data).isEqualTo(expected);
        if (expected.startsWith("refused")) {
          refused++;
          continue;
        }
        JsonNode theirs = node.transact(from, real, data);
        JsonNode own = emulated.transact(from, ours, data);
        assertThat(told(own)).as("seed %d, call %d: %s", seed, i, data).isEqualTo(told(theirs));
      }
      assertThat(refused).as("both outcomes are tried").isBetween(20, 100);
      for (String question : calls.questions()) {
        assertThat(asked(() -> emulated.call("eth_call", call(admin, ours, question), "latest")))
            .as(question)
            .isEqualTo(asked(() -> node.call("eth_call", call(admin, real, question), "latest")));
      }
    }
  }

  @Test
  void aBlockIsReadByItsHashAndARevertTakesItBack() throws Exception {
    Emulated chain = new Emulated(new ChainEmulator(Clock.system()));
    String admin = chain.call("eth_accounts").path(0).asString("");
    String contract =
        chain
            .transact(admin, "", ContractArtifact.load().deployment(admin))
            .path("contractAddress")
            .asString("");
    JsonNode before = chain.call("eth_getBlockByNumber", "latest", false);
    String snapshot = chain.call("evm_snapshot").asString("");
    JsonNode receipt =
        chain.transact(admin, contract, new Calls(new Random(3), List.of(admin)).add());
    String now = chain.call("eth_getBlockByNumber", "latest", false).path("hash").asString("");
    assertThat(count(chain, contract, now)).isEqualTo(1);
    assertThat(count(chain, contract, before.path("hash").asString(""))).isZero();
    assertThat(
            chain.call(
                "eth_getLogs", Map.of("blockHash", now, "topics", List.of(RegistryAbi.TOPICS))))
        .hasSize(1);

    chain.call("evm_revert", snapshot);
    chain.call("anvil_mine", "0x2");
    String hash = receipt.path("transactionHash").asString("");
    assertThat(chain.call("eth_getTransactionReceipt", hash).isNull()).as("it is gone").isTrue();
    assertThat(
            asked(
                () ->
                    chain.call(
                        "eth_call", call(admin, contract, RegistryAbi.COUNT.call()), at(now))))
        .startsWith("refused");
    assertThat(chain.call("eth_blockNumber").asString("")).isEqualTo("0x3");
  }

  @Test
  void whatItDoesNotEmulateItRefuses() {
    Emulated chain = new Emulated(new ChainEmulator(Clock.system()));
    String stranger = "0x" + "11".repeat(20);
    assertThat(asked(() -> chain.call("eth_getProof", stranger))).contains("is not emulated");
    assertThat(
            asked(
                () ->
                    chain.call(
                        "eth_sendTransaction",
                        Map.of(
                            "from",
                            chain.call("eth_accounts").path(0).asString(""),
                            "data",
                            "0x60"))))
        .contains("only the contract ProxyRegistry");
    assertThat(
            asked(() -> chain.call("eth_sendTransaction", Map.of("from", stranger, "data", "0x"))))
        .contains("is no account");
    assertThat(
            asked(() -> chain.call("eth_call", call(stranger, stranger, "0x06661abd"), "latest")))
        .isEqualTo("0x");
  }

  @Test
  void itIsServedOverHttpAndSaysWhatItIs() throws Exception {
    try (EmulatorServer server = EmulatorServer.start(new ChainEmulator(Clock.system()));
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      String one = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"web3_clientVersion\",\"params\":[]}";
      assertThat(posted(client, server, one))
          .contains("\"id\":7")
          .contains("fairlead-registry-emulator");
      assertThat(posted(client, server, "[" + one + "," + one + "]"))
          .startsWith("[")
          .contains("},{");
    }
  }

  private static String posted(HttpClient client, EmulatorServer server, String body)
      throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(server.url()))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static long count(Emulated chain, String contract, String hash) throws IOException {
    String from = chain.call("eth_accounts").path(0).asString("");
    String answer =
        chain
            .call("eth_call", call(from, contract, RegistryAbi.COUNT.call()), at(hash))
            .asString("");
    return new BigInteger(answer.substring(2), 16).longValueExact();
  }

  private static Map<String, Object> at(String hash) {
    return Map.of("blockHash", hash, "requireCanonical", true);
  }

  private static Map<String, Object> call(String from, String to, String data) {
    return Map.of("from", from, "to", to, "data", data);
  }

  /** Topics, data and revision of what a transaction told. */
  private static String told(JsonNode receipt) {
    StringBuilder told = new StringBuilder();
    for (JsonNode log : receipt.path("logs")) {
      told.append(log.path("topics")).append(' ').append(log.path("data")).append('\n');
    }
    return told.toString();
  }

  @FunctionalInterface
  private interface Question {
    JsonNode ask() throws IOException, InterruptedException;
  }

  /** The answer, or {@code refused} and the data of the error. */
  private static String asked(Question question) {
    try {
      return question.ask().asString("");
    } catch (IOException refused) {
      JsonNode error = JSON.readTree(String.valueOf(refused.getMessage()));
      String data = error.path("data").asString("");
      return "refused " + (data.isEmpty() ? error.path("message").asString("") : data);
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  /** A chain emulator with the words of a node's client. */
  private record Emulated(ChainEmulator chain) {
    JsonNode call(String method, Object... params) throws IOException {
      JsonNode answer =
          chain.answer(
              JSON.valueToTree(Map.of("id", 1, "method", method, "params", List.of(params))));
      if (answer.has("error")) throw new IOException(answer.path("error").toString());
      return answer.path("result");
    }

    JsonNode transact(String from, String to, String data) throws IOException {
      Map<String, Object> transaction =
          to.isEmpty()
              ? Map.of("from", from, "data", data)
              : Map.of("from", from, "to", to, "data", data);
      String hash = call("eth_sendTransaction", transaction).asString("");
      return call("eth_getTransactionReceipt", hash);
    }
  }

  /** Calls of every changing function, good and bad ones. */
  private static final class Calls {
    private static final List<byte[]> ROLES =
        List.of(
            new byte[32],
            HexFormat.of()
                .parseHex("edcc084d3dcd65a1f7f23c65c46722faca6953d28e43150a467cf43e5c309238"),
            HexFormat.of()
                .parseHex("55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041"));

    private final Random random;
    private final List<String> accounts;

    Calls(Random random, List<String> accounts) {
      this.random = random;
      this.accounts = accounts;
    }

    private byte[] id() {
      byte[] id = new byte[32];
      id[31] = (byte) random.nextInt(6);
      return id;
    }

    private byte[] account() {
      return HexFormat.of().parseHex(accounts.get(random.nextInt(accounts.size())).substring(2));
    }

    private byte[] octets(int usual, int tooMany) {
      byte[] octets = new byte[random.nextInt(12) == 0 ? tooMany : random.nextInt(usual)];
      random.nextBytes(octets);
      return octets;
    }

    String add() {
      byte[] id = new byte[32];
      id[0] = 1;
      return RegistryAbi.ADD.call(
          id,
          account(),
          BigInteger.ONE,
          BigInteger.ONE,
          BigInteger.ZERO,
          "10.0.0.1:80".getBytes(StandardCharsets.US_ASCII),
          new byte[0],
          new byte[0]);
    }

    String next() {
      BigInteger roles = BigInteger.valueOf(random.nextInt(10) == 0 ? 128 : random.nextInt(128));
      BigInteger weight = BigInteger.valueOf(random.nextInt(65_536));
      BigInteger until = BigInteger.valueOf(random.nextInt(3) * 2_000_000_000L);
      return switch (random.nextInt(10)) {
        case 0, 1, 2 ->
            RegistryAbi.ADD.call(
                id(),
                account(),
                roles,
                weight,
                until,
                octets(40, 256),
                octets(40, 129),
                octets(8, 65));
        case 3, 4 ->
            RegistryAbi.UPDATE.call(
                id(), roles, weight, until, octets(40, 256), octets(40, 129), octets(8, 65));
        case 5, 6 -> RegistryAbi.SET_STATUS.call(id(), BigInteger.valueOf(random.nextInt(5)));
        case 7 -> RegistryAbi.REVOKE_BATCH.call(List.of(id(), id()));
        case 8 -> RegistryAbi.REMOVE.call((Object) id());
        default ->
            Signature.of(
                    List.of("grantRole", "revokeRole", "renounceRole").get(random.nextInt(3))
                        + "(bytes32,address)")
                .call(ROLES.get(random.nextInt(3)), account());
      };
    }

    List<String> questions() {
      List<String> questions = new ArrayList<>();
      questions.add(RegistryAbi.REVISION.call());
      questions.add(RegistryAbi.DIGEST.call());
      questions.add(RegistryAbi.COUNT.call());
      for (long limit : new long[] {0, 1, 2, 500, 501}) {
        questions.add(
            RegistryAbi.GET_PROXIES.call(BigInteger.valueOf(limit % 3), BigInteger.valueOf(limit)));
      }
      for (int i = 0; i < 6; i++) {
        byte[] id = new byte[32];
        id[31] = (byte) i;
        questions.add(RegistryAbi.GET_PROXY.call((Object) id));
      }
      questions.add(RegistryAbi.GET_ENDPOINTS.call(BigInteger.valueOf(127)));
      for (String id : List.of("eb2c22ac", "01ffc9a7", "ffffffff")) {
        questions.add(RegistryAbi.SUPPORTS_INTERFACE.call((Object) HexFormat.of().parseHex(id)));
      }
      Signature has = Signature.of("hasRole(bytes32,address)");
      for (byte[] role : ROLES) {
        for (String account : accounts) {
          byte[] raw = HexFormat.of().parseHex(account.substring(2).toLowerCase(Locale.ROOT));
          questions.add(has.call(role, raw));
        }
      }
      return questions;
    }
  }
}
