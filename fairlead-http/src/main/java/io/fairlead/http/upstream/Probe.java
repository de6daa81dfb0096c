package io.fairlead.http.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.core.dial.Dialer;
import io.fairlead.http.health.CheckConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One health check on its way: a connection of its own, one question, one answer. Tells its result
 * exactly once, at the latest when its time is over. Confined to its event loop.
 */
final class Probe extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Probe.class);

  /** What a check found. */
  record Result(boolean passed, String text) {
    static Result passed(String text) {
      return new Result(true, text);
    }

    static Result failed(String text) {
      return new Result(false, text);
    }
  }

  /** One kind of question. Confined to the loop of its probe. */
  interface Dialogue {
    /** The first bytes to send. */
    ByteBuf opening();

    /**
     * Takes what the endpoint said.
     *
     * @param in borrows; everything that was understood is read
     * @param replies sends more
     * @return null while more is needed
     */
    @Nullable Result heard(ByteBuf in, Consumer<ByteBuf> replies);

    /** The endpoint says no more. */
    Result ended();
  }

  private final CheckConfig check;
  private final Endpoint endpoint;
  private final Consumer<Result> told;
  private @Nullable Channel channel;
  private @Nullable Dialogue dialogue;
  private boolean over;

  private Probe(CheckConfig check, Endpoint endpoint, Consumer<Result> told) {
    this.check = check;
    this.endpoint = endpoint;
    this.told = told;
  }

  /**
   * Asks once.
   *
   * @param dialer of {@code loop}; with TLS when the check is about it
   */
  static void run(
      CheckConfig check,
      Endpoint endpoint,
      Dialer<Channel> dialer,
      EventLoop loop,
      Consumer<Result> told) {
    Probe probe = new Probe(check, endpoint, told);
    try {
      loop.execute(() -> probe.start(dialer, loop));
    } catch (RejectedExecutionException closing) {
      log.atDebug().log("not asked: the gateway closes");
    }
  }

  private void start(Dialer<Channel> dialer, EventLoop loop) {
    var timer =
        loop.schedule(
            () -> end(Result.failed("no answer within " + check.timeout().toMillis() + " ms")),
            check.timeout().toNanos(),
            TimeUnit.NANOSECONDS);
    var _ = // the outcome comes to connected
        dialer
            .dial(endpoint.destination(), check.timeout())
            .whenComplete(
                (opened, failure) -> {
                  if (loop.inEventLoop()) connected(opened, failure);
                  else loop.execute(() -> connected(opened, failure));
                  if (failure != null) timer.cancel(false);
                });
  }

  private void connected(@Nullable Channel opened, @Nullable Throwable failure) {
    if (opened == null) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      end(Result.failed(cause == null ? "no connection" : String.valueOf(cause.getMessage())));
      return;
    }
    channel = opened;
    if (over) {
      var _ = opened.close();
      return;
    }
    switch (check.type()) {
      case TCP -> {
        opened.flush(); // a header may wait in it
        end(Result.passed("connected"));
      }
      case TLS -> end(Result.passed("handshake done"));
      case HTTP -> talk(opened, new HttpDialogue(check, endpoint.authority()));
      case GRPC -> talk(opened, new GrpcDialogue(check, endpoint));
    }
  }

  private void talk(Channel opened, Dialogue words) {
    dialogue = words;
    opened.pipeline().addLast(this);
    var _ = opened.writeAndFlush(words.opening());
    opened.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Dialogue words = dialogue;
    if (!(message instanceof ByteBuf in) || words == null || over) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      Result result = words.heard(in, reply -> ctx.writeAndFlush(reply, ctx.voidPromise()));
      if (result != null) end(result);
    } finally {
      in.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) ended();
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.atDebug().addKeyValue("endpoint", endpoint).setCause(cause).log("check broke");
    end(Result.failed("connection broke"));
  }

  private void ended() {
    if (dialogue != null && !over) end(dialogue.ended());
  }

  private void end(Result result) {
    if (over) return;
    over = true;
    if (channel != null) {
      var _ = channel.close();
    }
    told.accept(result);
  }

  static ByteBuf ascii(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(US_ASCII));
  }
}
