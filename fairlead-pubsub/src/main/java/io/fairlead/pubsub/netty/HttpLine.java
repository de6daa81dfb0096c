package io.fairlead.pubsub.netty;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.http.codec.ChunkDecoder;
import io.fairlead.net.http.codec.ChunkLimits;
import io.fairlead.net.http.codec.HeadLimits;
import io.fairlead.net.http.codec.HeadWriter;
import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.TerminalCause;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One HTTP/1.1 connection that carries one POST after the other. On its event loop. */
final class HttpLine extends ChannelInboundHandlerAdapter {
  /** What becomes of a line. */
  interface Owner {
    /** The connection stands, and its TLS. */
    void ready(HttpLine line);

    /**
     * An answer came whole; the line is free again unless it closes.
     *
     * @param body borrows
     */
    void answered(HttpLine line, ResponseScanner head, ByteBuf body);

    /** It ended; an exchange that was under way has no answer. */
    void ended(HttpLine line, TerminalCause cause);
  }

  private static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 32 * 1024, 16 * 1024, 100);

  private final EndpointUrl url;
  private final int bodyMax;
  private final Owner owner;
  private final ResponseScanner head = new ResponseScanner(LIMITS);
  private final ChunkDecoder chunks = new ChunkDecoder();
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf body;
  private @Nullable TerminalCause cause;
  private boolean busy;
  private boolean headDone;
  private boolean ended;

  HttpLine(EndpointUrl url, int bodyMax, Owner owner) {
    this.url = url;
    this.bodyMax = bodyMax;
    this.owner = owner;
  }

  /** Where its messages go. */
  EndpointUrl url() {
    return url;
  }

  /** Whether an exchange is under way. */
  boolean busy() {
    return busy;
  }

  /**
   * Starts an exchange on a line that is free.
   *
   * @param json borrows
   */
  void post(ByteBuf json, Map<String, Secret> fields) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || busy) throw new IllegalStateException("line is not free");
    busy = true;
    headDone = false;
    head.reset(false);
    HeadWriter request =
        new HeadWriter()
            .begin()
            .request("POST", url.target().reveal(), url.authority())
            .field("Content-Type", "application/json")
            .field("Accept", "application/json")
            .contentLength(json.readableBytes());
    fields.forEach((name, value) -> request.field(name, value.reveal()));
    ByteBuf out = request.end().toBuffer(ctx.alloc(), json.readableBytes());
    out.writeBytes(json, json.readerIndex(), json.readableBytes());
    ctx.writeAndFlush(out, ctx.voidPromise());
    ctx.channel().config().setAutoRead(true);
  }

  void close() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) ctx.close();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (url.secure()) ctx.read();
    else owner.ready(this);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        owner.ready(this);
      } else {
        cause = Failures.cause(SecureStart.failure(done.cause()));
        ctx.close();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof ByteBuf in) take(ctx, in);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void take(ChannelHandlerContext ctx, ByteBuf in) {
    if (!busy) {
      broken(ctx, TerminalCause.of(TerminalCause.Kind.PROTOCOL, "an answer to no question"));
      return;
    }
    while (!headDone) {
      switch (head.feed(in)) {
        case MORE -> {
          return;
        }
        case REJECTED -> {
          broken(ctx, TerminalCause.of(TerminalCause.Kind.PROTOCOL, "the answer is no HTTP"));
          return;
        }
        case COMPLETE -> {
          if (head.status() < 200) {
            head.again();
          } else {
            headDone = true;
            chunks.reset(ChunkLimits.DEFAULTS);
            if (head.contentLength() > bodyMax) {
              tooLarge(ctx);
              return;
            }
            body = ctx.alloc().buffer((int) Math.max(256, head.contentLength()));
          }
        }
      }
    }
    body(ctx, in);
  }

  private void body(ChannelHandlerContext ctx, ByteBuf in) {
    ByteBuf held = body;
    if (held == null) return;
    if (head.chunked() && !head.bodiless()) {
      while (true) {
        switch (chunks.next(in)) {
          case MORE -> {
            return;
          }
          case DATA -> {
            int count = chunks.dataLength();
            if (held.readableBytes() + count > bodyMax) {
              tooLarge(ctx);
              return;
            }
            held.writeBytes(in, count);
          }
          case END -> {
            done(ctx);
            return;
          }
          case REJECTED -> {
            broken(ctx, TerminalCause.of(TerminalCause.Kind.PROTOCOL, "a broken body"));
            return;
          }
        }
      }
    }
    long length = head.bodiless() ? 0 : head.contentLength();
    if (held.readableBytes() + in.readableBytes() > bodyMax) {
      tooLarge(ctx);
      return;
    }
    held.writeBytes(
        in,
        length < 0
            ? in.readableBytes()
            : (int) Math.min(in.readableBytes(), length - held.readableBytes()));
    if (length >= 0 && held.readableBytes() >= length) done(ctx);
  }

  private void done(ChannelHandlerContext ctx) {
    ByteBuf held = body;
    if (held == null) return;
    body = null;
    busy = false;
    boolean keep = head.keepAlive() && !head.untilClose();
    if (!keep) ctx.close();
    try {
      owner.answered(this, head, held);
    } finally {
      held.release();
    }
  }

  private void tooLarge(ChannelHandlerContext ctx) {
    broken(ctx, TerminalCause.of(TerminalCause.Kind.FRAME_TOO_LARGE, "answer beyond the limit"));
  }

  private void broken(ChannelHandlerContext ctx, TerminalCause why) {
    cause = why;
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    if (cause == null)
      cause = TerminalCause.of(TerminalCause.Kind.TRANSPORT, SocketDial.word(failure));
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (ended) return;
    ended = true;
    if (busy && headDone && head.untilClose() && cause == null) done(ctx);
    ByteBuf held = body;
    body = null;
    if (held != null) held.release();
    TerminalCause why = cause;
    owner.ended(
        this,
        why == null ? TerminalCause.of(TerminalCause.Kind.CLOSED_BY_PEER, "end of stream") : why);
  }
}
