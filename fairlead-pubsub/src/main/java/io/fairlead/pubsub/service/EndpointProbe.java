package io.fairlead.pubsub.service;

import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.EnvelopeScanner;
import io.fairlead.pubsub.netty.Wiring;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks, now and then, at the endpoints that do not serve: whether they can be reached, and how
 * high their chain is. Each look is a connection with one question. Which chain it is gets asked
 * when one of them comes to serve. On the service's event loop.
 */
final class EndpointProbe {
  private static final byte[] QUESTION =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\",\"params\":[]}"
          .getBytes(StandardCharsets.US_ASCII);

  private final ServicePlan plan;
  private final Link link;
  private final Wiring wiring;
  private final Timers timers;
  private Timers.@Nullable Handle waiting;
  private boolean stopped;

  EndpointProbe(ServicePlan plan, Link link, Wiring wiring, Timers timers) {
    this.plan = plan;
    this.link = link;
    this.wiring = wiring;
    this.timers = timers;
  }

  /** From now on; again does nothing. */
  void start() {
    if (waiting == null && !stopped) await();
  }

  void stop() {
    stopped = true;
    Timers.Handle timer = waiting;
    waiting = null;
    if (timer != null) timer.cancel();
  }

  private void await() {
    Duration each = plan.settings().keepalive().probe();
    waiting =
        timers.after(
            each,
            () -> {
              look();
              if (!stopped) await();
            });
  }

  /** Looks at each of them now. */
  void look() {
    if (stopped) return;
    for (Endpoint each : link.others()) look(each);
  }

  private void look(Endpoint endpoint) {
    Duration patience = plan.settings().connectTimeout();
    CompletableFuture<OptionalLong> height = new CompletableFuture<>();
    CompletableFuture<ConnectionHandle> dialled;
    try {
      dialled = plan.dial().connect(endpoint.connector(), wiring).toCompletableFuture();
    } catch (RuntimeException failure) {
      dialled = CompletableFuture.failedFuture(failure);
    }
    dialled.whenComplete(
        (connection, failure) ->
            wiring
                .loop()
                .execute(
                    () -> {
                      if (connection == null) height.completeExceptionally(failure);
                      else ask(connection, height);
                    }));
    Timers.Handle late =
        timers.after(
            patience,
            () ->
                height.completeExceptionally(
                    new PubSubException.BackendGone(
                        TerminalCause.of(TerminalCause.Kind.SILENT, "no answer to a look"))));
    height.whenComplete(
        (number, failure) ->
            wiring
                .loop()
                .execute(
                    () -> {
                      late.cancel();
                      if (stopped) return;
                      boolean reached = failure == null;
                      link.looked(
                          endpoint.alias(), reached, reached ? number : OptionalLong.empty());
                    }));
  }

  private void ask(ConnectionHandle connection, CompletableFuture<OptionalLong> height) {
    if (height.isDone()) {
      connection.close(); // too late
      return;
    }
    height.whenComplete((_, _) -> connection.close());
    connection
        .terminated()
        .whenComplete(
            (cause, _) -> {
              if (cause != null)
                height.completeExceptionally(new PubSubException.BackendGone(cause));
            });
    connection.onFrame(
        utf8 -> {
          OptionalLong read = read(utf8);
          if (read.isPresent()) height.complete(read);
        });
    connection.send(Unpooled.wrappedBuffer(QUESTION));
  }

  private static OptionalLong read(ByteBuf utf8) {
    byte[] json = new byte[utf8.readableBytes()];
    utf8.getBytes(utf8.readerIndex(), json);
    EnvelopeScanner scanner = new EnvelopeScanner();
    boolean answer = scanner.scan(json, 0, json.length) == EnvelopeScanner.Kind.RESPONSE;
    if (!answer || !scanner.hasResult()) return OptionalLong.empty();
    int from = scanner.resultFrom();
    try {
      return OptionalLong.of(
          JsonSlice.wrap(json, from, scanner.resultTo() - from).decode(Decoders.quantity()));
    } catch (PubSubException.DecodeError _) {
      return OptionalLong.empty();
    }
  }
}
