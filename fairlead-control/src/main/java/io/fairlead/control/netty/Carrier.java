package io.fairlead.control.netty;

import io.fairlead.control.http.Feed;
import io.fairlead.control.http.Reply;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ServerExchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
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
  private final List<Runnable> endActions = new ArrayList<>(1);

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

  /**
   * Collects the body, then hands it over on the worker's thread; a failed one ends the visit.
   *
   * @param failed hears of its status
   */
  void readBody(Consumer<byte[]> next, IntConsumer failed) {
    onLoop(
        () -> {
          if (!ended) exchange.readBody(new Collector(next, failed));
        });
  }

  /** Answers; later answers to the same request are dropped. */
  void send(Reply reply) {
    onLoop(
        () -> {
          if (answered) return;
          answered = true;
          if (ended) {
            reply.feed().ifPresent(feed -> feed.open(new Stream())); // learns of the end at once
            work(reply.afterwards());
            return;
          }
          afterwards = reply.afterwards();
          if (reply.feed().isPresent()) stream(reply, reply.feed().get());
          else exchange.respond(answer(reply));
        });
  }

  private void stream(Reply reply, Feed feed) {
    FieldEdits edits = new FieldEdits();
    edits.set("Content-Type", reply.contentType());
    for (Reply.Field field : reply.fields()) edits.set(field.name(), field.value());
    exchange.respond(reply.status(), edits, BodyLength.CHUNKED);
    feed.open(new Stream());
    exchange.flush();
  }

  private void onEnd() {
    ended = true;
    endActions.forEach(Runnable::run);
    endActions.clear();
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

  /** A response under way. */
  private final class Stream implements Feed.Outlet {
    @Override
    public void execute(Runnable task) {
      onLoop(
          () -> {
            if (!ended) task.run();
          });
    }

    @Override
    public void after(Duration delay, Runnable task) {
      var _ =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    if (!ended) task.run();
                  },
                  delay.toNanos(),
                  TimeUnit.NANOSECONDS);
    }

    @Override
    public void write(byte[] piece) {
      if (!ended) exchange.write(Unpooled.wrappedBuffer(piece));
    }

    @Override
    public void flush() {
      if (!ended) exchange.flush();
    }

    @Override
    public boolean writable() {
      return !ended && exchange.writable();
    }

    @Override
    public void onWritable(Runnable listener) {
      exchange.onWritable(listener);
    }

    @Override
    public void onEnd(Runnable listener) {
      if (ended) listener.run();
      else endActions.add(listener);
    }
  }

  private final class Collector implements BodyReceiver {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Consumer<byte[]> next;
    private final IntConsumer failed;

    Collector(Consumer<byte[]> next, IntConsumer failed) {
      this.next = next;
      this.failed = failed;
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
      failed.accept(status);
      if (status == 499) exchange.abort();
      else exchange.respond(Answer.error(status, code, "the body is not acceptable").closing());
    }
  }
}
