package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.EdgeBound;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.LoopTick;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.WebSocketKey;
import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.listen.DrainDeadline;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.listen.LeaveEvent;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 connection of a client: makes requests of its streams, keeps the bounds and deadlines,
 * and ends it properly.
 *
 * <pre>
 * Open     --drain, requests used up-->   Leaving  (GOAWAY 2^31-1)
 * Leaving  --1 s-->                       Last     (GOAWAY of the last stream)
 * Last     --no streams-->                closed
 * Open     --idle too long-->             Leaving
 * any      --protocol broken, abuse-->    closed   (GOAWAY with its code, 2 s to read it)
 * </pre>
 *
 * Confined to its event loop.
 */
final class ServerSession extends Session {
  private static final Logger log = LoggerFactory.getLogger(ServerSession.class);
  private static final long LAST_CALL_NANOS = 1_000_000_000L;

  private enum Phase {
    OPEN,
    LEAVING,
    LAST
  }

  private final LiveConnection live;
  private final HttpSettings rules;
  private final RequestHandler requests;
  private final NegotiatedEdge edge;
  private final boolean secure;
  private final Deadlines deadlines = new Deadlines();
  private final List<StreamExchange> exchanges = new ArrayList<>();
  private final List<StreamChannel> tunnels = new ArrayList<>(1);
  private Phase phase = Phase.OPEN;
  private int occupied;
  private long taken;
  private long idleUntilNanos;
  private long leaveAtNanos;
  private boolean leavesLater;
  private long lastCallNanos;
  private long framesSeen;
  private long silentSinceNanos;
  private long bytesInTick;
  private long receivedBytes;
  private long sentBytes;
  private boolean opened;

  ServerSession(
      Channel channel,
      LiveConnection live,
      HttpSettings rules,
      RequestHandler requests,
      SessionLoop loop,
      NegotiatedEdge edge) {
    super(channel, loop, true, rules.http2(), settings(rules.http2()), loop.clock());
    this.live = live;
    this.rules = rules;
    this.requests = requests;
    this.edge = edge;
    this.secure = channel.pipeline().get(SslHandler.class) != null;
    connection.remote().maxActiveStreams(rules.http2().streams());
  }

  private static Http2Settings settings(Http2Limits limits) {
    Http2Settings settings =
        new Http2Settings()
            .maxConcurrentStreams(limits.streams())
            .initialWindowSize(limits.window().toInt())
            .maxHeaderListSize(limits.headerList().bytes());
    if (limits.extendedConnect()) settings.connectProtocolEnabled(true);
    return settings;
  }

  // ---- life -------------------------------------------------------------------------------

  /** Takes ownership of {@code already}. */
  void begin(ByteBuf already) {
    edge.http2Meters().opened();
    opened = true;
    idleUntilNanos = clock().nanos() + rules.firstRequestTimeout().toNanos();
    loop.tick.add(deadlines);
    channel.pipeline().addLast(handler);
    try {
      int window = rules.http2().connectionWindow().toInt();
      Http2Stream whole = connection.connectionStream();
      inbound().incrementWindowSize(whole, Math.max(0, window - inbound().windowSize(whole)));
    } catch (Http2Exception e) {
      throw new IllegalStateException("connection window", e);
    }
    flushNow();
    if (already.isReadable()) {
      handler.first(context(), already);
    } else {
      already.release();
    }
    if (!gone()) channel.config().setAutoRead(true);
  }

  @Override
  void head(Http2Stream stream, HeaderList fields, boolean ends) throws Http2Exception {
    FrameStream.Reader known = reader(stream);
    if (known != null) {
      if (known instanceof StreamExchange exchange) exchange.trailers(fields, ends);
      else if (ends) known.data(Unpooled.EMPTY_BUFFER, true);
      return;
    }
    if (phase == Phase.LAST || occupied >= rules.http2().streams()) {
      throw Http2Exception.streamError(stream.id(), Http2Error.REFUSED_STREAM, "too many requests");
    }
    StreamHead head =
        new StreamHead(fields, ends, secure, rules, () -> WebSocketKey.fresh(edge.randomness()));
    if (head.malformed()) {
      edge.http2Meters().malformed();
      throw Http2Exception.streamError(stream.id(), Http2Error.PROTOCOL_ERROR, "malformed request");
    }
    request(stream, head, ends);
  }

  private void request(Http2Stream stream, StreamHead head, boolean ends) {
    edge.meters().droppedFields(head.droppedAliases());
    StreamExchange exchange = new StreamExchange(this, stream, head, ends, clock().nanos());
    bind(stream, exchange);
    exchanges.add(exchange);
    occupied++;
    edge.http2Meters().streamOpened();
    if (++taken >= rules.requestsMax()) {
      if (taken == rules.requestsMax()) edge.meters().beyond(EdgeBound.REQUESTS_PER_CONNECTION);
      leave();
    }
    Reject refusal = head.refusal();
    if (refusal != null) {
      refuse(exchange, refusal);
      return;
    }
    try {
      requests.handle(exchange);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("request handler failed");
      exchange.fail(Answer.internal());
    }
  }

  void refuse(StreamExchange exchange, Reject reason) {
    edge.meters().rejected(reason);
    told(exchange.head(), reason);
    log.atDebug()
        .addKeyValue("connection", live.id())
        .addKeyValue("reason", reason.code())
        .log("request refused");
    exchange.fail(Answer.refusal(reason));
  }

  private void told(@Nullable RequestHead head, Reject reason) {
    requests.refused(
        RefusedRequest.of(channel, live, "HTTP/2", head, reason.status(), reason.code()));
  }

  @Override
  void headTooLarge(Http2Stream stream) {
    edge.meters().rejected(Reject.HEAD_TOO_LARGE);
    told(null, Reject.HEAD_TOO_LARGE);
    HeaderList fields = new HeaderList();
    fields.status(WireFields.number(Reject.HEAD_TOO_LARGE.status()));
    new FrameStream(this, stream).head(fields, true);
  }

  // ---- what exchanges ask for -------------------------------------------------------------

  LiveConnection live() {
    return live;
  }

  HttpSettings rules() {
    return rules;
  }

  NegotiatedEdge edge() {
    return edge;
  }

  boolean secure() {
    return secure;
  }

  /** Whether the client said anything since the last tick. */
  boolean heardInTick() {
    return bytesInTick > 0;
  }

  void sent(int bytes) {
    sentBytes += bytes;
  }

  /** Its place is free. */
  void left(StreamExchange exchange) {
    if (!exchanges.remove(exchange)) return;
    occupied--;
    edge.http2Meters().streamClosed();
    if (exchanges.isEmpty()) {
      idleUntilNanos = clock().nanos() + rules.keepAliveTimeout().toNanos();
      closeIfDone();
    }
  }

  /** The stream goes on as that. */
  void tunnel(StreamChannel channelOfStream) {
    tunnels.add(channelOfStream);
    var _ =
        channelOfStream
            .closeFuture()
            .addListener(
                _ -> {
                  tunnels.remove(channelOfStream);
                  closeIfDone();
                });
  }

  // ---- for the codec ----------------------------------------------------------------------

  @Override
  Clock clock() {
    return loop.clock();
  }

  @Override
  void received(int bytes) {
    receivedBytes += bytes;
    bytesInTick += bytes;
  }

  @Override
  void burstOver() {
    count();
  }

  @Override
  void flushNow() {
    count();
    super.flushNow();
  }

  private void count() {
    if (receivedBytes > 0) live.addReceived(receivedBytes);
    if (sentBytes > 0) live.addSent(sentBytes);
    receivedBytes = 0;
    sentBytes = 0;
  }

  @Override
  void resetFor(Http2Exception.StreamException cause) {
    if (cause.error() == Http2Error.REFUSED_STREAM) edge.http2Meters().refused();
    try {
      guard.provokedReset();
    } catch (Http2Exception calm) {
      fail(calm.error());
    }
  }

  @Override
  void failing(Http2Error error) {
    edge.http2Meters().goAway(error);
    FrameGuard.Abuse abuse = guard.abuse();
    if (abuse != null) {
      edge.http2Meters().abuse(abuse);
    } else if (error == Http2Error.ENHANCE_YOUR_CALM) {
      // Who else says so: the frame reader, of a head in too many frames.
      edge.http2Meters()
          .beyond(
              answersPiledUp()
                  ? Http2Meters.Bound.QUEUED_CONTROL_FRAMES
                  : Http2Meters.Bound.CONTINUATIONS);
    }
    log.atDebug()
        .addKeyValue("connection", live.id())
        .addKeyValue("code", error)
        .log("connection ended with an error");
  }

  @Override
  void ended() {
    for (StreamExchange exchange : List.copyOf(exchanges)) exchange.closed();
    for (StreamChannel tunnel : List.copyOf(tunnels)) {
      var _ = tunnel.close();
    }
    if (channel.isActive()) return; // it failed, and waits for its end
    loop.tick.remove(deadlines);
    count();
    if (opened) edge.http2Meters().closed();
    opened = false;
  }

  // ---- the way out ------------------------------------------------------------------------

  @Override
  boolean event(Object event) {
    if (event instanceof DrainEvent drain) {
      for (StreamChannel tunnel : List.copyOf(tunnels)) StreamChannel.tell(tunnel, event);
      leaveAt(drain.idleCloseNanos());
      return true;
    }
    if (event instanceof LeaveEvent leave) {
      leaveAt(leave.idleCloseNanos());
      return true;
    }
    if (event == DrainDeadline.PASSED) {
      for (StreamChannel tunnel : List.copyOf(tunnels)) StreamChannel.tell(tunnel, event);
      return true;
    }
    return super.event(event);
  }

  /** A busy connection is told at once; idle ones at their own time, not all together. */
  private void leaveAt(long idleCloseNanos) {
    if (phase != Phase.OPEN) return;
    if (!exchanges.isEmpty() || !tunnels.isEmpty()) {
      leave();
    } else if (!leavesLater || idleCloseNanos - leaveAtNanos < 0) {
      leavesLater = true;
      leaveAtNanos = idleCloseNanos;
      if (clock().nanos() - leaveAtNanos >= 0) leave();
    }
  }

  /** RFC 9113 §6.8: first no number, so that requests on their way are still taken. */
  private void leave() {
    if (phase != Phase.OPEN || gone()) return;
    phase = Phase.LEAVING;
    lastCallNanos = clock().nanos() + LAST_CALL_NANOS;
    goAway(Integer.MAX_VALUE);
  }

  private void lastCall() {
    phase = Phase.LAST;
    goAway(connection.remote().lastStreamCreated());
    closeIfDone();
  }

  private void goAway(int last) {
    var _ = // a failure ends the connection
        handler.goAway(
            context(),
            last,
            Http2Error.NO_ERROR.code(),
            Unpooled.EMPTY_BUFFER,
            context().newPromise());
    flush();
  }

  private void closeIfDone() {
    if (phase != Phase.LAST || !exchanges.isEmpty() || !tunnels.isEmpty() || gone()) return;
    leaveInPeace();
  }

  private void tick(long nowNanos) {
    if (ending(nowNanos)) return;
    for (int i = exchanges.size() - 1; i >= 0; i--) {
      if (i < exchanges.size()) exchanges.get(i).tick(nowNanos);
    }
    boolean idle = exchanges.isEmpty() && tunnels.isEmpty();
    if (phase == Phase.OPEN && leavesLater && (!idle || nowNanos - leaveAtNanos >= 0)) leave();
    if (phase == Phase.LEAVING && nowNanos - lastCallNanos >= 0) lastCall();
    if (headInPieces(nowNanos)) {
      edge.meters().rejected(Reject.HEAD_TIMEOUT);
      fail(Http2Error.ENHANCE_YOUR_CALM);
    } else if (idle && phase == Phase.OPEN && nowNanos - idleUntilNanos >= 0) {
      edge.meters().beyond(taken == 0 ? EdgeBound.FIRST_REQUEST : EdgeBound.KEEP_ALIVE);
      if (taken == 0) {
        var _ = channel.close();
      } else {
        leave();
      }
    }
    bytesInTick = 0;
  }

  /**
   * Whether bytes come for too long without a frame being complete, and no request's body can be
   * what they are.
   */
  private boolean headInPieces(long nowNanos) {
    boolean body = false;
    for (int i = 0; i < exchanges.size(); i++) body |= exchanges.get(i).expectsBody();
    long frames = guard.frames();
    if (bytesInTick == 0 && silentSinceNanos == 0) {
      framesSeen = frames;
      return false;
    }
    if (frames != framesSeen || body || !tunnels.isEmpty()) {
      framesSeen = frames;
      silentSinceNanos = 0;
      return false;
    }
    if (silentSinceNanos == 0) silentSinceNanos = nowNanos;
    return nowNanos - silentSinceNanos >= rules.headTimeout().toNanos();
  }

  /** Where the loop's tick reaches the connection. */
  private final class Deadlines extends LoopTick.Member {
    @Override
    protected void tick(long nowNanos) {
      ServerSession.this.tick(nowNanos);
    }
  }
}
