package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.LoopTick;
import io.fairlead.net.http.SharedConnection;
import io.fairlead.net.http.SharedConnections;
import io.fairlead.net.http.UpstreamLeg;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 connection to an upstream, shared by requests of one event loop. It takes requests
 * when the server's SETTINGS came, and none any more when the server said GOAWAY, when it is old or
 * was used often enough; it ends when its last request is over. A server that is silent while
 * requests wait is asked with PING. Confined to its event loop.
 */
final class ClientSession extends Session implements SharedConnection {
  private static final Logger log = LoggerFactory.getLogger(ClientSession.class);

  private static final long SETTINGS_NANOS = 5_000_000_000L;
  private static final long QUIET_NANOS = 30_000_000_000L;
  private static final long PONG_NANOS = 10_000_000_000L;

  /** Whatever a server allows: more on one connection only waits for its window. */
  private static final int STREAMS_MAX = 1000;

  /** What an upstream may do; it is chosen by the operator, but its memory is ours. */
  private static final Http2Limits LIMITS =
      new Http2Limits(
          1,
          ByteSize.ofKibi(256),
          ByteSize.ofMebi(4),
          ByteSize.ofKibi(64),
          Limit.OFF,
          Duration.ofSeconds(30),
          Limit.atMost(1_000),
          Duration.ofSeconds(10),
          1_000,
          100,
          16,
          false);

  private final SharedConnections.Owner owner;
  private final List<StreamLeg> legs = new ArrayList<>();
  private final Deadlines deadlines = new Deadlines();
  private final long expiresAtNanos;
  private final long settingsByNanos;
  private final boolean secure;
  private @Nullable Consumer<@Nullable SharedConnection> ready;
  private boolean extendedConnect;
  private boolean retired;
  private boolean heard;
  private boolean pinged;
  private int taken;
  private int lastProcessed = Integer.MAX_VALUE;
  private long quietSinceNanos;
  private long idleSinceNanos;

  ClientSession(
      Channel channel,
      SessionLoop loop,
      SharedConnections.Owner owner,
      Consumer<@Nullable SharedConnection> ready) {
    super(
        channel,
        loop,
        false,
        LIMITS,
        new Http2Settings()
            .pushEnabled(false)
            .initialWindowSize(LIMITS.window().toInt())
            .maxHeaderListSize(LIMITS.headerList().bytes()),
        loop.clock());
    this.owner = owner;
    this.ready = ready;
    this.secure = channel.pipeline().get(SslHandler.class) != null;
    long now = loop.clock().nanos();
    expiresAtNanos = owner.expiryNanos(now);
    settingsByNanos = now + SETTINGS_NANOS;
    quietSinceNanos = now;
    idleSinceNanos = now;
  }

  void begin() {
    loop.tick.add(deadlines);
    channel.pipeline().addLast(handler);
    if (!channel.isActive()) {
      inactive();
      return;
    }
    try {
      Http2Stream whole = connection.connectionStream();
      inbound()
          .incrementWindowSize(
              whole, LIMITS.connectionWindow().toInt() - inbound().windowSize(whole));
    } catch (Http2Exception e) {
      throw new IllegalStateException("connection window", e);
    }
    flushNow();
    channel.config().setAutoRead(true);
  }

  // ---- the pool's side --------------------------------------------------------------------

  @Override
  public @Nullable UpstreamLeg open() {
    if (!takes() || legs.size() >= streamsMax()) return null;
    StreamLeg leg = new StreamLeg(this, secure);
    legs.add(leg);
    if (++taken >= owner.settings().requestsMax()) retire();
    return leg;
  }

  @Override
  public boolean takesStreams() {
    return extendedConnect;
  }

  @Override
  public int active() {
    return legs.size();
  }

  @Override
  public boolean crowded() {
    return 5L * legs.size() >= 4L * streamsMax();
  }

  @Override
  public void retire() {
    if (retired) return;
    retired = true;
    owner.ended(this);
    closeIfDone();
  }

  @Override
  public void cut() {
    retire();
    var _ = channel.close();
  }

  private boolean takes() {
    return !gone() && !retired && ready == null && channel.isActive();
  }

  private int streamsMax() {
    return Math.min(STREAMS_MAX, connection.local().maxActiveStreams());
  }

  // ---- for its streams --------------------------------------------------------------------

  /** Whether the server said that it did not and will not look at that stream. */
  boolean unprocessed(int streamId) {
    return streamId > lastProcessed;
  }

  void over(StreamLeg leg) {
    if (!legs.remove(leg)) return;
    idleSinceNanos = clock().nanos();
    closeIfDone();
  }

  private void closeIfDone() {
    if (!retired || !legs.isEmpty() || gone()) return;
    var _ = // a word before the end; whatever becomes of it, the close follows
        handler.goAway(
            context(),
            0,
            Http2Error.NO_ERROR.code(),
            Unpooled.EMPTY_BUFFER,
            context().newPromise());
    leaveInPeace();
  }

  // ---- for the codec ----------------------------------------------------------------------

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
    if (settings.connectProtocolEnabled() instanceof Boolean enabled) extendedConnect = enabled;
    Consumer<@Nullable SharedConnection> waiting = ready;
    if (waiting == null) return;
    ready = null;
    if (!settings.containsKey((char) 3)) connection.local().maxActiveStreams(STREAMS_MAX);
    waiting.accept(this);
  }

  @Override
  public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
    lastProcessed = lastStreamId;
    log.atDebug().addKeyValue("code", errorCode).log("upstream said goaway");
    retire();
  }

  @Override
  void head(Http2Stream stream, HeaderList fields, boolean ends) throws Http2Exception {
    FrameStream.Reader reader = reader(stream);
    if (reader instanceof StreamLeg leg) leg.head(fields, ends);
    else if (reader != null && ends) reader.data(Unpooled.EMPTY_BUFFER, true);
  }

  @Override
  Clock clock() {
    return loop.clock();
  }

  @Override
  void received(int bytes) {
    heard = true;
  }

  @Override
  void burstOver() {}

  @Override
  void resetFor(Http2Exception.StreamException cause) {
    if (reader(connection.stream(cause.streamId())) instanceof StreamLeg leg) leg.broken();
  }

  @Override
  void headTooLarge(Http2Stream stream) {
    throw new IllegalStateException("only servers answer");
  }

  @Override
  void failing(Http2Error error) {
    log.atDebug().addKeyValue("code", error).log("upstream broke the protocol");
  }

  @Override
  void ended() {
    retired = true;
    Consumer<@Nullable SharedConnection> waiting = ready;
    ready = null;
    if (waiting != null) waiting.accept(null);
    owner.ended(this);
    for (StreamLeg leg : List.copyOf(legs)) leg.closed();
    if (!channel.isActive()) loop.tick.remove(deadlines);
  }

  // ---- deadlines --------------------------------------------------------------------------

  private void tick(long nowNanos) {
    if (ending(nowNanos)) return;
    if (ready != null) {
      if (nowNanos - settingsByNanos >= 0) {
        var _ = channel.close();
      }
      return;
    }
    for (int i = legs.size() - 1; i >= 0; i--) {
      if (i < legs.size()) legs.get(i).tick(nowNanos);
    }
    boolean idle = legs.isEmpty();
    if (nowNanos - expiresAtNanos >= 0
        || (idle && nowNanos - idleSinceNanos >= owner.settings().idleTimeout().toNanos())) {
      retire();
    }
    askIfSilent(nowNanos, idle);
  }

  private void askIfSilent(long nowNanos, boolean idle) {
    if (heard || (idle && !pinged)) {
      heard = false;
      pinged = false;
      quietSinceNanos = nowNanos;
      return;
    }
    long quiet = nowNanos - quietSinceNanos;
    if (pinged && quiet >= QUIET_NANOS + PONG_NANOS) {
      log.atDebug().log("upstream does not answer a ping");
      var _ = channel.close();
    } else if (!pinged && quiet >= QUIET_NANOS) {
      pinged = true;
      var _ = encoder().writePing(context(), false, nowNanos, context().newPromise());
      flush();
    }
  }

  /** Where the loop's tick reaches the connection. */
  private final class Deadlines extends LoopTick.Member {
    @Override
    protected void tick(long nowNanos) {
      ClientSession.this.tick(nowNanos);
    }
  }
}
