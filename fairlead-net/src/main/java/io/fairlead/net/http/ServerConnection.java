package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.HeadScanner;
import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server connection: cuts its bytes into requests, hands over one at a time, keeps the
 * deadlines and ends it properly. What waits is {@link RequestInput}, a request's body {@link
 * RequestBody}, its response {@link ConnectionExchange}.
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
 * Confined to its event loop.
 */
final class ServerConnection {
  private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);

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
  private final ServerHandler channelHandler = new ServerHandler(this);
  private final RequestInput input = new RequestInput();
  private final RequestBody body;
  private final Linger linger = new Linger();

  private @Nullable ConnectionOutput output;
  private Phase phase = Phase.IDLE;
  private @Nullable RequestView head;
  private @Nullable ConnectionExchange exchange;
  private long deadlineNanos;
  private long headAtNanos;
  private boolean headBegan;
  private int requests;
  private boolean driving;
  private boolean autoRead;
  private boolean inputShut;
  private boolean draining;

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
    this.secure = ServerTls.secures(channel);
    this.body = new RequestBody(this, input, edge.clock());
  }

  // ---- life -------------------------------------------------------------------------------

  /** Takes ownership of {@code already}. */
  void begin(ByteBuf already) {
    if (live.kind().isEmpty()) live.kind("http");
    deadlineNanos = edge.clock().nanos() + rules.firstNanos();
    loop.tick.add(channelHandler);
    if (already.isReadable()) {
      read(already);
      burstOver();
    } else {
      already.release();
    }
    if (phase != Phase.GONE) {
      autoRead = true;
      updateAutoRead();
      channel.config().setAutoRead(autoRead);
    }
  }

  /** Its handler is in the pipeline. */
  void entered(ChannelHandlerContext ctx) {
    output = new ConnectionOutput(channel, live, ctx);
  }

  ServerHandler channelHandler() {
    return channelHandler;
  }

  void tick(long nowNanos) {
    boolean writing = output().endStalled(nowNanos, rules.writeStallNanos(), edge.meters());
    switch (phase) {
      case IDLE -> {
        if (writing) {
          deadlineNanos = nowNanos + rules.keepAliveNanos(); // it still takes the last answer
        } else if (nowNanos - deadlineNanos >= 0) {
          if (!draining) edge.meters().beyond(idleBound());
          output().closeNow();
        }
      }
      case LINGER -> {
        if (linger.overAt(nowNanos)) output().closeNow();
      }
      case HEAD -> {
        if (nowNanos - deadlineNanos >= 0) refuse(Reject.HEAD_TIMEOUT, null);
      }
      case EXCHANGE -> {
        if (body.late(nowNanos, rules.bodyIdleNanos(), rules.bodyBytesPerSecond())) {
          failBody(Reject.BODY_TIMEOUT);
        }
      }
      case GONE -> {} // closing: only the write stall is left to watch
    }
  }

  private EdgeBound idleBound() {
    return requests == 0 ? EdgeBound.FIRST_REQUEST : EdgeBound.KEEP_ALIVE;
  }

  // ---- from bytes to requests -------------------------------------------------------------

  /** Takes ownership. */
  void read(ByteBuf bytes) {
    output().burstBegin();
    input.add(bytes, channel.alloc());
    drive();
  }

  /** Nothing more to read for now. */
  void burstOver() {
    ConnectionOutput out = output();
    out.burstOver();
    input.report(live);
    body.burstEnd();
    out.flush();
  }

  /** Works on what was read until more is needed. Re-entrant calls return at once. */
  private void drive() {
    if (driving) return;
    driving = true;
    try {
      ByteBuf in = input.readable();
      while (in != null && step(in)) in = input.readable();
    } finally {
      driving = false;
    }
    if (phase == Phase.GONE || !input.isReadable()) input.release();
    if (phase != Phase.GONE) updateAutoRead();
  }

  /** Returns whether to go on. */
  private boolean step(ByteBuf in) {
    return switch (phase) {
      case IDLE -> {
        head = loop.borrow(rules, secure);
        phase = Phase.HEAD;
        headAtNanos = edge.clock().nanos();
        headBegan = true;
        deadlineNanos = headAtNanos + rules.headNanos();
        yield true;
      }
      case HEAD -> head(in);
      case EXCHANGE -> body.step(in);
      case LINGER -> {
        if (linger.full(in)) output().closeNow();
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
    HeadScanner.Progress progress = view.feed(in);
    boolean atOnce = headBegan; // then the clock was read just now
    headBegan = false;
    if (progress == HeadScanner.Progress.MORE) return false;
    if (progress == HeadScanner.Progress.COMPLETE) {
      request(view, atOnce ? headAtNanos : edge.clock().nanos());
    } else refuse(view.scanner().reject(), null);
    return true;
  }

  private void request(RequestView view, long nowNanos) {
    edge.meters().droppedFields(view.scanner().droppedAliases());
    Reject reason = rules.refusal(view);
    if (reason != null) {
      refuse(reason, view);
      return;
    }
    if (++requests == rules.requestsMax()) edge.meters().beyond(EdgeBound.REQUESTS_PER_CONNECTION);
    phase = Phase.EXCHANGE;
    body.begin(view, rules.bodyMax(), rules.chunks());
    ConnectionExchange next = new ConnectionExchange(this, view, nowNanos);
    exchange = next;
    try {
      handler.handle(next);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("request handler failed");
      next.fail(Answer.internal());
    }
  }

  /** The last byte of the body was handed over. */
  void bodyEnded() {
    ConnectionExchange current = exchange;
    if (current != null && current.answered()) exchangeOver(current);
  }

  void failBody(Reject reason) {
    edge.meters().rejected(reason);
    BodyReceiver to = body.detach();
    ConnectionExchange current = exchange;
    if (current != null) {
      current.fail(Answer.refusal(reason));
    }
    if (to != null) to.onFailed(reason.status(), reason.code());
  }

  /**
   * Answers a request that never became an exchange, and ends the connection.
   *
   * @param known its head, where that was well-formed
   */
  private void refuse(Reject reason, @Nullable RequestHead known) {
    edge.meters().rejected(reason);
    handler.refused(RefusedRequest.of(channel, live, known, reason));
    log.atDebug()
        .addKeyValue("connection", live.id())
        .addKeyValue("reason", reason.code())
        .log("request refused");
    RequestView view = currentHead();
    ConnectionExchange answer = new ConnectionExchange(this, view, edge.clock().nanos());
    phase = Phase.EXCHANGE;
    body.beginUnknown(); // linger, never read another request
    exchange = answer;
    answer.fail(Answer.refusal(reason));
  }

  // ---- what the exchange asks for ---------------------------------------------------------

  void readBody(ConnectionExchange from, BodyReceiver to) {
    if (body.done()) {
      to.onEnd();
      return;
    }
    body.read(to);
    if (body.tooLong()) {
      failBody(Reject.BODY_TOO_LARGE);
      return;
    }
    if (from.head().expectsContinue() && !input.isReadable()) from.sendContinue();
    drive();
    if (!output().inBurst()) body.burstEnd();
  }

  void bodyMax(Limit max) {
    body.max(EdgeRules.bytes(max));
  }

  void pauseBody() {
    if (body.pause()) updateAutoRead();
  }

  void resumeBody() {
    if (body.resume()) updateAutoRead();
  }

  /** Whether the connection may serve another request after the current one. */
  boolean keepsAlive(RequestHead request) {
    return request.keepAlive()
        && !draining
        && !inputShut
        && requests < rules.requestsMax()
        && (body.done() || body.skippable());
  }

  /** The response is complete. */
  void answered(ConnectionExchange answered) {
    if (exchange != answered) return;
    if (!body.done() && !answered.closing() && body.skippable()) body.skip();
    if (body.done() || answered.closing()) exchangeOver(answered);
  }

  /** Hands over the bare channel; the caller owns the bytes. */
  ByteBuf leave() {
    channel.config().setAutoRead(false);
    phase = Phase.GONE;
    exchange = null;
    head = null; // whoever took the channel may go on reading it, so it is not lent again
    loop.tick.remove(channelHandler);
    output().count();
    input.report(live);
    ByteBuf early = input.takeAll();
    channel.pipeline().remove(channelHandler);
    return early;
  }

  boolean gone() {
    return phase == Phase.GONE;
  }

  /** The client takes bytes again. */
  void writable() {
    if (exchange != null) exchange.becameWritable();
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

  List<FieldEdits.Field> answerFields() {
    return rules.answerFields();
  }

  EdgeLoop loop() {
    return loop;
  }

  Http1Edge edge() {
    return edge;
  }

  ConnectionOutput output() {
    ConnectionOutput out = output;
    if (out == null) throw new IllegalStateException("not in a pipeline");
    return out;
  }

  // ---- ends -------------------------------------------------------------------------------

  private void exchangeOver(ConnectionExchange over) {
    exchange = null;
    long now = edge.clock().nanos();
    over.over(now);
    BodyReceiver unread = body.detach();
    RequestView view = head;
    head = null;
    if (view != null) loop.giveBack(view);
    if (unread != null) unread.onFailed(over.status(), "answered_early");
    if (phase != Phase.EXCHANGE) return;
    if (over.closing() || !body.done()) {
      end();
      return;
    }
    phase = Phase.IDLE;
    deadlineNanos = now + rules.keepAliveNanos();
    output().flush();
    if (draining || inputShut) {
      end();
    } else if (input.isReadable()) {
      drive();
    }
  }

  /** Ends after what was written; lingers when the client may still be sending. */
  private void end() {
    boolean unread = !body.done() || input.isReadable();
    if (!unread || inputShut || !(channel instanceof DuplexChannel duplex)) {
      closeAfterwards();
      return;
    }
    phase = Phase.LINGER;
    linger.begin(output(), duplex, edge.clock());
    drive();
    updateAutoRead();
  }

  /** The channel is closed. */
  void lost() {
    loop.tick.remove(channelHandler);
    phase = Phase.GONE;
    if (!driving) input.release();
    ConnectionExchange current = exchange;
    BodyReceiver unread = body.detach();
    exchange = null;
    if (current != null) current.lost();
    if (unread != null) unread.onFailed(499, "client_gone");
    RequestView view = head;
    head = null;
    if (view != null && !driving) loop.giveBack(view);
    input.report(live);
    output().count();
  }

  /** The client sends no more. A request whose response has not begun is given up (499). */
  void inputShut() {
    if (inputShut) return;
    inputShut = true;
    switch (phase) {
      case IDLE, HEAD, LINGER -> closeAfterwards();
      case EXCHANGE -> {
        if (exchange == null || !body.done() || !exchange.responding()) output().closeNow();
      }
      case GONE -> {}
    }
  }

  /** Closes when what was written is out; until then only the write stall is watched. */
  private void closeAfterwards() {
    phase = Phase.GONE;
    output().close();
  }

  /** The response under way is the last; without one, closes at that time at the latest. */
  void leave(long idleCloseNanos) {
    draining = true;
    if (phase != Phase.IDLE) return;
    long now = edge.clock().nanos();
    if (now - idleCloseNanos >= 0) {
      closeAfterwards();
    } else if (idleCloseNanos - deadlineNanos < 0) {
      deadlineNanos = idleCloseNanos;
    }
  }

  // ---- bounds -----------------------------------------------------------------------------

  private void updateAutoRead() {
    boolean wanted =
        switch (phase) {
          case IDLE, HEAD, LINGER -> true;
          case EXCHANGE ->
              !body.paused() && (body.wanted() || !input.full(body.done(), rules.pipelinedMax()));
          case GONE -> false;
        };
    if (wanted != autoRead) {
      autoRead = wanted;
      if (!wanted && phase == Phase.EXCHANGE && input.holds(body.done(), rules.pipelinedMax())) {
        edge.meters().beyond(EdgeBound.PIPELINED_REQUESTS);
      }
      channel.config().setAutoRead(wanted);
    }
  }

  /** Bytes of the head of the request under way. */
  long headBytes() {
    RequestView view = head;
    return view == null ? 0 : view.scanner().heldBytes();
  }

  /** With what waits behind it. */
  long heldBytes() {
    return headBytes() + input.readableBytes();
  }

  private RequestView currentHead() {
    RequestView view = head;
    if (view == null) throw new IllegalStateException("no head in phase " + phase);
    return view;
  }
}
