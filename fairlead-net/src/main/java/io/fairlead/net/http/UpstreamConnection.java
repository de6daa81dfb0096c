package io.fairlead.net.http;

import io.fairlead.net.http.codec.ChunkDecoder;
import io.fairlead.net.http.codec.HeadScanner;
import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.net.loop.RelayBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1 connection to an upstream: either idle in the pool, or working for exactly one
 * exchange, whose response it cuts into head and body. Requests are never pipelined. Bytes or an
 * end while idle discard it. Confined to its event loop.
 */
final class UpstreamConnection extends LoopTick.Member implements UpstreamLeg {
  private static final Logger log = LoggerFactory.getLogger(UpstreamConnection.class);

  private enum Reading {
    HEAD,
    FIXED,
    CHUNKED,
    UNTIL_CLOSE
  }

  private final Channel channel;
  private final UpstreamLoop loop;
  private final ForwardPlan.Key key;
  private final PoolSettings settings;
  private final long expiresAtNanos;
  private @Nullable ChannelHandlerContext context;
  private final RequestOutput output = new RequestOutput(this);
  private @Nullable UpstreamWork current;
  private @Nullable ResponseView view;
  private @Nullable ChunkDecoder chunks;
  private ResponseLimits limits = ResponseLimits.DEFAULTS;
  private Reading reading = Reading.HEAD;
  private long remaining;
  private int requests;
  private boolean idle;
  private boolean fresh;
  private boolean spent;
  private boolean closed;
  private boolean broken;
  private boolean outputShut;
  private boolean flushWanted;
  private long idleSinceNanos;

  UpstreamConnection(Channel channel, UpstreamLoop loop, ForwardPlan.Key key) {
    this.channel = channel;
    this.loop = loop;
    this.key = key;
    this.settings = loop.pool().settings(key);
    this.expiresAtNanos = loop.pool().expiryNanos(settings, loop.pool().clock().nanos());
  }

  // ---- life -------------------------------------------------------------------------------

  /** Enters the pipeline of a channel just dialled. */
  void open() {
    loop.pool().openedOne();
    loop.tick.add(this);
    channel.pipeline().addLast(this);
    if (!channel.isActive()) {
      closed = true;
      loop.tick.remove(this);
      return;
    }
    channel.config().setAutoClose(false); // a failed write must not lose a response on its way
    channel.config().setAutoRead(true);
  }

  @Override
  public void work(UpstreamWork work) {
    current = work;
    view = loop.borrow();
    idle = false;
    requests++;
    reading = Reading.HEAD;
    if (work.clientShared()) return; // many exchanges share its buffers: none of them leases more
    RelayBuffers.relay(channel, work.clientChannel());
    RelayBuffers.relay(work.clientChannel(), channel);
  }

  @Override
  public void letGo(boolean reusable) {
    output.release();
    giveBack();
    if (closed) return;
    if (!reusable || outputShut) {
      discard(UpstreamPool.Discard.NOT_REUSABLE);
    } else if (spent || requests >= settings.requestsMax() || !loop.wanted(key)) {
      discard(UpstreamPool.Discard.EXPIRED);
    } else {
      rest();
    }
  }

  /** Goes to the pool. */
  void rest() {
    idle = true;
    fresh = true;
    channel.config().setAutoRead(true);
    if (!loop.put(this)) {
      idle = false;
      discard(UpstreamPool.Discard.FULL);
    }
  }

  /** It was dialled for somebody who does not wait any more. */
  void spare() {
    if (usable() && loop.wanted(key)) rest();
    else close();
  }

  /** Its key is not used any more. */
  void retire() {
    spent = true;
    if (idle) discard(UpstreamPool.Discard.RETIRED);
  }

  /** Nobody may use it any more, not even the exchange it works for. */
  void cut() {
    retire();
    if (!closed) close();
  }

  @Override
  public Channel leave() {
    channel.config().setAutoRead(false);
    channel.config().setAutoClose(true);
    current = null;
    view = null; // whoever reads the head goes on doing so, so it is not lent again
    closed = true;
    loop.tick.remove(this);
    channel.pipeline().remove(this);
    return channel;
  }

  ForwardPlan.Key key() {
    return key;
  }

  PoolSettings settings() {
    return settings;
  }

  Channel channel() {
    return channel;
  }

  @Override
  public boolean usable() {
    return !closed && channel.isActive();
  }

  @Override
  public boolean shared() {
    return false;
  }

  private void giveBack() {
    current = null;
    ResponseView lent = view;
    view = null;
    if (lent != null) loop.giveBack(lent);
  }

  // ---- the request goes out ---------------------------------------------------------------

  @Override
  public void send(RequestHead head, ForwardPlan plan) {
    limits = plan.wire().limits();
    currentView().scanner().reset(head.method().equals("HEAD"), limits.head());
    output.begin(
        ForwardedRequest.head(head, plan, loop.writer, channel.alloc()),
        head.body() instanceof BodyLength.Chunked);
  }

  @Override
  public void data(ByteBuf data) {
    output.data(data);
  }

  @Override
  public void end(Trailers trailers) {
    output.end(trailers, loop.writer);
  }

  void write(ByteBuf data) {
    if (outputShut) {
      data.release();
      return;
    }
    ChannelHandlerContext ctx = context();
    var _ = ctx.write(data, ctx.voidPromise()); // its failure is an exceptionCaught
    flushWanted = true;
    if (!channel.isWritable()) flushNow();
  }

  @Override
  public void flush() {
    output.sendHead();
    flushNow();
  }

  private void flushNow() {
    if (!flushWanted) return;
    flushWanted = false;
    context().flush();
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void pause() {
    channel.config().setAutoRead(false);
  }

  @Override
  public void resume() {
    channel.config().setAutoRead(true);
  }

  // ---- the response comes in --------------------------------------------------------------

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    UpstreamWork work = current;
    if (!(message instanceof ByteBuf in) || work == null) {
      ReferenceCountUtil.release(message);
      if (!closed) discard(UpstreamPool.Discard.UNSOLICITED);
      return;
    }
    work.progressed();
    boolean owned = true;
    try {
      while (owned && current == work && in.isReadable()) owned = take(work, in);
    } finally {
      if (owned) in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (current != null) current.upstreamBurstEnd();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (current != null && channel.isWritable()) current.upstreamWritable();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      // Under TLS only a closure alert is a proper end (RFC 9112 §9.8), and that came before.
      broken |= ctx.pipeline().get(SslHandler.class) != null;
      ended();
      close();
    } else if (event instanceof SslCloseCompletionEvent alert) {
      broken |= !alert.isSuccess();
      ended();
      close();
    } else if (event instanceof ChannelOutputShutdownEvent) {
      outputShut = true; // a write failed: what the upstream said before may still be read
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof ChannelOutputShutdownException) {
      log.atDebug().setCause(cause).log("upstream takes no more of the request");
      return;
    }
    if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
      log.atError().setCause(cause).log("response handling failed");
    } else {
      log.atDebug().setCause(cause).log("upstream connection broke");
    }
    broken = true; // a reset is no proper end of a body that ends with the connection
    close();
  }

  @Override
  protected void tick(long nowNanos) {
    if (nowNanos - expiresAtNanos >= 0) spent = true;
    UpstreamWork work = current;
    if (work != null) {
      work.tick(nowNanos);
    } else if (idle && fresh) {
      fresh = false;
      idleSinceNanos = nowNanos;
      RelayBuffers.rest(channel);
    } else if (idle && (spent || nowNanos - idleSinceNanos >= settings.idleTimeout().toNanos())) {
      discard(UpstreamPool.Discard.EXPIRED);
    }
  }

  /** Works on some input; returns false when the buffer itself was passed on. */
  private boolean take(UpstreamWork work, ByteBuf in) {
    switch (reading) {
      case HEAD -> head(work, in);
      case FIXED -> {
        int count = (int) Math.min(remaining, in.readableBytes());
        remaining -= count;
        boolean whole = count == in.readableBytes();
        work.responseData(whole ? in : in.readRetainedSlice(count));
        if (remaining == 0 && current == work) work.responseEnd(whole && keptAlive());
        return !whole;
      }
      case CHUNKED -> {
        return chunk(work, in);
      }
      case UNTIL_CLOSE -> {
        work.responseData(in);
        return false;
      }
    }
    return true;
  }

  private void head(UpstreamWork work, ByteBuf in) {
    ResponseView head = currentView();
    ResponseScanner scanner = head.scanner();
    HeadScanner.Progress progress = scanner.feed(in);
    if (progress == HeadScanner.Progress.MORE) return;
    if (progress == HeadScanner.Progress.REJECTED) {
      log.atDebug().addKeyValue("reason", scanner.reject().code()).log("bad response head");
      loop.pool().rejected(scanner.reject());
      work.badResponse();
      return;
    }
    if (scanner.status() == 101) {
      if (scanner.namesWebSocket()) work.switching(head, in);
      else work.badResponse();
    } else if (scanner.status() < 200) {
      work.informational(head);
      if (current == work) scanner.again();
    } else {
      body(work, scanner, in);
    }
  }

  private void body(UpstreamWork work, ResponseScanner scanner, ByteBuf in) {
    boolean none = scanner.bodiless() || (!scanner.chunked() && scanner.contentLength() == 0);
    boolean fixed = none || (!scanner.chunked() && scanner.contentLength() >= 0);
    if (fixed && in.readableBytes() > (none ? 0 : scanner.contentLength())) {
      log.atDebug().log("bytes behind the response");
      work.badResponse();
      return;
    }
    if (none) {
      // A 204 that announces a body may still send it.
      boolean sound =
          scanner.status() != 204 || (!scanner.chunked() && scanner.contentLength() <= 0);
      work.responseHead(currentView(), 0);
      if (current == work) work.responseEnd(sound && scanner.keepAlive());
      return;
    }
    if (scanner.chunked()) {
      reading = Reading.CHUNKED;
      if (chunks == null) chunks = new ChunkDecoder();
      chunks.reset(limits.chunks());
    } else if (scanner.untilClose()) {
      reading = Reading.UNTIL_CLOSE;
    } else {
      reading = Reading.FIXED;
      remaining = scanner.contentLength();
    }
    work.responseHead(currentView(), in.readableBytes());
  }

  private boolean chunk(UpstreamWork work, ByteBuf in) {
    ChunkDecoder decoder = chunks;
    if (decoder == null) throw new IllegalStateException("no chunk decoder");
    switch (decoder.next(in)) {
      case MORE -> {}
      case DATA -> {
        int count = decoder.dataLength();
        if (count == in.readableBytes()) {
          work.responseData(in);
          return false;
        }
        work.responseData(in.readRetainedSlice(count));
      }
      case END -> {
        Trailers trailers = Trailers.ofLines(decoder.trailerLines());
        if (!trailers.isEmpty()) work.responseTrailers(trailers);
        if (current == work) work.responseEnd(!in.isReadable() && keptAlive());
      }
      case REJECTED -> {
        loop.pool().rejected(decoder.reject());
        work.badResponse();
      }
    }
    return true;
  }

  private void ended() {
    if (closed) return;
    closed = true;
    loop.tick.remove(this);
    if (idle) {
      loop.remove(this);
      loop.pool().discarded(UpstreamPool.Discard.UNSOLICITED);
    }
    idle = false;
    UpstreamWork work = current;
    if (work == null) return;
    if (reading == Reading.UNTIL_CLOSE && !broken) {
      work.responseEnd(false);
    } else {
      work.upstreamClosed();
    }
  }

  private void discard(UpstreamPool.Discard reason) {
    if (closed) return;
    closed = true;
    loop.tick.remove(this);
    if (idle) loop.remove(this);
    idle = false;
    loop.pool().discarded(reason);
    close();
  }

  /** The rest happens in {@link #channelInactive}. */
  private void close() {
    var _ = channel.close();
  }

  private boolean keptAlive() {
    return currentView().scanner().keepAlive();
  }

  private ResponseView currentView() {
    ResponseView lent = view;
    if (lent == null) throw new IllegalStateException("no exchange");
    return lent;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    return ctx;
  }
}
