package io.fairlead.registry.evm.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Keccak256;
import io.fairlead.testkit.Peers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The interface of the contract is fixed: every selector, topic and error code. */
class RegistryAbiTest {
  private static final JsonNode ABI =
      JsonMapper.builder().build().readTree(ContractArtifact.load().abi());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          7cc96380 | revision()
          52a82b65 | digest()
          06661abd | count()
          8c03eb3a | getProxies(uint256,uint256)
          75673bcf | getProxy(bytes32)
          3a4fa001 | getEndpoints(uint32)
          624258dc | add(bytes32,address,uint32,uint16,uint64,string,bytes,string)
          b3e59aed | update(bytes32,uint32,uint16,uint64,string,bytes,string)
          8de654ba | setStatus(bytes32,uint8)
          34dbf709 | revokeBatch(bytes32[])
          95bc2673 | remove(bytes32)
          91d14854 | hasRole(bytes32,address)
          2f2ff15d | grantRole(bytes32,address)
          d547741f | revokeRole(bytes32,address)
          36568abe | renounceRole(bytes32,address)
          01ffc9a7 | supportsInterface(bytes4)
          """)
  void selectorsAreFixed(String selector, String signature) {
    assertThat(HexFormat.of().formatHex(Signature.of(signature).selector())).isEqualTo(selector);
    assertThat(signatures("function")).contains(signature);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0x0e7750e76285b93bec9183ace0d646fa03ec265a9f7a692dea9124eb7ec589ae | ProxyAdded(bytes32,address,uint32,string,uint64)
          0xdf47bd975248f766ad3b2b2f5606a9d599716e55972ef97c677c589c6428d44c | ProxyUpdated(bytes32,address,uint32,string,uint64)
          0x23b0f29b2e2292347734d3f1aa8dd4090fa077a7fafd3d9893d46c9b6fbb8c12 | ProxyStatusChanged(bytes32,uint8,uint8,uint64)
          0x43a26a990e116c5ac4e12cc01f1f73e321f77457d837287967e9026662d10dda | ProxyRemoved(bytes32,uint64)
          0x2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d | RoleGranted(bytes32,address,address)
          0xf6391f5c32d9c69d2a47ea670b442974b53935d1edc7fd64eb21e047a839171b | RoleRevoked(bytes32,address,address)
          """)
  void topicsAreFixed(String topic, String signature) {
    assertThat(Signature.of(signature).topic()).isEqualTo(topic);
    assertThat(signatures("event")).contains(signature);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          245329c6 | Unauthorized(address,bytes32)
          11605ec5 | UnknownProxy(bytes32)
          129bcbc4 | AlreadyExists(bytes32)
          f1cbb567 | InvalidEndpoint()
          d6497539 | FieldTooLong()
          774f7f12 | InvalidStatus(uint8)
          8700fa25 | InvalidRoles(uint32)
          d2599bab | PageTooLarge(uint256)
          df0e465e | LastAdmin()
          """)
  void errorCodesAreFixed(String selector, String signature) {
    assertThat(HexFormat.of().formatHex(Signature.of(signature).selector())).isEqualTo(selector);
    assertThat(signatures("error")).contains(signature);
  }

  @Test
  void nothingElseCanBeCalledButTheRoleNames() {
    assertThat(signatures("function"))
        .hasSize(19)
        .contains("DEFAULT_ADMIN_ROLE()", "REGISTRAR_ROLE()", "GUARDIAN_ROLE()");
    assertThat(ABI)
        .allSatisfy(
            item -> assertThat(item.path("stateMutability").asString("")).isNotEqualTo("payable"));
  }

  @Test
  void theTupleHasItsOrder() {
    JsonNode tuple = member("function", "getProxy").path("outputs").get(0);
    assertThat(type(tuple)).isEqualTo(ProxyRow.TYPE.canonical());
    assertThat(type(member("function", "getProxies").path("outputs").get(0)))
        .isEqualTo(ProxyRow.TYPE.canonical() + "[]");
    assertThat(
            stream(tuple.path("components")).map(each -> each.path("name").asString("")).toList())
        .isEqualTo(ProxyRow.TYPE.members().stream().map(each -> each.name()).toList());
  }

  @Test
  void theInterfaceIdIsTheOneOfItsSixFunctions() {
    int id = 0;
    for (Signature each :
        List.of(
            RegistryAbi.REVISION,
            RegistryAbi.DIGEST,
            RegistryAbi.COUNT,
            RegistryAbi.GET_PROXIES,
            RegistryAbi.GET_PROXY,
            RegistryAbi.GET_ENDPOINTS)) {
      id ^= java.nio.ByteBuffer.wrap(each.selector()).getInt();
    }
    assertThat(Integer.toHexString(id)).isEqualTo(RegistryAbi.INTERFACE_ID);
  }

  @Test
  void rolesAndTheAdvisedIdAreKeccakOfTheirTexts() {
    assertThat(keccak("REGISTRAR_ROLE"))
        .isEqualTo("edcc084d3dcd65a1f7f23c65c46722faca6953d28e43150a467cf43e5c309238");
    assertThat(keccak("GUARDIAN_ROLE"))
        .isEqualTo("55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041");
    assertThat(Entry.idOf("10.0.0.1:8500"))
        .isEqualTo("0xc233de891a7d970f7995580e0c2b694ac339fae91c23c95743fb3e49f10c5018");
  }

  @Test
  void theCheckedInContractIsWhatItsSourceCompilesTo() throws Exception {
    Peers.require("node");
    Path modules = Peers.require("solcjs").toRealPath().getParent().getParent();
    Path contracts = Path.of("..", "contracts").toRealPath();
    ProcessBuilder compile =
        new ProcessBuilder("bash", contracts.resolve("compile").toString(), "--print");
    Map<String, String> environment = new TreeMap<>();
    environment.put("NODE_PATH", modules.toString());
    compile.environment().putAll(environment);
    compile.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = compile.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(printed).isEqualTo(checkedIn());
  }

  private static String checkedIn() throws IOException {
    return Files.readString(
        Path.of("src/main/resources/io/fairlead/registry/evm/contract/proxy-registry.json"));
  }

  private static String keccak(String text) {
    return HexFormat.of().formatHex(Keccak256.digest(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static JsonNode member(String kind, String name) {
    return stream(ABI)
        .filter(item -> item.path("type").asString("").equals(kind))
        .filter(item -> item.path("name").asString("").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> signatures(String kind) {
    return stream(ABI)
        .filter(item -> item.path("type").asString("").equals(kind))
        .map(
            item ->
                stream(item.path("inputs"))
                    .map(RegistryAbiTest::type)
                    .collect(Collectors.joining(",", item.path("name").asString("") + "(", ")")))
        .toList();
  }

  private static String type(JsonNode value) {
    String word = value.path("type").asString("");
    if (!word.startsWith("tuple")) return word;
    return stream(value.path("components"))
            .map(RegistryAbiTest::type)
            .collect(Collectors.joining(",", "(", ")"))
        + word.substring("tuple".length());
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
