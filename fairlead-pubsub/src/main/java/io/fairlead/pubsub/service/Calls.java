package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Keccak256;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.RequestWriter;
import io.fairlead.pubsub.endpoint.RequestBudget;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.request.RequestTable;
import io.fairlead.pubsub.request.ResendClass;
import io.fairlead.pubsub.request.RpcErrors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a service: takes them from any thread, sends them while there is a connection,
 * keeps them while there is none. What is not said to be for any thread is for the event loop.
 */
final class Calls {
  private static final long MIN_TIMEOUT_NANOS = 1_000_000;

  private final ServicePlan plan;
  private final Timers timers;
  private final Clock clock;
  private final ServiceMeters meters;
  private final Function<ResendClass, @Nullable ConnectionHandle> connection;
  private final RequestTable table = new RequestTable();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final List<List<Request>> arrays = new ArrayList<>(); // no more than requests
  private final AtomicLong heldBytes = new AtomicLong(); // parameters of what is in flight
  private volatile long outbound;
  private Timers.@Nullable Handle deadline;
  private long deadlineNanos;
  private boolean over;
  private Optional<RequestBudget> budget = Optional.empty();
  private boolean sending;

  /**
   * @param connection where a request of that class may be sent now
   */
  Calls(
      ServicePlan plan,
      Timers timers,
      Clock clock,
      ServiceMeters meters,
      Function<ResendClass, @Nullable ConnectionHandle> connection) {
    this.plan = plan;
    this.timers = timers;
    this.clock = clock;
    this.meters = meters;
    this.connection = connection;
  }

  /** Requests that users wait for. Any thread. */
  int inFlight() {
    return inFlight.get();
  }

  /** A user's call; the result is not decoded. Any thread; completes on the loop. */
  CompletableFuture<JsonSlice> call(RpcCall<?> call, ChainService service) {
    CompletableFuture<JsonSlice> answer = new CompletableFuture<>();
    Optional<PubSubException> refusal = admission(call.method(), service);
    if (refusal.isPresent()) {
      answer.completeExceptionally(refusal.get());
      return answer;
    }
    held(call.params(), answer);
    Duration timeout = call.timeout().orElse(plan.settings().requestTimeout());
    service.execute(() -> submit(call.method(), call.params(), timeout, answer, service));
    return answer;
  }

  private void held(JsonSlice params, CompletableFuture<JsonSlice> answer) {
    inFlight.incrementAndGet();
    heldBytes.addAndGet(params.length());
    answer.whenComplete(
        (_, _) -> {
          inFlight.decrementAndGet();
          heldBytes.addAndGet(-params.length());
        });
  }

  /** Why a request is not taken; empty when it is. Any thread. */
  Optional<PubSubException> admission(String method, ChainService service) {
    Optional<PubSubException> refusal = service.refusal();
    if (refusal.isPresent()) return refusal;
    if (!RequestWriter.plain(method))
      return Optional.of(new PubSubException.LocalUsage("a method's name is printable ASCII"));
    if (inFlight.get() >= plan.settings().bounds().inFlight())
      return Optional.of(meters.overloaded(ChainLimit.IN_FLIGHT));
    long waiting = service.connectedNow() ? outbound : heldBytes.get();
    if (waiting > plan.settings().bounds().outboundBytes())
      return Optional.of(meters.overloaded(ChainLimit.OUTBOUND));
    return Optional.empty();
  }

  private void submit(
      String method,
      JsonSlice params,
      Duration timeout,
      CompletableFuture<JsonSlice> answer,
      ChainService service) {
    if (answer.isDone()) return;
    Optional<PubSubException> refusal = over ? service.refusal() : Optional.empty();
    if (refusal.isPresent()) {
      answer.completeExceptionally(refusal.get());
      return;
    }
    Waiting waiting = new Waiting(method, params, answer);
    Request request = add(method, params, plan.methods().resend().of(method), timeout, waiting);
    waiting.request = request;
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) service.execute(() -> table.cancel(request, clock.nanos()));
        });
    sendIfConnected(request);
  }

  /** A request of the present connection. */
  void onConnection(String method, JsonSlice params, Duration timeout, Request.Waiter waiter) {
    sendIfConnected(add(method, params, ResendClass.CONNECTION, timeout, waiter));
  }

  /** A subscribing request. */
  void subscribe(String method, JsonSlice params, Request.Waiter waiter) {
    sendIfConnected(
        add(method, params, ResendClass.SUBSCRIBE, plan.settings().subscribeTimeout(), waiter));
  }

  private Request add(
      String method,
      JsonSlice params,
      ResendClass resend,
      Duration timeout,
      Request.Waiter waiter) {
    Request request = table.add(method, params, resend, clock.nanos(), timeout, waiter);
    arm();
    return request;
  }

  private void sendIfConnected(Request request) {
    ConnectionHandle to = connection.apply(request.resend());
    if (to == null) {
      if (request.resend() != ResendClass.CONNECTION) return; // sent when there is one
      if (table.take(request.id()) != null)
        request
            .waiter()
            .failed(
                new PubSubException.TransportError(
                    TerminalCause.of(TerminalCause.Kind.TRANSPORT, "not connected"), false));
      return;
    }
    Duration wait = budgeted(request);
    if (wait.isZero()) send(request, to);
    else timers.after(wait, () -> sendLater(request));
  }

  /** How long the endpoint's budget holds it back; what keeps the connection is not held back. */
  private Duration budgeted(Request request) {
    return switch (request.resend()) {
      case CONNECTION, SUBSCRIBE -> Duration.ZERO;
      case SAFE, HASHED, UNSAFE ->
          budget.map(each -> each.take(clock.nanos())).orElse(Duration.ZERO);
    };
  }

  private void sendLater(Request request) {
    ConnectionHandle to = connection.apply(request.resend());
    // Over meanwhile, or sent by the next connection.
    if (to != null && request.state() == Request.State.QUEUED) send(request, to);
  }

  /** What requests are held to from now on. */
  void budget(Optional<RequestBudget> next) {
    budget = next;
  }

  private void send(Request request, ConnectionHandle to) {
    request.sent();
    int size = RequestWriter.size(request.method(), request.params().length());
    ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer(size);
    RequestWriter.begin(out, request.id(), request.method());
    request.params().writeTo(out);
    out.writeByte('}');
    hand(out, to);
  }

  private void hand(ByteBuf out, ConnectionHandle to) {
    meters.sent(out.readableBytes());
    sending = true;
    try {
      to.send(out);
    } finally {
      sending = false;
    }
    outbound = to.pendingBytes();
  }

  /** Whether a message is being handed over now: an answer inside of that must wait. */
  boolean sending() {
    return sending;
  }

  /** Several requests as one message; all for the present connection, or none. */
  void sendArray(List<Request> requests) {
    ConnectionHandle to = connection.apply(ResendClass.SAFE);
    if (to == null) return; // each goes out alone when there is a connection
    arrays.removeIf(each -> each.stream().allMatch(one -> one.state() == Request.State.DONE));
    arrays.add(requests);
    ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
    out.writeByte('[');
    for (Request each : requests) {
      if (out.readableBytes() > 1) out.writeByte(',');
      each.sent();
      RequestWriter.begin(out, each.id(), each.method());
      each.params().writeTo(out);
      out.writeByte('}');
    }
    out.writeByte(']');
    hand(out, to);
  }

  /** A user's request that goes out with others. */
  Request hold(
      String method, JsonSlice params, Duration timeout, CompletableFuture<JsonSlice> answer) {
    Waiting waiting = new Waiting(method, params, answer);
    Request request = add(method, params, plan.methods().resend().of(method), timeout, waiting);
    waiting.request = request;
    held(params, answer);
    return request;
  }

  /** An array was answered by an array: fails what it left out. */
  void arrayAnswered() {
    for (Iterator<List<Request>> all = arrays.iterator(); all.hasNext(); ) {
      List<Request> array = all.next();
      if (array.stream().allMatch(each -> each.state() == Request.State.SENT)) continue;
      all.remove();
      for (Request each : array) {
        if (each.state() == Request.State.SENT && table.take(each.id()) != null)
          each.waiter().failed(new PubSubException.MissingBatchResponse(each.id()));
      }
    }
  }

  /** Sends these now, if there is a connection; otherwise they wait for one. */
  void connectedOnly(List<Request> requests) {
    for (Request each : requests) sendIfConnected(each);
  }

  /** There is a connection: everything that waits is sent, in order. */
  void connected() {
    for (Request each : table.queued()) sendIfConnected(each);
  }

  void lost(TerminalCause cause) {
    outbound = 0;
    arrays.clear();
    table.lost(cause);
  }

  /** A result came. */
  void result(long id, JsonSlice result) {
    Request request = table.take(id);
    if (request == null) {
      Request.Waiter late = table.late(id);
      if (late != null) late.late(result);
      else meters.rejected("unknown_id");
      return;
    }
    Optional<PubSubException.RpcError> disguised = RpcErrors.disguised(result);
    if (disguised.isPresent()) {
      fail(request, disguised.get());
      return;
    }
    meters.answered(request.method(), "ok", clock.nanos() - request.sinceNanos());
    request.waiter().result(result);
  }

  /** An error came. */
  void error(long id, JsonSlice error) {
    Request request = table.take(id);
    if (request == null) {
      if (table.late(id) == null) meters.rejected("unknown_id");
      return;
    }
    fail(request, RpcErrors.read(error));
  }

  private void fail(Request request, PubSubException.RpcError error) {
    if (RpcErrors.retryable(error)) meters.rateLimited();
    meters.answered(request.method(), "error", clock.nanos() - request.sinceNanos());
    request.waiter().failed(error);
  }

  /** What an error without an id is about: the only request on its way, or the only array. */
  List<Request> suspects() {
    Request only = table.only();
    if (only != null) return List.of(only);
    if (arrays.size() != 1) return List.of();
    List<Request> array =
        arrays.getFirst().stream().filter(each -> each.state() == Request.State.SENT).toList();
    return array.size() == table.inFlight() ? array : List.of();
  }

  /** Whether answers are worth waiting for. */
  boolean draining() {
    return table.awaitsReads();
  }

  void failAll(PubSubException failure) {
    over = true;
    table.failAll(failure);
    Timers.Handle armed = deadline;
    deadline = null;
    if (armed != null) armed.cancel();
  }

  /** Keeps one timer at the earliest deadline. */
  private void arm() {
    long nowNanos = clock.nanos();
    Timers.Handle armed = deadline;
    if (armed != null) {
      // A new request's deadline is rarely the earliest; look only when it may be.
      if (deadlineNanos - nowNanos <= MIN_TIMEOUT_NANOS) return;
      long left = table.untilDeadline(nowNanos);
      if (left < 0 || nowNanos + left - deadlineNanos >= 0) return;
      armed.cancel();
    }
    long left = table.untilDeadline(nowNanos);
    if (left < 0) {
      deadline = null;
      return;
    }
    deadlineNanos = nowNanos + left;
    deadline =
        timers.after(
            Duration.ofNanos(left),
            () -> {
              deadline = null;
              table.expire(clock.nanos());
              arm();
            });
  }

  /** A user who waits; knows what a transaction sent twice means. */
  private final class Waiting implements Request.Waiter {
    private final String method;
    private final JsonSlice params;
    private final CompletableFuture<JsonSlice> answer;
    private @Nullable Request request;

    Waiting(String method, JsonSlice params, CompletableFuture<JsonSlice> answer) {
      this.method = method;
      this.params = params;
      this.answer = answer;
    }

    @Override
    public void result(JsonSlice result) {
      answer.complete(result);
    }

    @Override
    public void failed(PubSubException failure) {
      Request own = request;
      if (own != null
          && own.again()
          && own.resend() == ResendClass.HASHED
          && failure instanceof PubSubException.RpcError error
          && RpcErrors.knownTransaction(error)) {
        lookUp(failure);
        return;
      }
      if (!(failure instanceof PubSubException.RpcError))
        meters.answered(method, failure instanceof PubSubException.Timeout ? "timeout" : "lost", 0);
      answer.completeExceptionally(failure);
    }

    /** It was sent twice: whether the first one arrived, its hash tells. */
    private void lookUp(PubSubException failure) {
      Optional<Hash> hash = transactionHash(params);
      if (hash.isEmpty()) {
        answer.completeExceptionally(failure);
        return;
      }
      sendIfConnected(
          add(
              "eth_getTransactionByHash",
              Json.array(hash.get().hex()),
              ResendClass.SAFE,
              plan.settings().requestTimeout(),
              new Request.Waiter() {
                @Override
                public void result(JsonSlice found) {
                  if (found.isNull()) answer.completeExceptionally(failure);
                  else answer.complete(Json.write(hash.get().hex()));
                }

                @Override
                public void failed(PubSubException unanswered) {
                  answer.completeExceptionally(failure);
                }
              }));
    }
  }

  private static Optional<Hash> transactionHash(JsonSlice params) {
    try {
      String raw = params.decode(Decoders.tree()).path(0).asString("");
      if (!raw.startsWith("0x")) return Optional.empty();
      return Optional.of(Hash.of(Keccak256.digest(HexFormat.of().parseHex(raw.substring(2)))));
    } catch (IllegalArgumentException | PubSubException.DecodeError _) {
      return Optional.empty();
    }
  }
}
