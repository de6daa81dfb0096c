package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.evm.ChainException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/**
 * What one endpoint says of one contract. Blocks the calling thread; several may call.
 *
 * <p>Calls name their block by its hash (EIP-1898). An endpoint that does not take that is asked by
 * number instead, from then on, and its block's header is read again after each answer: when it is
 * another block by then, the answer does not count.
 */
final class EndpointReader {
  private static final long SLACK_MILLIS = 100;

  private final ChainEndpoint endpoint;
  private final String contract;
  private volatile boolean byNumber;
  private volatile boolean contractSeen;

  EndpointReader(ChainEndpoint endpoint, String contract) {
    this.endpoint = endpoint;
    this.contract = contract;
  }

  String alias() {
    return endpoint.alias();
  }

  /** Whether blocks are named by number because the endpoint takes no hashes. */
  boolean byNumber() {
    return byNumber;
  }

  /**
   * The newest block.
   *
   * @throws ChainException also {@link Kind#WRONG_CHAIN}, when it is another chain's
   */
  Header head(long chainId, Deadline deadline) throws ChainException, InterruptedException {
    List<Together.Task<JsonNode>> both =
        List.of(
            () -> ask("eth_chainId", "[]", deadline),
            () -> ask("eth_getBlockByNumber", "[\"latest\",false]", deadline));
    List<JsonNode> answers = Together.all(both, deadline);
    long said = Quantity.read(answers.get(0));
    if (said != chainId) {
      throw new ChainException(
          Kind.WRONG_CHAIN, "it is chain " + said + ", chain " + chainId + " is expected");
    }
    return Header.read(answers.get(1));
  }

  /** The block of that number on the endpoint's chain. */
  Header header(long number, Deadline deadline) throws ChainException, InterruptedException {
    Header header = block(Quantity.hex(number), deadline);
    if (header.number() != number) {
      throw new ChainException(Kind.MALFORMED, "block " + header.number() + " for " + number);
    }
    return header;
  }

  /** The block the chain calls so. */
  Header header(Depth.Tag tag, Deadline deadline) throws ChainException, InterruptedException {
    return block(tag.word(), deadline);
  }

  private Header block(String which, Deadline deadline)
      throws ChainException, InterruptedException {
    return Header.read(ask("eth_getBlockByNumber", "[\"" + which + "\",false]", deadline));
  }

  /** Makes sure, once, that there is a contract at all. */
  void awaitContract(Header at, Deadline deadline) throws ChainException, InterruptedException {
    if (contractSeen) return;
    byte[] code = Quantity.bytes(at("eth_getCode", "\"" + contract + "\"", at, deadline));
    if (code.length == 0) {
      throw new ChainException(
          Kind.MALFORMED, "no contract at the address in block " + at.number());
    }
    contractSeen = true;
  }

  /** Calls a function of the contract at a block. */
  byte[] call(Header at, String data, Deadline deadline)
      throws ChainException, InterruptedException {
    String call = "{\"to\":\"" + contract + "\",\"data\":\"" + data + "\"}";
    byte[] answer = Quantity.bytes(at("eth_call", call, at, deadline));
    if (answer.length > 0) return answer;
    throw new ChainException(
        Kind.MALFORMED, "nothing answers at the contract's address in block " + at.number());
  }

  /** Calls several functions at the same block, at the same time. */
  List<byte[]> calls(Header at, List<String> data, Deadline deadline)
      throws ChainException, InterruptedException {
    List<Together.Task<byte[]>> tasks = new ArrayList<>();
    for (String each : data) tasks.add(() -> call(at, each, deadline));
    return Together.all(tasks, deadline);
  }

  /** The contract's logs of a range of blocks. */
  JsonNode logs(long from, long to, List<String> topics, Deadline deadline)
      throws ChainException, InterruptedException {
    String params =
        "[{\"address\":\"%s\",\"fromBlock\":\"%s\",\"toBlock\":\"%s\",\"topics\":[[\"%s\"]]}]"
            .formatted(
                contract, Quantity.hex(from), Quantity.hex(to), String.join("\",\"", topics));
    return ask("eth_getLogs", params, deadline);
  }

  private JsonNode at(String method, String first, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    if (!byNumber) {
      String block = "{\"blockHash\":\"" + at.hash() + "\",\"requireCanonical\":true}";
      try {
        return ask(method, "[" + first + "," + block + "]", deadline);
      } catch (ChainException refused) {
        if (refused.kind() != Kind.REFUSED) throw refused;
        return afterRefusal(method, first, at, refused, deadline);
      }
    }
    return byNumber(method, first, at, deadline);
  }

  /** Was it the block by hash that the endpoint does not take, or the call? */
  private JsonNode afterRefusal(
      String method, String first, Header at, ChainException refused, Deadline deadline)
      throws ChainException, InterruptedException {
    JsonNode answer;
    try {
      answer = byNumber(method, first, at, deadline);
    } catch (ChainException again) {
      throw refused;
    }
    byNumber = true;
    return answer;
  }

  private JsonNode byNumber(String method, String first, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    String number = Quantity.hex(at.number());
    JsonNode answer = ask(method, "[" + first + ",\"" + number + "\"]", deadline);
    if (!header(at.number(), deadline).hash().equals(at.hash())) {
      throw new ChainException(Kind.MALFORMED, "block " + at.number() + " changed during the read");
    }
    return answer;
  }

  private JsonNode ask(String method, String params, Deadline deadline)
      throws ChainException, InterruptedException {
    if (deadline.passed()) throw new ChainException(Kind.TIMEOUT, "no answer in time");
    try {
      return endpoint
          .call(method, params, deadline.remaining())
          .toCompletableFuture()
          .get(deadline.remaining().toMillis() + SLACK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new ChainException(Kind.TIMEOUT, "no answer in time");
    } catch (ExecutionException failure) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof ChainException typed) throw typed;
      }
      throw new ChainException(Kind.UNREACHABLE, String.valueOf(failure.getMessage()));
    }
  }
}
