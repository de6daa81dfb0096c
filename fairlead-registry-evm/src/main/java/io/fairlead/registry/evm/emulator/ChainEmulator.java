package io.fairlead.registry.evm.emulator;

import static io.fairlead.registry.evm.emulator.EmulatedBlock.keccak;
import static io.fairlead.registry.evm.emulator.EmulatedBlock.quantity;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.emulator.EmulatedBlock.Mined;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A chain that knows one contract. It answers the JSON-RPC methods that a reader of registries and
 * the tools around it use; every other method is refused. Each transaction is mined at once, in a
 * block of its own, unless {@code evm_setAutomine} said otherwise; further blocks come with {@code
 * anvil_mine}.
 *
 * <p>At most {@value #BLOCKS_MAX} blocks are remembered; calls at older ones are refused, as by a
 * node without an archive. Unlike a real chain's, times of blocks may be equal. Thread-safe.
 *
 * @see <a href="https://ethereum.github.io/execution-apis/">Ethereum JSON-RPC</a>
 */
public final class ChainEmulator {
  /** What {@code web3_clientVersion} says. */
  public static final String VERSION = "fairlead-registry-emulator";

  public static final long CHAIN_ID = 31_337;

  private static final int BLOCKS_MAX = 1_024;
  private static final int ACCOUNTS = 10;
  private static final int PENDING_MAX = 20_000;
  private static final int MINE_MAX = 1_000;
  private static final String NO_PARENT = "0x" + "0".repeat(64);

  private record Wish(String hash, String from, Optional<String> to, String data) {}

  private final Clock clock;
  private final String bytecode = ContractArtifact.load().bytecode();
  private final List<String> accounts;
  // All guarded by this.
  private final List<EmulatedBlock> blocks = new ArrayList<>();
  private final List<Wish> pending = new ArrayList<>();
  private final Map<String, Long> blockByTransaction = new HashMap<>();
  private final Map<String, EmulatedContract> contracts = new LinkedHashMap<>();
  private final List<Long> snapshots = new ArrayList<>();
  private boolean automine = true;
  private long nonce;

  public ChainEmulator(Clock clock) {
    this(clock, ownAccounts());
  }

  /**
   * @param accounts who may send transactions, 20 bytes each as {@code 0x…}
   */
  ChainEmulator(Clock clock, List<String> accounts) {
    this.clock = clock;
    this.accounts = List.copyOf(accounts);
    seal(List.of());
  }

  private static List<String> ownAccounts() {
    List<String> accounts = new ArrayList<>();
    for (int i = 0; i < ACCOUNTS; i++) {
      accounts.add("0x" + keccak("account " + i).substring(26));
    }
    return accounts;
  }

  /**
   * One call.
   *
   * @param request an object of JSON-RPC 2.0
   * @return its answer, result or error
   */
  public ObjectNode answer(JsonNode request) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
    answer.set("id", request.path("id"));
    try {
      answer.set("result", call(request.path("method").asString(""), request.path("params")));
    } catch (RpcErrorException refused) {
      ObjectNode error = answer.putObject("error");
      error.put("code", refused.code()).put("message", refused.getMessage());
      if (!refused.data().isEmpty()) error.put("data", refused.data());
    }
    return answer;
  }

  private synchronized JsonNode call(String method, JsonNode params) throws RpcErrorException {
    return switch (method) {
      case "web3_clientVersion" -> text(VERSION);
      case "net_version" -> text(Long.toString(CHAIN_ID));
      case "eth_chainId" -> text(quantity(CHAIN_ID));
      case "eth_syncing" -> JsonNodeFactory.instance.booleanNode(false);
      case "eth_accounts" -> {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        accounts.forEach(list::add);
        yield list;
      }
      case "eth_blockNumber" -> text(quantity(head().number()));
      case "eth_getBlockByNumber" -> block(params.path(0)).map(this::header).orElse(none());
      case "eth_getBlockByHash" -> byHash(params.path(0)).map(this::header).orElse(none());
      case "eth_getCode" -> text(code(word(params, 0), at(params.path(1))));
      case "eth_call" -> text(ask(params.path(0), at(params.path(1))));
      case "eth_getLogs" -> logs(params.path(0));
      case "eth_sendTransaction" -> text(send(params.path(0)));
      case "eth_getTransactionReceipt" -> receipt(word(params, 0));
      case "evm_setAutomine" -> {
        automine = params.path(0).asBoolean(true);
        yield JsonNodeFactory.instance.booleanNode(true);
      }
      case "evm_mine" -> mine(1);
      case "anvil_mine", "hardhat_mine" ->
          mine(params.path(0).isMissingNode() ? 1 : number(params.path(0)));
      case "evm_snapshot" -> {
        snapshots.add(head().number());
        yield text(quantity(snapshots.size()));
      }
      case "evm_revert" -> revert(number(params.path(0)));
      default ->
          throw new RpcErrorException(
              RpcErrorException.UNKNOWN_METHOD, "`" + method + "` is not emulated");
    };
  }

  // ---- blocks -----------------------------------------------------------------------------

  private EmulatedBlock head() {
    return blocks.getLast();
  }

  private JsonNode header(EmulatedBlock block) {
    return block.header();
  }

  private Optional<EmulatedBlock> block(JsonNode which) throws RpcErrorException {
    String word = which.asString("latest");
    return switch (word) {
      case "latest", "pending", "safe", "finalized" -> Optional.of(head());
      case "earliest" -> byNumber(0);
      default -> byNumber(number(which));
    };
  }

  private Optional<EmulatedBlock> byNumber(long number) {
    long index = number - blocks.getFirst().number();
    return index < 0 || index >= blocks.size()
        ? Optional.empty()
        : Optional.of(blocks.get((int) index));
  }

  private Optional<EmulatedBlock> byHash(JsonNode hash) {
    String text = hash.asString("");
    return blocks.reversed().stream().filter(block -> block.hash().equals(text)).findFirst();
  }

  /** The block of a call: a number, a word, or an object of EIP-1898. */
  private EmulatedBlock at(JsonNode which) throws RpcErrorException {
    Optional<EmulatedBlock> found;
    if (which.isObject()) {
      found =
          which.has("blockHash")
              ? byHash(which.path("blockHash"))
              : block(which.path("blockNumber"));
    } else {
      found = which.isMissingNode() ? Optional.of(head()) : block(which);
    }
    return found.orElseThrow(
        () -> new RpcErrorException(RpcErrorException.REFUSED, "no such block is known"));
  }

  private void seal(List<Mined> transactions) {
    long number = blocks.isEmpty() ? 0 : head().number() + 1;
    String parent = blocks.isEmpty() ? NO_PARENT : head().hash();
    long now = clock.wall().getEpochSecond();
    long time = blocks.isEmpty() ? now : Math.max(now, head().time());
    Map<String, EmulatedContract> after = blocks.isEmpty() ? Map.of() : head().contracts();
    if (!transactions.isEmpty()) {
      Map<String, EmulatedContract> copies = new HashMap<>(after);
      Set<String> touched = new HashSet<>();
      transactions.stream().filter(Mined::worked).forEach(each -> touched.add(each.to()));
      contracts.forEach(
          (address, contract) -> {
            if (touched.contains(address)) copies.put(address, contract.copy());
          });
      after = Map.copyOf(copies);
    }
    String hash = EmulatedBlock.hash(number, parent, time, nonce++, transactions);
    blocks.add(new EmulatedBlock(number, hash, parent, time, transactions, after));
    transactions.forEach(each -> blockByTransaction.put(each.hash(), number));
    while (blocks.size() > BLOCKS_MAX) {
      blocks.removeFirst().transactions().forEach(each -> blockByTransaction.remove(each.hash()));
    }
  }

  private JsonNode mine(long count) throws RpcErrorException {
    if (count < 1 || count > MINE_MAX) throw bad("1 to " + MINE_MAX + " blocks at a time");
    seal(executed());
    for (long i = 1; i < count; i++) seal(List.of());
    return text("0x0");
  }

  /** Takes back every block since a snapshot. */
  private JsonNode revert(long id) throws RpcErrorException {
    if (id < 1 || id > snapshots.size()) throw bad("no such snapshot");
    long number = snapshots.get((int) id - 1);
    if (byNumber(number).isEmpty()) throw bad("the snapshot is too old");
    while (snapshots.size() >= id) snapshots.removeLast();
    while (head().number() > number) {
      blocks.removeLast().transactions().forEach(each -> blockByTransaction.remove(each.hash()));
    }
    contracts.clear();
    head().contracts().forEach((address, contract) -> contracts.put(address, contract.copy()));
    return JsonNodeFactory.instance.booleanNode(true);
  }

  // ---- transactions -----------------------------------------------------------------------

  private String send(JsonNode wish) throws RpcErrorException {
    String from = wish.path("from").asString("").toLowerCase(Locale.ROOT);
    if (!accounts.contains(from)) throw bad("`" + from + "` is no account of this chain");
    if (pending.size() >= PENDING_MAX) {
      throw new RpcErrorException(RpcErrorException.REFUSED, "too many transactions wait");
    }
    Optional<String> to =
        wish.has("to")
            ? Optional.of(wish.path("to").asString("").toLowerCase(Locale.ROOT))
            : Optional.empty();
    String data =
        wish.has("data") ? wish.path("data").asString("0x") : wish.path("input").asString("0x");
    if (to.isEmpty() && !data.startsWith(bytecode)) {
      throw new RpcErrorException(
          RpcErrorException.REFUSED, "only the contract ProxyRegistry is emulated");
    }
    if (to.isPresent() && !contracts.containsKey(to.get())) {
      throw new RpcErrorException(RpcErrorException.REFUSED, "no contract at " + to.get());
    }
    String hash = keccak("transaction " + nonce++ + " " + from + " " + data);
    pending.add(new Wish(hash, from, to, data));
    if (automine) seal(executed());
    return hash;
  }

  private List<Mined> executed() throws RpcErrorException {
    List<Mined> mined = new ArrayList<>();
    for (Wish wish : pending) mined.add(executed(wish));
    pending.clear();
    return List.copyOf(mined);
  }

  private Mined executed(Wish wish) throws RpcErrorException {
    byte[] sender = bytes(wish.from());
    if (wish.to().isEmpty()) {
      String address = "0x" + keccak("contract " + wish.hash()).substring(26);
      byte[] argument = bytes("0x" + wish.data().substring(wish.data().length() - 40));
      EmulatedContract made = new EmulatedContract(argument, sender);
      contracts.put(address, made);
      return new Mined(wish.hash(), wish.from(), address, true, true, made.takeEvents());
    }
    String to = wish.to().get();
    EmulatedContract contract = contracts.get(to);
    if (contract == null) return new Mined(wish.hash(), wish.from(), to, false, false, List.of());
    try {
      contract.call(
          new EmulatedContract.Message(
              sender, head().number() + 1, Math.max(clock.wall().getEpochSecond(), head().time())),
          bytes(wish.data()));
      return new Mined(wish.hash(), wish.from(), to, false, true, contract.takeEvents());
    } catch (RevertedException refused) {
      return new Mined(wish.hash(), wish.from(), to, false, false, List.of());
    }
  }

  private JsonNode receipt(String hash) {
    Long number = blockByTransaction.get(hash);
    if (number == null) return none();
    EmulatedBlock block = byNumber(number).orElseThrow();
    return block.transactions().stream()
        .filter(each -> each.hash().equals(hash))
        .findFirst()
        .map(mined -> (JsonNode) block.receipt(mined))
        .orElse(none());
  }

  // ---- reading ----------------------------------------------------------------------------

  private String code(String address, EmulatedBlock at) {
    boolean there = at.contracts().containsKey(address.toLowerCase(Locale.ROOT));
    return there ? bytecode : "0x";
  }

  private String ask(JsonNode call, EmulatedBlock at) throws RpcErrorException {
    String to = call.path("to").asString("").toLowerCase(Locale.ROOT);
    String from = call.path("from").asString(accounts.getFirst()).toLowerCase(Locale.ROOT);
    EmulatedContract contract = at.contracts().get(to);
    if (contract == null) return "0x";
    String data =
        call.has("data") ? call.path("data").asString() : call.path("input").asString("0x");
    try {
      // On a copy only where something could change: what a call changes is forgotten.
      EmulatedContract.Message message =
          new EmulatedContract.Message(bytes(from), at.number(), at.time());
      EmulatedContract asked = EmulatedContract.onlyReads(bytes(data)) ? contract : contract.copy();
      return "0x" + HexFormat.of().formatHex(asked.call(message, bytes(data)));
    } catch (RevertedException refused) {
      throw new RpcErrorException(
          RpcErrorException.REVERTED,
          "execution reverted: " + refused.getMessage(),
          refused.data());
    }
  }

  private ArrayNode logs(JsonNode filter) throws RpcErrorException {
    List<EmulatedBlock> range = new ArrayList<>();
    if (filter.has("blockHash")) {
      range.add(
          byHash(filter.path("blockHash"))
              .orElseThrow(
                  () -> new RpcErrorException(RpcErrorException.REFUSED, "no such block")));
    } else {
      long from = end(filter.path("fromBlock"));
      long to = end(filter.path("toBlock"));
      for (EmulatedBlock block : blocks) {
        if (block.number() >= from && block.number() <= to) range.add(block);
      }
    }
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    for (EmulatedBlock block : range) {
      for (JsonNode log : block.logs()) if (matches(log, filter)) found.add(log);
    }
    return found;
  }

  private long end(JsonNode which) throws RpcErrorException {
    return which.asString("latest").startsWith("0x")
        ? number(which)
        : block(which).map(EmulatedBlock::number).orElse(0L);
  }

  private static boolean matches(JsonNode log, JsonNode filter) {
    if (!among(log.path("address"), filter.path("address"))) return false;
    JsonNode topics = filter.path("topics");
    for (int i = 0; i < topics.size(); i++) {
      if (!among(log.path("topics").path(i), topics.path(i))) return false;
    }
    return true;
  }

  /** Nothing asked for, the same, or one of several. */
  private static boolean among(JsonNode value, JsonNode wanted) {
    if (wanted.isMissingNode() || wanted.isNull()) return true;
    String text = value.asString("");
    if (!wanted.isArray()) return text.equalsIgnoreCase(wanted.asString(""));
    for (JsonNode each : wanted) if (text.equalsIgnoreCase(each.asString(""))) return true;
    return wanted.isEmpty();
  }

  // ---- words ------------------------------------------------------------------------------

  private static JsonNode text(String text) {
    return JsonNodeFactory.instance.stringNode(text);
  }

  private static JsonNode none() {
    return JsonNodeFactory.instance.nullNode();
  }

  private static String word(JsonNode params, int index) {
    return params.path(index).asString("");
  }

  private static long number(JsonNode node) throws RpcErrorException {
    if (node.isIntegralNumber()) return node.asLong();
    String text = node.asString("");
    try {
      if (text.startsWith("0x")) return Long.parseLong(text, 2, text.length(), 16);
    } catch (NumberFormatException beyond) {
      throw bad("`" + text + "` is no quantity");
    }
    throw bad("`" + text + "` is no quantity");
  }

  private static byte[] bytes(String hex) throws RpcErrorException {
    try {
      return HexFormat.of().parseHex(hex.startsWith("0x") ? hex.substring(2) : hex);
    } catch (IllegalArgumentException odd) {
      throw bad("`" + hex + "` is not hex");
    }
  }

  private static RpcErrorException bad(String why) {
    return new RpcErrorException(RpcErrorException.BAD_PARAMS, why);
  }
}
