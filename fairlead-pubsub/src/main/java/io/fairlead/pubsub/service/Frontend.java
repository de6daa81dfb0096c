package io.fairlead.pubsub.service;

import io.fairlead.pubsub.BatchBuilder;
import io.fairlead.pubsub.CallInterceptor;
import io.fairlead.pubsub.Decoder;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.DeliveryLevel;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.HeadEvent;
import io.fairlead.pubsub.HeadOptions;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.LogOptions;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RawRequest;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.Response;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceEvent;
import io.fairlead.pubsub.ServiceState;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.SyncStatus;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.subscription.ItemSink;
import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What users hold of a service. Thread-safe; decodes in the caller's thread. */
public final class Frontend implements PubSubFrontend {
  private static final Logger log = LoggerFactory.getLogger(Frontend.class);

  private final ChainService service;
  private final Given given;
  private final Cleaner.Cleanable cleanable;

  /** The hold on the service, given back once: by closing, or by being forgotten. */
  private static final class Given implements Runnable {
    private final ChainService service;
    private final AtomicBoolean back = new AtomicBoolean();
    private volatile boolean closed;

    Given(ChainService service) {
      this.service = service;
    }

    @Override
    public void run() {
      if (!back.compareAndSet(false, true)) return;
      if (!closed)
        log.atWarn().addKeyValue("chain", service.name()).log("a frontend was never closed");
      service.release();
    }
  }

  public Frontend(ChainService service) {
    this.service = service;
    this.given = new Given(service);
    service.hold();
    this.cleanable = service.cleaner().register(this, given);
  }

  /** The service behind it. */
  public ChainService service() {
    return service;
  }

  // Calls.

  @Override
  public <R> R call(RpcCall<R> call) throws InterruptedException {
    CompletableFuture<JsonSlice> answer = answer(call);
    JsonSlice result = await(answer);
    return decode(call, result);
  }

  @Override
  public <R> CompletableFuture<R> callAsync(RpcCall<R> call) {
    CompletableFuture<JsonSlice> answer = answer(call);
    CompletableFuture<R> done = new CompletableFuture<>();
    answer.whenCompleteAsync(
        (result, failure) -> {
          if (failure != null) {
            done.completeExceptionally(plain(failure));
            return;
          }
          try {
            done.complete(decode(call, result));
          } catch (PubSubException misfit) {
            done.completeExceptionally(misfit);
          }
        },
        service.consumers());
    done.whenComplete(
        (_, _) -> {
          if (done.isCancelled()) answer.cancel(false);
        });
    return done;
  }

  static <R> R decode(RpcCall<R> call, JsonSlice result) {
    if (!call.nullAllowed() && result.isNull()) throw new PubSubException.NullResult(call.method());
    return result.decode(call.decoder());
  }

  /** The undecoded answer, through those who stand around calls. */
  private CompletableFuture<JsonSlice> answer(RpcCall<?> call) {
    List<CallInterceptor> around = service.plan().methods().interceptors();
    if (around.isEmpty()) return direct(call);
    CompletableFuture<JsonSlice> answer = new CompletableFuture<>();
    around(around, 0, call)
        .whenComplete(
            (response, failure) -> {
              if (failure != null) answer.completeExceptionally(plain(failure));
              else
                switch (response) {
                  case Response.Success(JsonSlice result) -> answer.complete(result);
                  case Response.Failure(PubSubException.RpcError error) ->
                      answer.completeExceptionally(error);
                }
            });
    return answer;
  }

  private CompletionStage<Response> around(
      List<CallInterceptor> interceptors, int index, RpcCall<?> call) {
    if (index == interceptors.size())
      return direct(call)
          .handleAsync(
              (result, failure) -> {
                if (failure == null) return new Response.Success(result);
                Throwable plain = plain(failure);
                if (plain instanceof PubSubException.RpcError error)
                  return new Response.Failure(error);
                throw new CompletionException(plain);
              },
              service.consumers());
    return interceptors.get(index).around(call, next -> around(interceptors, index + 1, next));
  }

  private CompletableFuture<JsonSlice> direct(RpcCall<?> call) {
    Optional<String> unsubscribe =
        call.unsubscribeMethod()
            .or(() -> service.plan().methods().subscribe().unsubscribe(call.method()));
    if (unsubscribe.isPresent()) return asSubscription(call, unsubscribe.get());
    Optional<U256> ending = service.subscriptions().endedBy(call.method(), call.params());
    if (ending.isPresent()) return service.unsubscribe(ending.get()).thenApply(Json::write);
    return service.request(call);
  }

  /** A subscribing call: its answer is the local id, and items wait for whoever asks for them. */
  private CompletableFuture<JsonSlice> asSubscription(RpcCall<?> call, String unsubscribe) {
    Subscriptions.Wish wish =
        new Subscriptions.Wish(call.method(), unsubscribe, call.params(), true);
    return service
        .subscriptions()
        .subscribe(
            wish,
            served -> {
              Handle handle = new Handle(served, service, LagPolicy.SIGNAL);
              if (served.unclaimed == null && served.unheard()) served.unclaimed = handle;
              else return NOBODY;
              return handle;
            })
        .thenApply(served -> Json.write(served.localId.toQuantity()));
  }

  /** Listens for a call whose subscription others listen to already. */
  private static final ItemSink NOBODY =
      new ItemSink() {
        @Override
        public void item(JsonSlice item) {}

        @Override
        public void ended(EndReason reason) {}
      };

  @Override
  public BatchBuilder batch() {
    return new Batch(service);
  }

  @Override
  public Response sendRaw(RawRequest request) throws InterruptedException {
    return await(sendRawAsync(request));
  }

  @Override
  public CompletableFuture<Response> sendRawAsync(RawRequest request) {
    CompletableFuture<JsonSlice> answer =
        answer(RpcCall.of(request.method(), request.params(), Decoders.slice()));
    return answer.handleAsync(
        (result, failure) -> {
          if (failure == null) return new Response.Success(result);
          Throwable plain = plain(failure);
          if (plain instanceof PubSubException.RpcError error) return new Response.Failure(error);
          throw new CompletionException(plain);
        },
        service.consumers());
  }

  // Subscriptions.

  @Override
  public RawSubscription getSubscription(U256 localId) {
    try {
      return await(service.subscriptions().claim(localId));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new PubSubException.SubscriptionNotFound(localId);
    }
  }

  @Override
  public <T> Subscription<T> subscribe(SubscribeRequest<T> request) throws InterruptedException {
    CompletableFuture<Subscription<T>> subscribed = subscribeAsync(request);
    try {
      return await(subscribed);
    } catch (InterruptedException interrupted) {
      // Nobody will take it any more.
      subscribed.thenAccept(Subscription::close);
      throw interrupted;
    }
  }

  @Override
  public <T> CompletableFuture<Subscription<T>> subscribeAsync(SubscribeRequest<T> request) {
    return raw(request).thenApply(handle -> handle.typed(request.decoder()));
  }

  private CompletableFuture<HeldHandle> raw(SubscribeRequest<?> request) {
    if (request.onLag() == LagPolicy.REFILL)
      return CompletableFuture.failedFuture(
          new PubSubException.LocalUsage(
              "items as they come cannot be asked for again: SIGNAL, BLOCK or FAIL"));
    Subscriptions.Wish wish =
        new Subscriptions.Wish(
            request.method(), request.unsubscribeMethod(), request.params(), request.shared());
    CompletableFuture<HeldHandle> made = new CompletableFuture<>();
    CompletableFuture<HeldHandle> done = new CompletableFuture<>();
    service
        .subscriptions()
        .subscribe(
            wish,
            served -> {
              Handle handle = new Handle(served, service, request.onLag());
              made.complete(handle.claimed());
              return handle;
            })
        .whenCompleteAsync(
            (_, failure) -> {
              if (failure != null) done.completeExceptionally(plain(failure));
              else if (!done.complete(made.join())) made.join().close(); // cancelled meanwhile
            },
            service.consumers());
    return done;
  }

  @Override
  public CompletableFuture<Boolean> unsubscribe(U256 localId) {
    return service.unsubscribe(localId);
  }

  @Override
  public Subscription<Head> newHeads(HeadOptions options) throws InterruptedException {
    if (options.level() == DeliveryLevel.RAW)
      return subscribe(SubscribeRequest.newHeads().onLag(signalFor(options.onLag())));
    return followed(service.feeds().newHeads(options));
  }

  @Override
  public Subscription<HeadEvent> headEvents(HeadOptions options) throws InterruptedException {
    if (options.level() == DeliveryLevel.RAW)
      throw new PubSubException.LocalUsage("headEvents: level RAW (expected: RESUMED or EXACT)");
    return followed(service.feeds().headEvents(options));
  }

  /** Waits for a subscription; one that comes too late for its caller is given back. */
  private static <T> Subscription<T> followed(CompletableFuture<Followed<T>> opened)
      throws InterruptedException {
    try {
      return await(opened.copy());
    } catch (InterruptedException interrupted) {
      opened.thenAccept(Subscription::close);
      throw interrupted;
    }
  }

  @Override
  public Subscription<LogEvent> logs(LogFilter filter, LogOptions options)
      throws InterruptedException {
    if (options.level() != DeliveryLevel.RAW)
      return followed(service.feeds().logs(filter, options));
    SubscribeRequest<Log> raw = SubscribeRequest.logs(filter).onLag(signalFor(options.onLag()));
    Decoder<LogEvent> decoder =
        json -> {
          Log found = json.decode(Decoders.log());
          return found.removed()
              ? new LogEvent.Removed(found, LogEvent.Reason.SERVER)
              : new LogEvent.Added(found, LogEvent.Origin.LIVE);
        };
    return await(raw(raw)).typed(decoder);
  }

  private static LagPolicy signalFor(LagPolicy wanted) {
    return wanted == LagPolicy.REFILL ? LagPolicy.SIGNAL : wanted;
  }

  @Override
  public Subscription<Hash> pendingTransactions() throws InterruptedException {
    return subscribe(SubscribeRequest.pendingTransactions());
  }

  @Override
  public Subscription<SyncStatus> syncing() throws InterruptedException {
    return subscribe(SubscribeRequest.syncing());
  }

  // The service.

  @Override
  public ServiceState state() {
    return service.state();
  }

  @Override
  public Flow.Publisher<ServiceEvent> events() {
    return service.events();
  }

  @Override
  public PubSubFrontend share() {
    return new Frontend(service);
  }

  @Override
  public void close() {
    given.closed = true;
    cleanable.clean();
  }

  private static Throwable plain(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException failed) {
      Throwable inner = failed.getCause();
      Throwable cause = inner == null ? failed : plain(inner);
      if (cause instanceof PubSubException known) throw known;
      if (cause instanceof CancellationException cancelled) throw cancelled;
      throw new IllegalStateException("unexpected failure", cause);
    } catch (InterruptedException interrupted) {
      future.cancel(false);
      throw interrupted;
    }
  }
}
