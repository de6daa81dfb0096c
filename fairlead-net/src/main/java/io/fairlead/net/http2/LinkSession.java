package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.LoopTick;
import io.fairlead.net.listen.DrainEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Either end of a {@link StreamLink}. A peer that was silent for the heartbeat's time is asked with
 * PING; one that stays silent is lost. Confined to its event loop.
 */
final class LinkSession extends Session implements StreamLink {
  private static final Logger log = LoggerFactory.getLogger(LinkSession.class);

  private static final long SETTINGS_NANOS = 10_000_000_000L;

  /** Bytes of all streams on their way. What is read slowly is bounded by each stream's window. */
  private static final int CONNECTION_WINDOW = 16 * 1024 * 1024;

  /** Of one stream at first; one whose reader keeps up may grow. */
  static final int WINDOW = 256 * 1024;

  static final int WINDOW_MAX = 8 * 1024 * 1024;

  /**
   * What waits for the socket: enough for it to be busy, little for a small request to wait for.
   */
  private static final WriteBufferWaterMark WAITING =
      new WriteBufferWaterMark(128 * 1024, 256 * 1024);

  private final Events events;
  private final StreamLinks.Settings settings;
  private final boolean opens;
  private final List<LinkLane> lanes = new ArrayList<>();
  private final Deadlines deadlines = new Deadlines();
  private boolean ready;
  private boolean heard = true;
  private boolean leaving;
  private boolean told;
  private boolean over;
  private long silentSinceNanos;
  private long lastPingNanos;
  private long pingSentNanos;
  private boolean pingOut;
  private long probeByNanos;
  private boolean probing;
  private long burstNanos;
  private volatile int active;
  private volatile long waitingBytes;
  private volatile long rttNanos;

  LinkSession(
      Channel channel,
      SessionLoop loop,
      boolean opens,
      StreamLinks.Settings settings,
      Events events) {
    super(channel, loop, !opens, limits(settings), initial(opens, settings), loop.clock());
    this.opens = opens;
    this.settings = settings;
    this.events = events;
    long now = loop.clock().nanos();
    silentSinceNanos = now;
    lastPingNanos = now;
  }

  private static Http2Limits limits(StreamLinks.Settings settings) {
    return new Http2Limits(
        settings.streams(),
        ByteSize.ofKibi(WINDOW / 1024),
        ByteSize.ofMebi(CONNECTION_WINDOW / 1024 / 1024),
        ByteSize.ofKibi(16),
        Limit.OFF, // whose streams end early is not the peer's fault
        Duration.ofSeconds(30),
        Limit.atMost(1_000),
        Duration.ofSeconds(10),
        4_000,
        100,
        4,
        true);
  }

  private static Http2Settings initial(boolean opens, StreamLinks.Settings settings) {
    Http2Settings initial =
        new Http2Settings().initialWindowSize(WINDOW).maxHeaderListSize(16 * 1024L);
    if (opens) return initial.pushEnabled(false);
    return initial.maxConcurrentStreams(settings.streams()).connectProtocolEnabled(true);
  }

  @Override
  boolean openHanded() {
    return true;
  }

  void begin() {
    loop.tick.add(deadlines);
    channel.config().setWriteBufferWaterMark(WAITING);
    channel.pipeline().addLast("frames", new FrameRecords()).addLast("link", handler);
    if (!channel.isActive()) {
      inactive();
      return;
    }
    try {
      Http2Stream whole = connection.connectionStream();
      inbound().incrementWindowSize(whole, CONNECTION_WINDOW - inbound().windowSize(whole));
    } catch (Http2Exception e) {
      throw new IllegalStateException("connection window", e);
    }
    flushNow();
    channel.config().setAutoRead(true);
  }

  // ---- the user's side --------------------------------------------------------------------

  @Override
  public CompletableFuture<Channel> open(LinkRequest request) {
    if (!opens) throw new IllegalStateException("this end takes streams");
    CompletableFuture<Channel> answer = new CompletableFuture<>();
    if (gone() || leaving || !ready || told) {
      answer.completeExceptionally(new LinkRefusedException(0, "lost"));
      return answer;
    }
    if (full()) {
      answer.completeExceptionally(new LinkRefusedException(0, "too_many_streams"));
      return answer;
    }
    try {
      var _ = ask(request, answer); // its answer is what counts
    } catch (Http2Exception e) {
      answer.completeExceptionally(new LinkRefusedException(0, "lost"));
    }
    return answer;
  }

  @Override
  public Optional<Opening> openAtOnce(LinkRequest request) {
    if (!opens) throw new IllegalStateException("this end takes streams");
    if (gone() || leaving || !ready || told || full()) return Optional.empty();
    CompletableFuture<Channel> answer = new CompletableFuture<>();
    try {
      return Optional.of(new Opening(ask(request, answer).usedAtOnce(), answer));
    } catch (Http2Exception e) {
      return Optional.empty();
    }
  }

  private boolean full() {
    return lanes.size() >= Math.min(settings.streams(), connection.local().maxActiveStreams());
  }

  private LinkLane ask(LinkRequest request, CompletableFuture<Channel> answer)
      throws Http2Exception {
    Http2Stream made =
        connection.local().createStream(connection.local().incrementAndGetNextStreamId(), false);
    FrameStream stream = new FrameStream(this, made);
    LinkLane lane = new LinkLane(this, made, stream, answer);
    bind(made, lane);
    add(lane);
    stream.head(LinkHead.of(request), false);
    flush();
    return lane;
  }

  @Override
  public EventLoop loop() {
    return channel.eventLoop();
  }

  @Override
  public int active() {
    return active;
  }

  @Override
  public long waitingBytes() {
    return waitingBytes;
  }

  @Override
  public long rttNanos() {
    return rttNanos;
  }

  @Override
  public void probe(long withinNanos) {
    if (gone()) return;
    probing = true;
    heard = false;
    probeByNanos = clock().nanos() + withinNanos;
    ping(clock().nanos());
  }

  @Override
  public void leave() {
    if (leaving || gone()) return;
    leaving = true;
    var _ = // whatever becomes of it, the end follows
        handler.goAway(
            context(),
            Integer.MAX_VALUE,
            Http2Error.NO_ERROR.code(),
            Unpooled.EMPTY_BUFFER,
            context().newPromise());
    flush();
    endIfDone();
  }

  @Override
  public void cut() {
    var _ = channel.close();
  }

  // ---- for its lanes ----------------------------------------------------------------------

  long nowNanos() {
    return burstNanos;
  }

  void add(LinkLane lane) {
    lanes.add(lane);
    active = lanes.size();
  }

  void over(LinkLane lane) {
    if (!lanes.remove(lane)) return;
    active = lanes.size();
    endIfDone();
  }

  private void endIfDone() {
    if ((leaving || told) && lanes.isEmpty() && !gone()) leaveInPeace();
  }

  // ---- for the codec ----------------------------------------------------------------------

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings wanted) {
    if (ready) return;
    ready = true;
    if (opens && !wanted.containsKey((char) 3)) {
      connection.local().maxActiveStreams(settings.streams());
    }
    events.ready(this);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) {
    if (!pingOut || data != pingSentNanos) return;
    pingOut = false;
    rttNanos = Math.max(1, clock().nanos() - pingSentNanos);
  }

  @Override
  public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
    if (told) return;
    told = true;
    log.atDebug().addKeyValue("code", errorCode).log("link's peer said goaway");
    events.leaving();
    endIfDone();
  }

  @Override
  void head(Http2Stream stream, HeaderList fields, boolean ends) throws Http2Exception {
    FrameStream.Reader reader = reader(stream);
    if (reader instanceof LinkLane lane) {
      lane.head(fields, ends);
      return;
    }
    if (opens) throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "unasked stream");
    FrameStream frames = new FrameStream(this, stream);
    LinkLane lane = new LinkLane(this, stream, frames, new CompletableFuture<>());
    bind(stream, lane);
    add(lane);
    LinkHead.read(fields).ifPresentOrElse(lane::asked, lane::malformed);
    if (ends) lane.data(Unpooled.EMPTY_BUFFER, true);
    if (lane.wellFormed()) events.asked(lane);
  }

  @Override
  boolean event(Object event) {
    if (!(event instanceof DrainEvent)) return super.event(event);
    events.draining();
    return true;
  }

  @Override
  Clock clock() {
    return loop.clock();
  }

  @Override
  void received(int bytes) {
    heard = true;
    burstNanos = clock().nanos();
  }

  @Override
  void burstOver() {}

  @Override
  void resetFor(Http2Exception.StreamException cause) {
    if (reader(connection.stream(cause.streamId())) instanceof LinkLane lane) {
      lane.reset(Http2Error.PROTOCOL_ERROR.code());
    }
  }

  @Override
  void headTooLarge(Http2Stream stream) {
    if (reader(stream) instanceof LinkLane lane) lane.malformed();
  }

  @Override
  void failing(Http2Error error) {
    log.atDebug().addKeyValue("code", error).log("link's peer broke the protocol");
  }

  @Override
  void ended() {
    if (over) {
      if (!channel.isActive()) loop.tick.remove(deadlines);
      return;
    }
    over = true;
    for (LinkLane lane : List.copyOf(lanes)) lane.lost();
    if (!channel.isActive()) loop.tick.remove(deadlines);
    events.ended();
  }

  // ---- deadlines --------------------------------------------------------------------------

  private void tick(long nowNanos) {
    if (ending(nowNanos)) return;
    long waiting = 0;
    for (int i = 0; i < lanes.size(); i++) waiting += lanes.get(i).waitingBytes();
    waitingBytes = waiting;
    if (heard) {
      heard = false;
      silentSinceNanos = nowNanos;
      probing = false;
    }
    boolean late = !ready && nowNanos - silentSinceNanos >= SETTINGS_NANOS;
    boolean dead = nowNanos - silentSinceNanos >= settings.silence().toNanos();
    boolean unanswered = probing && nowNanos - probeByNanos >= 0;
    if (late || dead || unanswered) {
      log.atDebug().log("link's peer is silent");
      var _ = channel.close();
      return;
    }
    if (ready && (rttNanos == 0 || nowNanos - lastPingNanos >= settings.ping().toNanos())) {
      ping(nowNanos);
    }
  }

  private void ping(long nowNanos) {
    if (pingOut && nowNanos - lastPingNanos < settings.ping().toNanos()) return;
    pingOut = true;
    lastPingNanos = nowNanos;
    pingSentNanos = nowNanos;
    var _ = // a failure ends the connection
        encoder().writePing(context(), false, nowNanos, context().newPromise());
    flush();
  }

  /** Where the loop's tick reaches the link. */
  private final class Deadlines extends LoopTick.Member {
    @Override
    protected void tick(long nowNanos) {
      LinkSession.this.tick(nowNanos);
    }
  }
}
