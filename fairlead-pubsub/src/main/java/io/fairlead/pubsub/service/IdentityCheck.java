package io.fairlead.pubsub.service;

import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.request.RpcErrors;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a new connection which chain it serves, and compares with what is wanted and with what the
 * first connection said. Confined to one thread.
 */
final class IdentityCheck {
  /** What came out. */
  sealed interface Result {
    record Fits() implements Result {}

    /** It did not say; it may another time. */
    record Unclear(String why) implements Result {}

    /** It serves another chain. */
    record Other(String what) implements Result {}
  }

  private final ChainIdentity wanted;
  private @Nullable Long chainId;
  private @Nullable Hash genesis;

  IdentityCheck(ChainIdentity wanted) {
    this.wanted = wanted;
    if (wanted.chainId().isPresent()) chainId = wanted.chainId().getAsLong();
    genesis = wanted.genesis().orElse(null);
  }

  Optional<Long> chainId() {
    return Optional.ofNullable(chainId);
  }

  Optional<Hash> genesis() {
    return Optional.ofNullable(genesis);
  }

  void run(Link.Owner connection, Duration timeout, Consumer<Result> then) {
    if (!wanted.asked()) {
      then.accept(new Result.Fits());
      return;
    }
    Answers answers = new Answers(then);
    connection.ask("eth_chainId", "[]", timeout, answers.chainId());
    connection.ask("eth_getBlockByNumber", "[\"0x0\",false]", timeout, answers.block());
  }

  /** The two answers of one connection. */
  private final class Answers {
    private final Consumer<Result> then;
    private boolean done;
    private int missing = 2;
    private @Nullable Long saidId;
    private @Nullable Hash saidGenesis;

    Answers(Consumer<Result> then) {
      this.then = then;
    }

    Request.Waiter chainId() {
      return waiter(
          result -> saidId = result.decode(Decoders.quantity()), chainId != null, "eth_chainId");
    }

    Request.Waiter block() {
      return waiter(
          result ->
              saidGenesis = result.decode(Decoders.optionalHead()).map(Head::hash).orElse(null),
          genesis != null,
          "block 0");
    }

    private Request.Waiter waiter(Consumer<JsonSlice> take, boolean needed, String what) {
      return new Request.Waiter() {
        @Override
        public void result(JsonSlice result) {
          try {
            take.accept(result);
          } catch (PubSubException.DecodeError _) {
            if (needed) finish(new Result.Unclear(what + " is unreadable"));
          }
          answered();
        }

        @Override
        public void failed(PubSubException failure) {
          boolean refused =
              failure instanceof PubSubException.RpcError error && !RpcErrors.retryable(error);
          // A server that knows no such method may be no Ethereum node: fine, unless it must be.
          if (!refused || needed) finish(new Result.Unclear(what + " was not told"));
          answered();
        }
      };
    }

    private void answered() {
      if (--missing > 0 || done) return;
      Long id = saidId;
      if (id != null && chainId != null && !id.equals(chainId)) {
        finish(new Result.Other("chain id " + id + " instead of " + chainId));
        return;
      }
      Hash block = saidGenesis;
      if (block != null && genesis != null && !block.equals(genesis)) {
        finish(new Result.Other("block 0 is " + block + " instead of " + genesis));
        return;
      }
      if (genesis != null && block == null) {
        finish(new Result.Unclear("block 0 is unknown there"));
        return;
      }
      if (chainId == null) chainId = id;
      if (genesis == null) genesis = block;
      finish(new Result.Fits());
    }

    private void finish(Result result) {
      if (done) return;
      done = true;
      then.accept(result);
    }
  }
}
