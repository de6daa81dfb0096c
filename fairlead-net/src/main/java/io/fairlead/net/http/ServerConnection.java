package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.ChunkDecoder;
import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server connection: cuts its bytes into requests, hands over one at a time, keeps the
 * deadlines and ends it properly. The response side of a request is its {@link ConnectionExchange}.
 *
 * <pre>
 * Idle     --first byte-->           Head
 * Head     --head complete-->        Exchange
 * Head     --refused, too slow-->    Linger    (error answer)
 * Exchange --response and body end-> Idle      (or Linger when the connection is not kept)
 * Exchange --body bad or slow-->     Linger    (error answer, unless a response had begun)
 * Exchange --upgrade-->              Gone      (handler removed)
 * Linger   --FIN, 256 KiB, 2 s-->    Gone
 * Idle     --deadline, drain-->      Gone
 * any      --closed-->               Gone
 * </pre>
 *
 * Confined to its event loop. Bytes of later requests wait in one buffer: 16 requests or 64 KiB,
 * then reading stops.
 */
final class ServerConnection extends LoopTick.Member {
  private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);

  private static final int PARKED_BYTES_MAX = 64 * 1024;
  private static final int PARKED_REQUESTS_MAX = 16;
  private static final long LINGER_BYTES_MAX = 256 * 1024;
  private static final long LINGER_NANOS = 2_000_000_000L;

  /** Far away: until an answer is flushed, the write stall is the bound. */
  private static final long FLUSH_NANOS = 3_600_000_000_000L;

  private static final long RATE_GRACE_NANOS = 5_000_000_000L;
  private static final long RATE_BYTES_PER_SECOND = 240;

  private enum Phase {
    IDLE,
    HEAD,
    EXCHANGE,
    LINGER,
    GONE
  }

  private final Channel channel;
  private final LiveConnection live;
  private final EdgeRules rules;
  private final RequestHandler handler;
  private final EdgeLoop loop;
  private final Http1Edge edge;
  private final boolean secure;

  private @Nullable ChannelHandlerContext context;
  private Phase phase = Phase.IDLE;
  private @Nullable ByteBuf input;
  private @Nullable RequestView head;
  private @Nullable ConnectionExchange exchange;
  private long deadlineNanos;
  private int requests;
  private boolean driving;
  private boolean reading;
  private boolean flushWanted;
  private boolean autoRead;
  private boolean inputShut;
  private boolean draining;
  private long receivedBurst;
  private long sentBurst;
  private long lingered;

  private @Nullable BodyReceiver receiver;
  private boolean bodyDone = true;
  private boolean bodyChunked;
  private boolean bodyPaused;
  private long bodyRemaining;
  private long bodyBytes;
  private long bodyMax;
  private long bodyStartNanos;
  private long bodyProgressNanos;
  private long pausedAtNanos;
  private @Nullable ChunkDecoder chunks;

  private long stallProgress;
  private long stallPending;
  private long stallSinceNanos;
  private boolean stalled;

  ServerConnection(
      Channel channel,
      LiveConnection live,
      EdgeRules rules,
      RequestHandler handler,
      EdgeLoop loop,
      Http1Edge edge) {
    this.channel = channel;
    this.live = live;
    this.rules = rules;
    this.handler = handler;
    this.loop = loop;
    this.edge = edge;
    this.secure = channel.pipeline().get(SslHandler.class) != null;
  }

  // ---- life -------------------------------------------------------------------------------

  /** Takes ownership of {@code already}. */
  void begin(ByteBuf already) {
    if (live.kind().isEmpty()) live.kind("http");
    deadlineNanos = edge.clock().nanos() + rules.firstNanos();
    loop.tick.add(this);
    if (already.isReadable()) {
      channelRead(context(), already);
      channelReadComplete(context());
    } else {
      already.release();
    }
    if (phase != Phase.GONE) {
      autoRead = true;
      updateAutoRead();
      channel.config().setAutoRead(autoRead);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || phase == Phase.GONE) {
      ReferenceCountUtil.release(message);
      return;
    }
    reading = true;
    receivedBurst += bytes.readableBytes();
    ByteBuf waiting = input;
    input = waiting == null ? bytes : join(waiting, bytes);
    drive();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    if (receivedBurst > 0) {
      live.addReceived(receivedBurst);
      receivedBurst = 0;
    }
    if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
    if (flushWanted) flushNow();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null && channel.isWritable()) exchange.becameWritable();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case DrainEvent drain -> drain(drain);
      case ChannelInputShutdownEvent _ -> inputShut();
      case SslCloseCompletionEvent _ -> inputShut();
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
      log.atError().setCause(cause).log("http connection failed");
    } else {
      log.atDebug().addKeyValue("connection", live.id()).setCause(cause).log("connection broke");
    }
    channel.close();
  }

  @Override
  void tick(long nowNanos) {
    checkWriteStall(nowNanos);
    switch (phase) {
      case IDLE, LINGER -> {
        if (nowNanos - deadlineNanos >= 0) channel.close();
      }
      case HEAD -> {
        if (nowNanos - deadlineNanos >= 0) refuse(Reject.HEAD_TIMEOUT);
      }
      case EXCHANGE -> checkBodyTime(nowNanos);
      case GONE -> {} // closing: only the write stall is left to watch
    }
  }

  // ---- from bytes to requests -------------------------------------------------------------

  /** Works on what was read until more is needed. Re-entrant calls return at once. */
  private void drive() {
    if (driving) return;
    driving = true;
    try {
      while (input != null && input.isReadable() && step(input)) {}
    } finally {
      driving = false;
    }
    if (input != null && (!input.isReadable() || phase == Phase.GONE)) {
      input.release();
      input = null;
    }
    if (phase != Phase.GONE) updateAutoRead();
  }

  /** Returns whether to go on. */
  private boolean step(ByteBuf in) {
    return switch (phase) {
      case IDLE -> {
        head = loop.borrow(rules, secure);
        phase = Phase.HEAD;
        deadlineNanos = edge.clock().nanos() + rules.headNanos();
        yield true;
      }
      case HEAD -> head(in);
      case EXCHANGE -> !bodyDone && receiver != null && body(in, receiver);
      case LINGER -> {
        lingered += in.readableBytes();
        in.skipBytes(in.readableBytes());
        if (lingered > LINGER_BYTES_MAX) channel.close();
        yield false;
      }
      case GONE -> {
        in.skipBytes(in.readableBytes());
        yield false;
      }
    };
  }

  private boolean head(ByteBuf in) {
    RequestView view = currentHead();
    switch (view.feed(in)) {
      case MORE -> {
        return false;
      }
      case REJECTED -> refuse(view.scanner().reject());
      case COMPLETE -> request(view);
    }
    return true;
  }

  private void request(RequestView view) {
    edge.meters().droppedFields(view.scanner().droppedAliases());
    Reject reason = admission(view);
    if (reason != null) {
      refuse(reason);
      return;
    }
    requests++;
    phase = Phase.EXCHANGE;
    bodyDone = !view.hasBody();
    bodyChunked = view.scanner().chunked();
    bodyRemaining = Math.max(0, view.scanner().contentLength());
    bodyBytes = 0;
    bodyMax = rules.bodyMax();
    bodyPaused = false;
    receiver = null;
    if (bodyChunked) {
      if (chunks == null) chunks = new ChunkDecoder();
      chunks.reset();
    }
    ConnectionExchange next = new ConnectionExchange(this, view, edge.clock().nanos());
    exchange = next;
    try {
      handler.handle(next);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("request handler failed");
      next.fail(Answer.error(500, "internal", "internal error").closing());
    }
  }

  private @Nullable Reject admission(RequestView view) {
    String method = view.method();
    if (method.equals("TRACE")) return Reject.METHOD_NOT_ALLOWED;
    if (!rules.allowConnect() && method.equals("CONNECT")) return Reject.METHOD_NOT_ALLOWED;
    return view.scanner().contentLength() > rules.bodyMax() ? Reject.BODY_TOO_LARGE : null;
  }

  private boolean body(ByteBuf in, BodyReceiver to) {
    int count;
    if (bodyChunked) {
      ChunkDecoder decoder = decoder();
      switch (decoder.next(in)) {
        case MORE -> {
          return false;
        }
        case REJECTED -> {
          failBody(decoder.reject());
          return true;
        }
        case END -> {
          edge.meters().droppedTrailers(decoder.droppedTrailers());
          endBody(to);
          return true;
        }
        case DATA -> {}
      }
      count = decoder.dataLength();
      if (bodyBytes + count > bodyMax) {
        failBody(Reject.BODY_TOO_LARGE);
        return true;
      }
    } else {
      count = (int) Math.min(bodyRemaining, in.readableBytes());
      bodyRemaining -= count;
    }
    bodyBytes += count;
    bodyProgressNanos = edge.clock().nanos();
    boolean end = !bodyChunked && bodyRemaining == 0;
    if (count == in.readableBytes()) {
      input = null; // the whole buffer goes on as it is
      to.onData(in);
    } else {
      to.onData(in.readRetainedSlice(count));
    }
    if (end && receiver == to) endBody(to);
    return true;
  }

  private void endBody(BodyReceiver to) {
    bodyDone = true;
    bodyPaused = false;
    receiver = null;
    to.onEnd();
    ConnectionExchange current = exchange;
    if (current != null && current.answered()) exchangeOver(current);
  }

  private void failBody(Reject reason) {
    edge.meters().rejected(reason);
    BodyReceiver to = receiver;
    receiver = null;
    bodyPaused = false;
    ConnectionExchange current = exchange;
    if (current != null) {
      current.fail(Answer.error(reason.status(), reason.code(), reason.message()).closing());
    }
    if (to != null) to.onFailed(reason.status(), reason.code());
  }

  /** Answers a request that never became an exchange, and ends the connection. */
  private void refuse(Reject reason) {
    edge.meters().rejected(reason);
    log.atDebug()
        .addKeyValue("connection", live.id())
        .addKeyValue("reason", reason.code())
        .log("request refused");
    RequestView view = currentHead();
    ConnectionExchange answer = new ConnectionExchange(this, view, edge.clock().nanos());
    phase = Phase.EXCHANGE;
    bodyDone = false; // what follows cannot be trusted: linger, never read another request
    bodyChunked = true;
    receiver = null;
    exchange = answer;
    answer.refuse(reason);
  }

  // ---- what the exchange asks for ---------------------------------------------------------

  void readBody(ConnectionExchange from, BodyReceiver to) {
    if (bodyDone) {
      to.onEnd();
      return;
    }
    receiver = to;
    bodyStartNanos = edge.clock().nanos();
    bodyProgressNanos = bodyStartNanos;
    if (from.head().expectsContinue() && (input == null || !input.isReadable())) {
      from.sendContinue();
    }
    drive();
    if (!reading && receiver instanceof BurstReceiver burst) burst.onBurstEnd();
  }

  void bodyMax(Limit max) {
    bodyMax = EdgeRules.bytes(max);
  }

  void pauseBody() {
    if (bodyPaused || bodyDone) return;
    bodyPaused = true;
    pausedAtNanos = edge.clock().nanos();
    updateAutoRead();
  }

  void resumeBody() {
    if (!bodyPaused) return;
    bodyPaused = false;
    long now = edge.clock().nanos();
    bodyStartNanos += now - pausedAtNanos; // our own back-pressure is not the client's slowness
    bodyProgressNanos = now;
    updateAutoRead();
  }

  /** Whether the connection may serve another request after the current one. */
  boolean keepsAlive(RequestHead request) {
    return request.keepAlive()
        && !draining
        && !inputShut
        && requests < rules.requestsMax()
        && (bodyDone || skippable());
  }

  /** The response is complete. */
  void answered(ConnectionExchange answered) {
    if (exchange != answered) return;
    if (!bodyDone && receiver == null && !answered.closing() && skippable()) skipBody();
    if (bodyDone || answered.closing()) exchangeOver(answered);
  }

  /** Hands over the bare channel; the caller owns the bytes. */
  ByteBuf leave() {
    channel.config().setAutoRead(false);
    phase = Phase.GONE;
    exchange = null;
    head = null; // whoever took the channel may go on reading it, so it is not lent again
    loop.tick.remove(this);
    countSent();
    if (receivedBurst > 0) live.addReceived(receivedBurst);
    receivedBurst = 0;
    ByteBuf early = input;
    input = null;
    channel.pipeline().remove(this);
    return early == null ? Unpooled.EMPTY_BUFFER : early;
  }

  void write(Object message, long bytes) {
    sentBurst += bytes;
    flushWanted = true;
    ChannelHandlerContext ctx = context();
    ctx.write(message, ctx.voidPromise());
    if (!channel.isWritable()) flushNow();
  }

  /** Flushes at the end of the read burst, or now when there is none. */
  void flush() {
    if (!flushWanted) return;
    if (!reading) flushNow();
  }

  void flushNow() {
    flushWanted = false;
    countSent();
    context().flush();
  }

  Channel channel() {
    return channel;
  }

  LiveConnection live() {
    return live;
  }

  boolean secure() {
    return secure;
  }

  EdgeLoop loop() {
    return loop;
  }

  Http1Edge edge() {
    return edge;
  }

  ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    return ctx;
  }

  // ---- ends -------------------------------------------------------------------------------

  private void exchangeOver(ConnectionExchange over) {
    exchange = null;
    over.over();
    BodyReceiver unread = receiver;
    receiver = null;
    RequestView view = head;
    head = null;
    if (view != null) loop.giveBack(view);
    if (unread != null) unread.onFailed(over.status(), "answered_early");
    if (phase != Phase.EXCHANGE) return;
    if (over.closing() || !bodyDone) {
      end();
      return;
    }
    phase = Phase.IDLE;
    deadlineNanos = edge.clock().nanos() + rules.keepAliveNanos();
    flush();
    if (draining || inputShut) {
      end();
    } else if (input != null) {
      drive();
    }
  }

  /** Ends after what was written; lingers when the client may still be sending. */
  private void end() {
    flushNow();
    boolean unread = !bodyDone || input != null && input.isReadable();
    if (!unread || inputShut || !(channel instanceof DuplexChannel duplex)) {
      phase = Phase.GONE;
      context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    // A close with unread bytes would be a reset that destroys the answer on its way.
    phase = Phase.LINGER;
    deadlineNanos = edge.clock().nanos() + FLUSH_NANOS;
    context()
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            _ -> {
              deadlineNanos = edge.clock().nanos() + LINGER_NANOS;
              SslHandler tls = channel.pipeline().get(SslHandler.class);
              if (tls != null) tls.closeOutbound();
              else duplex.shutdownOutput();
            });
    drive();
    updateAutoRead();
  }

  private void gone() {
    loop.tick.remove(this);
    phase = Phase.GONE;
    if (input != null && !driving) {
      input.release();
      input = null;
    }
    ConnectionExchange current = exchange;
    BodyReceiver unread = receiver;
    exchange = null;
    receiver = null;
    if (current != null) current.lost();
    if (unread != null) unread.onFailed(499, "client_gone");
    RequestView view = head;
    head = null;
    if (view != null && !driving) loop.giveBack(view);
    if (receivedBurst > 0) live.addReceived(receivedBurst);
    receivedBurst = 0;
    countSent();
  }

  /** The client sends no more. A request whose response has not begun is given up (499). */
  private void inputShut() {
    if (inputShut) return;
    inputShut = true;
    switch (phase) {
      case IDLE, HEAD, LINGER -> channel.close();
      case EXCHANGE -> {
        if (exchange == null || !bodyDone || !exchange.responding()) channel.close();
      }
      case GONE -> {}
    }
  }

  private void drain(DrainEvent drain) {
    draining = true;
    if (phase != Phase.IDLE) return;
    long now = edge.clock().nanos();
    if (now - drain.idleCloseNanos() >= 0) {
      channel.close();
    } else if (drain.idleCloseNanos() - deadlineNanos < 0) {
      deadlineNanos = drain.idleCloseNanos();
    }
  }

  // ---- bounds -----------------------------------------------------------------------------

  private void checkBodyTime(long nowNanos) {
    if (bodyDone || bodyPaused || receiver == null) return;
    long activeNanos = nowNanos - bodyStartNanos;
    boolean idle = nowNanos - bodyProgressNanos >= rules.bodyIdleNanos();
    boolean slow =
        activeNanos > RATE_GRACE_NANOS
            && bodyBytes < activeNanos / 1_000_000_000L * RATE_BYTES_PER_SECOND;
    if (idle || slow) failBody(Reject.BODY_TIMEOUT);
  }

  private void checkWriteStall(long nowNanos) {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    long pending = out == null ? 0 : out.totalPendingWriteBytes();
    if (out == null || pending == 0) {
      stalled = false;
      return;
    }
    long progress = out.currentProgress();
    if (!stalled || progress != stallProgress || pending != stallPending) {
      stalled = true;
      stallProgress = progress;
      stallPending = pending;
      stallSinceNanos = nowNanos;
    } else if (nowNanos - stallSinceNanos >= rules.writeStallNanos()) {
      log.atDebug().addKeyValue("connection", live.id()).log("write stalled");
      channel.close();
    }
  }

  private void updateAutoRead() {
    boolean wanted =
        switch (phase) {
          case IDLE, HEAD, LINGER -> true;
          case EXCHANGE -> !bodyPaused && !parkedFull();
          case GONE -> false;
        };
    if (wanted != autoRead) {
      autoRead = wanted;
      channel.config().setAutoRead(wanted);
    }
  }

  private boolean parkedFull() {
    if (input == null || receiver != null) return false;
    if (input.readableBytes() > PARKED_BYTES_MAX) return true;
    return bodyDone && parkedRequests(input) >= PARKED_REQUESTS_MAX;
  }

  private static int parkedRequests(ByteBuf in) {
    int count = 0;
    for (int i = in.readerIndex(); i + 3 < in.writerIndex(); i++) {
      if (in.getByte(i) == '\r'
          && in.getByte(i + 1) == '\n'
          && in.getByte(i + 2) == '\r'
          && in.getByte(i + 3) == '\n') {
        count++;
      }
    }
    return count;
  }

  /** Whether the rest of an unread body is here already, so that it can be stepped over. */
  private boolean skippable() {
    RequestView view = head;
    return receiver == null
        && !bodyChunked
        && view != null
        && !view.expectsContinue()
        && input != null
        && input.readableBytes() >= bodyRemaining;
  }

  private void skipBody() {
    if (input != null) input.skipBytes((int) bodyRemaining);
    bodyRemaining = 0;
    bodyDone = true;
  }

  private RequestView currentHead() {
    RequestView view = head;
    if (view == null) throw new IllegalStateException("no head in phase " + phase);
    return view;
  }

  private ChunkDecoder decoder() {
    ChunkDecoder decoder = chunks;
    if (decoder == null) throw new IllegalStateException("no chunk decoder");
    return decoder;
  }

  private void countSent() {
    if (sentBurst == 0) return;
    live.addSent(sentBurst);
    sentBurst = 0;
  }

  private ByteBuf join(ByteBuf first, ByteBuf second) {
    ByteBuf both = channel.alloc().buffer(first.readableBytes() + second.readableBytes());
    both.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return both;
  }
}
