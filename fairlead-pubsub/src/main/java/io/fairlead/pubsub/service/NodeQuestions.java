package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.log.Answer;
import io.fairlead.pubsub.log.BlockHash;
import io.fairlead.pubsub.log.BlockHeader;
import io.fairlead.pubsub.log.ChainEntry;
import io.fairlead.pubsub.log.ChainJson;
import io.fairlead.pubsub.log.Query;
import io.fairlead.pubsub.log.Refusals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Puts a follower's questions to a node as JSON-RPC, and reads what comes back. Answers are read in
 * threads of their own, because one may hold many thousands of logs. Thread-safe.
 */
final class NodeQuestions {
  private final Function<RpcCall<?>, CompletableFuture<JsonSlice>> lane;
  private final LogFilter filter;
  private final Executor readers;

  /**
   * @param lane sends a call and gives its result
   * @param filter what logs are asked for
   */
  NodeQuestions(
      Function<RpcCall<?>, CompletableFuture<JsonSlice>> lane, LogFilter filter, Executor readers) {
    this.lane = lane;
    this.filter = filter;
    this.readers = readers;
  }

  /**
   * Asks; always completes with an answer, a failure being one.
   *
   * @param headers reads a header
   */
  CompletableFuture<Answer> ask(Query query, Function<JsonSlice, Optional<BlockHeader>> headers) {
    return switch (query) {
      case Query.Newest(Query.FinalityTag tag) -> header(blockBy(word(tag)), headers);
      case Query.HeadersAt(long from, long to) -> headers(from, to, headers);
      case Query.HeaderOf(BlockHash hash) ->
          header(call("eth_getBlockByHash", hash.toString(), false), headers);
      case Query.EntriesIn(long from, long to) ->
          logs(Map.of("fromBlock", quantity(from), "toBlock", quantity(to)), true);
      case Query.EntriesOf(BlockHash hash, long _) ->
          logs(Map.of("blockHash", hash.toString()), false);
    };
  }

  private static String word(Query.FinalityTag tag) {
    return switch (tag) {
      case LATEST -> "latest";
      case SAFE -> "safe";
      case FINALIZED -> "finalized";
    };
  }

  private static RpcCall<JsonSlice> blockBy(String number) {
    return call("eth_getBlockByNumber", number, false);
  }

  private static RpcCall<JsonSlice> call(String method, Object... params) {
    return RpcCall.of(method, Json.array(params), Decoders.slice());
  }

  private static String quantity(long value) {
    return "0x" + Long.toHexString(value);
  }

  private CompletableFuture<Answer> header(
      RpcCall<?> call, Function<JsonSlice, Optional<BlockHeader>> headers) {
    return read(call, false, json -> block(json, headers).map(found -> new Answer.Headers(found)));
  }

  /** The block, none for null; empty when it is neither. */
  private static Optional<List<BlockHeader>> block(
      JsonSlice json, Function<JsonSlice, Optional<BlockHeader>> headers) {
    return json.isNull() ? Optional.of(List.of()) : headers.apply(json).map(List::of);
  }

  private CompletableFuture<Answer> headers(
      long from, long to, Function<JsonSlice, Optional<BlockHeader>> headers) {
    List<CompletableFuture<Answer>> parts = new ArrayList<>();
    for (long number = from; number <= to; number++) {
      parts.add(header(blockBy(quantity(number)), headers));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(_ -> joined(parts));
  }

  private static Answer joined(List<CompletableFuture<Answer>> parts) {
    List<BlockHeader> headers = new ArrayList<>();
    for (CompletableFuture<Answer> part : parts) {
      if (part.join() instanceof Answer.Headers(List<BlockHeader> found)) headers.addAll(found);
      else return part.join();
    }
    return new Answer.Headers(headers);
  }

  private CompletableFuture<Answer> logs(Map<String, String> where, boolean range) {
    Map<String, Object> asked = new LinkedHashMap<>(filter.toJson());
    asked.putAll(where);
    return read(
        call("eth_getLogs", asked),
        range,
        json -> ChainJson.logs(json).map((List<ChainEntry> found) -> new Answer.Entries(found)));
  }

  private CompletableFuture<Answer> read(
      RpcCall<?> call, boolean range, Function<JsonSlice, Optional<Answer>> reader) {
    return lane.apply(call)
        .handleAsync(
            (json, failure) -> {
              if (failure != null) return refused(failure, range);
              return reader.apply(json).orElseGet(() -> new Answer.Failed(Duration.ZERO));
            },
            readers);
  }

  private static Answer refused(Throwable failure, boolean range) {
    Throwable plain =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (plain) {
      case PubSubException.RpcError error ->
          Refusals.read(error.code(), error.text(), error.retryAfter().orElse(Duration.ZERO));
      case PubSubException.FrameTooLarge _ -> new Answer.TooMuch(OptionalLong.empty());
      case PubSubException.TransportError lost
          when lost.reason().kind() == TerminalCause.Kind.FRAME_TOO_LARGE ->
          new Answer.TooMuch(OptionalLong.empty());
      // A range that takes the node too long is too large; a block is asked for again.
      case PubSubException.Timeout _ when range -> new Answer.TooMuch(OptionalLong.empty());
      default -> new Answer.Failed(Duration.ZERO);
    };
  }
}
