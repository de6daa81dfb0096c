package io.fairlead.registry.evm;

import io.fairlead.core.time.Pause;
import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Decoder;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.HeadOptions;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubBuilder;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.ServiceState;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.registry.evm.ChainException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One endpoint over a connection of its own. Thread-safe. */
final class PubSubEndpoint implements ChainEndpoint, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PubSubEndpoint.class);

  /**
   * However long others may wait between two attempts: who follows revocations is back soon after
   * its node is.
   */
  private static final Duration RECONNECT_CAP = Duration.ofSeconds(2);

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int DEPTH_MAX = 32;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(ServiceSettings.Bounds.DEFAULT.messageBytes())
                          .build())
                  .build())
          .build();

  private static final Decoder<JsonNode> TREE = json -> JSON.readTree(json.bytes());

  private final String chain;
  private final ChainIdentity identity;
  private final Endpoint endpoint;
  private final PubSubChain.Surroundings surroundings;
  private final AtomicReference<@Nullable CompletableFuture<PubSubFrontend>> connection =
      new AtomicReference<>();
  private volatile boolean closed;

  PubSubEndpoint(
      String chain,
      ChainIdentity identity,
      Endpoint endpoint,
      PubSubChain.Surroundings surroundings) {
    this.chain = chain;
    this.identity = identity;
    this.endpoint = endpoint;
    this.surroundings = surroundings;
  }

  @Override
  public String alias() {
    return endpoint.alias();
  }

  @Override
  public CompletionStage<JsonNode> call(String method, String params, Duration timeout) {
    CompletableFuture<JsonNode> result = new CompletableFuture<>();
    RpcCall<JsonNode> call =
        RpcCall.of(method, JsonSlice.of(params), TREE).timeout(timeout.plusMillis(1));
    var _ =
        frontend()
            .thenCompose(
                frontend ->
                    lost(frontend)
                        ? CompletableFuture.<JsonNode>failedFuture(
                            new ChainException(Kind.UNREACHABLE, "not connected"))
                        : frontend.callAsync(call))
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null) result.complete(answer);
                  else result.completeExceptionally(typed(failure));
                });
    return result;
  }

  /** Waiting for a connection is not the business of a read: others are asked meanwhile. */
  private static boolean lost(PubSubFrontend frontend) {
    return switch (frontend.state()) {
      case CONNECTING, DISCONNECTED, FAILED, CLOSED -> true;
      case RECOVERING, LIVE, STALLED -> false;
    };
  }

  private CompletableFuture<PubSubFrontend> frontend() {
    if (closed) {
      return CompletableFuture.failedFuture(new ChainException(Kind.UNREACHABLE, "closed"));
    }
    CompletableFuture<PubSubFrontend> now = connection.get();
    if (now != null && usable(now)) return now;
    CompletableFuture<PubSubFrontend> next = new CompletableFuture<>();
    if (!connection.compareAndSet(now, next)) return frontend();
    if (now != null && now.isDone() && !now.isCompletedExceptionally()) now.join().close();
    var _ =
        builder()
            .connectAsync()
            .whenComplete(
                (frontend, failure) -> {
                  if (failure != null) {
                    next.completeExceptionally(failure);
                  } else if (closed || !next.complete(frontend)) {
                    frontend.close();
                  }
                });
    return next;
  }

  private static boolean usable(CompletableFuture<PubSubFrontend> connection) {
    if (!connection.isDone()) return true;
    if (connection.isCompletedExceptionally()) return false;
    ServiceState state = connection.join().state();
    return state != ServiceState.FAILED && state != ServiceState.CLOSED;
  }

  private PubSubBuilder builder() {
    ServiceSettings given = surroundings.settings();
    ServiceSettings.Reconnect again = given.reconnect();
    Duration base = shorter(again.base());
    Duration cap = shorter(again.cap());
    PubSubBuilder builder =
        PubSub.builder()
            .name(chain)
            .connector(endpoint.connector())
            .identity(identity)
            .settings(given.reconnect(again.times(base, cap)))
            .clock(surroundings.clock())
            .randomness(surroundings.randomness());
    surroundings.loops().ifPresent(builder::loops);
    return builder;
  }

  private static Duration shorter(Duration wait) {
    return wait.compareTo(RECONNECT_CAP) > 0 ? RECONNECT_CAP : wait;
  }

  private static ChainException typed(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ChainException known -> {
          return known;
        }
        case PubSubException.RpcError error -> {
          return new ChainException(Kind.REFUSED, error.text(), (int) error.code());
        }
        case PubSubException.Timeout _ -> {
          return new ChainException(Kind.TIMEOUT, "no answer in time");
        }
        case PubSubException.NonRetryable lasting -> {
          boolean other = lasting.kind() == TerminalCause.Kind.WRONG_CHAIN;
          return new ChainException(
              other ? Kind.WRONG_CHAIN : Kind.UNREACHABLE, lasting.reason().toString());
        }
        case PubSubException.DecodeError _, PubSubException.FrameTooLarge _ -> {
          return new ChainException(Kind.MALFORMED, String.valueOf(cause.getMessage()));
        }
        default -> {}
      }
    }
    return new ChainException(Kind.UNREACHABLE, String.valueOf(failure.getMessage()));
  }

  /** Tells of heads and logs, over any number of connections. */
  AutoCloseable onHint(String contract, List<String> topics, Runnable hint) {
    List<Thread> threads = new ArrayList<>();
    LogFilter filter =
        new LogFilter(
            List.of(new Address(contract)),
            topics.isEmpty() ? List.of() : List.of(topics.stream().map(Hash::new).toList()));
    threads.add(listen("heads", frontend -> frontend.newHeads(HeadOptions.RAW), hint));
    threads.add(
        listen("logs", frontend -> frontend.subscribe(SubscribeRequest.logs(filter)), hint));
    return () -> threads.forEach(Thread::interrupt);
  }

  /** How one subscription is made. */
  @FunctionalInterface
  private interface Subscribing<T> {
    Subscription<T> on(PubSubFrontend frontend) throws InterruptedException;
  }

  private <T> Thread listen(String what, Subscribing<T> subscribing, Runnable hint) {
    return Thread.ofVirtual()
        .name("registry-" + chain + "-" + alias() + "-" + what)
        .start(() -> listenOn(subscribing, hint));
  }

  private <T> void listenOn(Subscribing<T> subscribing, Runnable hint) {
    try {
      while (!closed) {
        try (Subscription<T> subscription = subscribing.on(frontend().get())) {
          hint.run(); // whatever happened before
          while (true) {
            subscription.recv();
            hint.run();
          }
        } catch (ExecutionException | PubSubException ended) {
          log.atDebug()
              .addKeyValue("chain", chain)
              .addKeyValue("endpoint", alias())
              .addKeyValue("why", ended.getMessage())
              .log("registry hints interrupted");
          Pause.system().sleep(RETRY);
        }
      }
    } catch (InterruptedException closing) {
      log.atTrace().addKeyValue("endpoint", alias()).log("registry hints ended");
    }
  }

  @Override
  public void close() {
    closed = true;
    @Nullable CompletableFuture<PubSubFrontend> now = connection.getAndSet(null);
    if (now == null) return;
    var _ =
        now.whenComplete(
            (frontend, _) -> {
              if (frontend != null) frontend.close();
            });
  }
}
