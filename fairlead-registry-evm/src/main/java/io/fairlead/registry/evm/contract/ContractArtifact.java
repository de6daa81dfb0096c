package io.fairlead.registry.evm.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The compiled contract, for those who deploy one: demonstrations and tests.
 *
 * @param compiler which made it
 * @param abi its interface as JSON
 * @param bytecode what a deployment sends, {@code 0x…}, before the constructor's argument
 */
public record ContractArtifact(String compiler, String abi, String bytecode) {
  private static final String RESOURCE = "proxy-registry.json";

  /** The one in this jar. */
  public static ContractArtifact load() {
    try (InputStream in = ContractArtifact.class.getResourceAsStream(RESOURCE)) {
      if (in == null) throw new IllegalStateException(RESOURCE + " is not in the jar");
      JsonNode tree = JsonMapper.builder().build().readTree(in);
      return new ContractArtifact(
          tree.path("compiler").asString(""),
          tree.path("abi").toString(),
          tree.path("bytecode").asString(""));
    } catch (IOException broken) {
      throw new UncheckedIOException(RESOURCE, broken);
    }
  }

  /**
   * The data of the transaction that deploys it.
   *
   * @param admin 20 bytes as {@code 0x…}: admin, registrar and guardian at first
   */
  public String deployment(String admin) {
    return bytecode + "0".repeat(24) + admin.substring(2);
  }
}
