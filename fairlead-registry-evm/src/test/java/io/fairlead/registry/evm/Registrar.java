package io.fairlead.registry.evm;

import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Entry;
import io.fairlead.testkit.DevChain;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** A deployed contract and whoever may change it. */
public final class Registrar {
  public static final byte[] NO_KEY = new byte[0];

  private final DevChain chain;
  private final String admin;
  private final String contract;

  private Registrar(DevChain chain, String admin, String contract) {
    this.chain = chain;
    this.admin = admin;
    this.contract = contract;
  }

  /** Deploys the contract with the first account as admin, registrar and guardian. */
  public static Registrar deploy(DevChain chain) throws IOException, InterruptedException {
    String admin = chain.account(0);
    JsonNode receipt = chain.transact(admin, "", ContractArtifact.load().deployment(admin));
    String address = receipt.path("contractAddress").asString("").toLowerCase(Locale.ROOT);
    return new Registrar(chain, admin, address);
  }

  public String contract() {
    return contract;
  }

  public String admin() {
    return admin;
  }

  public static byte[] id(String endpoint) {
    return HexFormat.of().parseHex(Entry.idOf(endpoint).substring(2));
  }

  static byte[] address(String account) {
    return HexFormat.of().parseHex(account.substring(2));
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static BigInteger number(long number) {
    return BigInteger.valueOf(number);
  }

  /** Data of {@code add} with the advised id. */
  public String addCall(String endpoint, int roles, int weight, byte[] key) {
    return RegistryAbi.ADD.call(
        id(endpoint),
        address(admin),
        number(roles),
        number(weight),
        number(0),
        text(endpoint),
        key,
        text(""));
  }

  public JsonNode add(String endpoint, int roles) throws IOException, InterruptedException {
    return send(addCall(endpoint, roles, 1, NO_KEY));
  }

  public JsonNode setStatus(String endpoint, int status) throws IOException, InterruptedException {
    return send(RegistryAbi.SET_STATUS.call(id(endpoint), number(status)));
  }

  public JsonNode remove(String endpoint) throws IOException, InterruptedException {
    return send(RegistryAbi.REMOVE.call((Object) id(endpoint)));
  }

  public JsonNode revoke(List<String> endpoints) throws IOException, InterruptedException {
    return send(RegistryAbi.REVOKE_BATCH.call(endpoints.stream().map(Registrar::id).toList()));
  }

  public JsonNode send(String data) throws IOException, InterruptedException {
    return chain.transact(admin, contract, data);
  }

  public JsonNode sendAs(String from, String data) throws IOException, InterruptedException {
    return chain.transact(from, contract, data);
  }

  /** Calls a function of the contract as somebody, without a transaction. */
  public byte[] ask(String from, Signature function, Object... arguments)
      throws IOException, InterruptedException {
    String answer =
        chain
            .call(
                "eth_call",
                java.util.Map.of("from", from, "to", contract, "data", function.call(arguments)),
                "latest")
            .asString("0x");
    return HexFormat.of().parseHex(answer.substring(2));
  }
}
