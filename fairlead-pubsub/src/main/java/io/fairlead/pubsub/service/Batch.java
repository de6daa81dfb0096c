package io.fairlead.pubsub.service;

import io.fairlead.pubsub.BatchBuilder;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.request.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Calls that go out together: one after the other in one flush, or as one array. */
final class Batch implements BatchBuilder {
  private static final int ARRAY_CALLS_MAX = 100;
  private static final int ARRAY_BYTES_MAX = 1 << 20;

  private record Item<R>(RpcCall<R> call, CompletableFuture<JsonSlice> answer) {}

  private final ChainService service;
  private final List<Item<?>> items = new ArrayList<>();
  private Form form = Form.PIPELINE;
  private boolean sent;

  Batch(ChainService service) {
    this.service = service;
  }

  @Override
  public <R> CompletableFuture<R> add(RpcCall<R> call) {
    if (sent) throw new PubSubException.LocalUsage("the batch was sent");
    CompletableFuture<JsonSlice> answer = new CompletableFuture<>();
    items.add(new Item<>(call, answer));
    CompletableFuture<R> done = new CompletableFuture<>();
    answer.whenCompleteAsync(
        (result, failure) -> {
          if (failure != null) {
            done.completeExceptionally(
                failure instanceof CompletionException && failure.getCause() != null
                    ? failure.getCause()
                    : failure);
            return;
          }
          try {
            done.complete(Frontend.decode(call, result));
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

  @Override
  public BatchBuilder form(Form next) {
    form = next;
    return this;
  }

  @Override
  public void send() {
    if (sent) throw new PubSubException.LocalUsage("the batch was sent");
    int bytes = items.stream().mapToInt(each -> each.call().params().length()).sum();
    if (form == Form.ARRAY && (items.size() > ARRAY_CALLS_MAX || bytes > ARRAY_BYTES_MAX))
      throw new PubSubException.LocalUsage(
          "array: " + items.size() + " calls, " + bytes + " bytes (expected: <= 100, 1 MiB)");
    sent = true;
    List<Item<?>> taken = new ArrayList<>();
    for (Item<?> each : items) {
      var refusal = service.calls().admission(each.call().method(), service);
      if (refusal.isPresent()) each.answer().completeExceptionally(refusal.get());
      else taken.add(each);
    }
    // In one turn of the loop, so that one flush carries all.
    service.execute(
        () -> {
          List<Request> requests = new ArrayList<>();
          for (Item<?> each : taken) requests.add(held(each));
          if (form == Form.ARRAY) service.calls().sendArray(requests);
          else service.calls().connectedOnly(requests);
        });
  }

  private Request held(Item<?> item) {
    return service
        .calls()
        .hold(
            item.call().method(),
            item.call().params(),
            item.call().timeout().orElse(service.plan().settings().requestTimeout()),
            item.answer());
  }
}
