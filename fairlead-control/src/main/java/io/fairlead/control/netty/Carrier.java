package io.fairlead.control.netty;

import io.fairlead.control.http.Reply;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ServerExchange;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries one exchange between its event loop and the thread that works for it. Public methods: any
 * thread. The body it collects is bounded by the edge's settings.
 */
final class Carrier {
  private final ServerExchange exchange;
  private final Channel channel;
  private final Executor executor;

  // Event loop only.
  private List<FieldEdits.Field> always = List.of();
  private boolean ended;
  private boolean answered;
  private @Nullable Runnable afterwards;

  /** Event loop. */
  Carrier(ServerExchange exchange, Executor executor) {
    this.exchange = exchange;
    this.channel = exchange.channel();
    this.executor = executor;
    exchange.onEnd(this::onEnd);
  }

  /** Adds fields to the answer, whatever it will be. Event loop, before anything else. */
  void answerWith(List<FieldEdits.Field> fields) {
    always = List.copyOf(fields);
  }

  /** Whether the connection is open as far as we have heard. */
  boolean peerPresent() {
    return channel.isActive();
  }

  /** Collects the body, then hands it over on the worker's thread; a failed one ends the visit. */
  void readBody(Consumer<byte[]> next) {
    onLoop(
        () -> {
          if (!ended) exchange.readBody(new Collector(next));
        });
  }

  /** Answers; later answers to the same request are dropped. */
  void send(Reply reply) {
    onLoop(
        () -> {
          if (answered) return;
          answered = true;
          if (ended) {
            work(reply.afterwards());
            return;
          }
          afterwards = reply.afterwards();
          exchange.respond(answer(reply));
        });
  }

  private void onEnd() {
    ended = true;
    Runnable rest = afterwards;
    afterwards = null;
    if (rest != null) work(rest);
  }

  private void work(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException closing) {
      // The server is closing, and with it the gateway: there is nothing left to ask of it.
    }
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
      return;
    }
    try {
      channel.eventLoop().execute(task);
    } catch (RejectedExecutionException closing) {
      // The loop ended and closed the connection.
    }
  }

  private Answer answer(Reply reply) {
    List<FieldEdits.Field> fields = new ArrayList<>(always);
    for (Reply.Field field : reply.fields()) {
      fields.add(new FieldEdits.Field(field.name(), field.value()));
    }
    return new Answer(reply.status(), "", "", "", reply.contentType(), reply.body(), fields, false);
  }

  private final class Collector implements BodyReceiver {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Consumer<byte[]> next;

    Collector(Consumer<byte[]> next) {
      this.next = next;
    }

    @Override
    public void onData(ByteBuf data) {
      try {
        byte[] part = new byte[data.readableBytes()];
        data.readBytes(part);
        bytes.writeBytes(part);
      } finally {
        data.release();
      }
    }

    @Override
    public void onEnd() {
      byte[] body = bytes.toByteArray();
      work(() -> next.accept(body));
    }

    @Override
    public void onFailed(int status, String code) {
      if (answered || ended) return;
      answered = true;
      if (status == 499) exchange.abort();
      else exchange.respond(Answer.error(status, code, "the body is not acceptable").closing());
    }
  }
}
